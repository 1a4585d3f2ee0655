"""Values of records as FHIR writes them: moments, identifiers, codes, addresses, contacts, extensions.

Every function answers None for what a record does not say, or what the datatype cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sidoba_engine.formats.fhir.record_names import (
    ADDRESS_USE,
    ADDRESS_USES,
    ANY_URI,
    COMMUNES,
    CONTACT_USES,
    DEFINITION,
    FINER_ADDRESS_USES,
    HOUSE_NUMBER,
    INSEE_CODE,
    INSTANT,
    OID,
    STREET,
    UCUM,
    UUID,
    Terms,
)
from sidoba_engine.records.values import Address, Code, Contact, Identifier, Moment, Quantity

Json = dict[str, Any]

_DAY: Final = 10
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def made(**members: Any) -> Json | None:
    """An object of the members that say something; None when none does. A final `_` protects a reserved word."""
    found = {
        key.rstrip("_"): value for key, value in members.items() if value is not None and value != [] and value != {}
    }
    return found or None


def present(*values: Any) -> list[Any]:
    """Those that are not None."""
    return [value for value in values if value is not None]


def clean(text: str) -> str:
    """A text without the characters that no FHIR string holds."""
    return _FORBIDDEN.sub("\ufffd", text)


def string(text: str | None) -> str | None:
    """A text; None when it is empty, which no FHIR string is."""
    return clean(text) if text and text.strip() else None


def date_time(moment: Moment | None) -> str | None:
    """A `dateTime`. A time without seconds is given them, one without its offset keeps its day only."""
    if moment is None or len(moment) <= _DAY:
        return moment
    whole = re.sub(r"(T[0-9]{2}:[0-9]{2})(?![:0-9])", r"\1:00", moment, count=1)
    return whole if INSTANT.fullmatch(whole) else moment[:_DAY]


def instant(moment: Moment | None) -> str | None:
    """An `instant`; None for what is less precise than a second or has no offset."""
    found = date_time(moment)
    return found if found and len(found) > _DAY else None


def extension(url: str, **value: Any) -> Json | None:
    """An extension of one value (`valueString=…`); None when that is None."""
    given = made(**value)
    return None if given is None else {"url": url if ":" in url else DEFINITION + url, **given}


def part(url: str, **value: Any) -> Json | None:
    """A part of a complex extension, known by its bare name."""
    given = made(**value)
    return None if given is None else {"url": url, **given}


def parts(url: str, *held: Json | None) -> Json | None:
    """A complex extension; None when it has no part."""
    found = present(*held)
    return {"extension": found, "url": url if ":" in url else DEFINITION + url} if found else None


def authority_uri(authority: str) -> str:
    """The address of an authority: an OID or a UUID as a URN, anything else as it is."""
    if _OID.fullmatch(authority):
        return OID + authority
    return UUID + authority if _UUID.fullmatch(authority) else authority


def identifier(
    found: Identifier | None,
    *,
    system: str | None = None,
    kind: tuple[str, ...] | None = None,
    use: str | None = None,
) -> Json | None:
    """An identifier. Where the guide fixes `system`, the authority of the record goes with its assigner.

    `kind` is the system and the code of its type, with the label where the guide wants that as well.
    """
    if found is None:
        return None
    own = authority_uri(found.authority)
    names = ("system", "code", "display")
    type_ = None if kind is None else {"coding": [dict(zip(names, kind, strict=False))]}
    if found.value is None and system is None:
        return made(use=use, type_=type_, system=ANY_URI, value=own)
    is_told = system is not None and system != own
    assigner = {"identifier": {"system": ANY_URI, "value": own}} if is_told and ":" in own else None
    return made(use=use, type_=type_, system=system or own, value=found.value or own, assigner=assigner)


def coding(code: Code | None, terms: Terms) -> Json | None:
    """A coding; a code system known by an OID only is a URN."""
    if code is None:
        return None
    system = None if code.system is None else terms.addresses.get(code.system) or authority_uri(code.system)
    return made(system=system, code=code.code, display=string(code.label))


def concept(code: Code | None, terms: Terms) -> Json | None:
    """A CodeableConcept of one coding."""
    found = coding(code, terms)
    return None if found is None else {"coding": [found]}


def address(found: Address | None, *, is_birthplace: bool = False) -> Json | None:
    """An address: its lines, then the street in parts. The code of the commune is one for a birthplace only."""
    if found is None:
        return None
    lines: list[Any] = [string(line) for line in found.lines]
    street = present(
        extension(HOUSE_NUMBER, valueString=string(found.house_number)),
        extension(STREET, valueString=string(found.street)),
    )
    details: list[Any] = [None] * len(lines)
    if street:
        lines.append(" ".join(present(string(found.house_number), string(found.street))))
        details.append({"extension": street})
    commune = {"system": COMMUNES, "code": found.county} if is_birthplace and found.county else None
    finer = FINER_ADDRESS_USES.get(found.use or "")
    return made(
        extension=present(extension(INSEE_CODE, valueCoding=commune)),
        use=ADDRESS_USES.get(found.use or "") or finer,
        _use={"extension": [extension(ADDRESS_USE, valueCode=found.use)]} if finer else None,
        line=lines,
        _line=details if street else None,
        city=string(found.city),
        district=None if is_birthplace else string(found.county),
        state=string(found.state),
        postalCode=string(found.postal_code),
        country=string(found.country),
    )


def contact(found: Contact) -> Json | None:
    """A way to reach someone, by the scheme of its address."""
    scheme, _, rest = found.value.partition(":")
    system = {"tel": "phone", "fax": "fax", "mailto": "email", "http": "url", "https": "url"}.get(scheme.lower())
    value = rest if system in ("phone", "fax", "email") else found.value
    return made(system=system or "other", value=string(value), use=CONTACT_USES.get(found.use or ""))


def money(found: Quantity | None) -> Json | None:
    """An amount and its currency."""
    return None if found is None else made(value=found.value, currency=found.unit)


def quantity(found: Quantity | None) -> Json | None:
    """A measure in a unit of UCUM."""
    if found is None:
        return None
    return made(value=found.value, unit=found.unit, system=UCUM if found.unit else None, code=found.unit)


def merged(*objects: Mapping[str, Any] | None) -> Json:
    """The members of all these objects."""
    return {key: value for one in objects if one for key, value in one.items()}
