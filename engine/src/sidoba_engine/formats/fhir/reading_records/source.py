"""The lot while it is read: its resources by reference, and the values that FHIR writes, whatever their shape.

Every function answers None (or nothing) for what is missing or not what FHIR says it is; none ever raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sidoba_engine.formats.fhir.record_names import (
    ADDRESS_USE,
    ADDRESS_USES,
    ANY_URI,
    CONTACT_USES,
    DEFINITION,
    HOUSE_NUMBER,
    INSEE_CODE,
    OID,
    OTHER_LINE_PARTS,
    STREET,
    STREET_NAME,
    UUID,
    Terms,
)
from sidoba_engine.formats.fhir.references import ResourceIndex
from sidoba_engine.records.values import Address, Code, Contact, Identifier, Moment, Quantity

Node = dict[str, Any]

_DAY = 10
_MOMENT = re.compile(
    r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2}"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_CONTACT_USES = {use: code for code, use in CONTACT_USES.items()}
_ADDRESS_USES = {use: code for code, use in ADDRESS_USES.items()}
_SCHEMES = {"phone": "tel:", "fax": "fax:", "email": "mailto:", "sms": "tel:"}


@dataclass(slots=True)
class Source:
    """One lot: its resources in order, by type, and by what references call them."""

    terms: Terms
    index: ResourceIndex = field(default_factory=ResourceIndex)
    by_type: dict[str, list[Node]] = field(default_factory=dict)
    roles: dict[int, Node] = field(default_factory=dict)
    """`id()` of a Practitioner → its PractitionerRole, when it has only one."""
    parts: dict[int, list[Node]] = field(default_factory=dict)
    """`id()` of the Encounter of a stay → those of its care events."""
    journeys: dict[int, list[Node]] = field(default_factory=dict)
    """`id()` of the Encounter of a care event → the Tasks of its journeys."""
    software: dict[int, list[Node]] = field(default_factory=dict)
    """`id()` of a Patient → the Devices that are theirs."""

    def of_type(self, kind: str) -> list[Node]:
        """The resources of a type, in the order of the lot."""
        return self.by_type.get(kind, [])

    def find(self, reference: object, kind: str) -> Node | None:
        """The resource that a Reference leads to, when it is of that type."""
        text = string_of(reference, "reference")
        found = self.index.find(text) if text else None
        return found if found is not None and found.get("resourceType") == kind else None

    def code(self, concept: object) -> Code | None:
        """The first coding of a CodeableConcept."""
        return next((code for one in objects(concept, "coding") if (code := self.coding(one))), None)

    def coding(self, coding: object) -> Code | None:
        """The code of a Coding, its system as records name it."""
        code = string_of(coding, "code")
        if code is None:
            return None
        system = string_of(coding, "system")
        return Code(code, None if system is None else self.authority(system), string_of(coding, "display"))

    def authority(self, system: str) -> str:
        """The OID of an address; the address itself when it has none that is known."""
        return self.terms.oids.get(system) or system.removeprefix(OID).removeprefix(UUID)


def source_of(bundle: object, terms: Terms) -> Source:
    """The resources of a lot, or a resource alone."""
    source = Source(terms)
    alone = [{"resource": bundle}] if string_of(bundle, "resourceType") != "Bundle" else objects(bundle, "entry")
    for rank, entry in enumerate(alone):
        resource = entry.get("resource")
        if isinstance(resource, dict) and (kind := string_of(resource, "resourceType")):
            source.index.add(rank, entry.get("fullUrl"), resource)
            source.by_type.setdefault(kind, []).append(resource)
    _link(source)
    return source


def _link(source: Source) -> None:
    """Note what refers to each resource that is read with what refers to it."""
    roles: dict[int, list[Node]] = {}
    for child, name, kind, found in (
        ("PractitionerRole", "practitioner", "Practitioner", roles),
        ("Encounter", "partOf", "Encounter", source.parts),
        ("Task", "encounter", "Encounter", source.journeys),
        ("Device", "patient", "Patient", source.software),
    ):
        for resource in source.of_type(child):
            target = source.find(object_of(resource, name), kind)
            if target is not None:
                found.setdefault(id(target), []).append(resource)
    source.roles = {person: held[0] for person, held in roles.items() if len(held) == 1}


def objects(node: object, name: str) -> list[Node]:
    """The objects of a member, one or several."""
    value = node.get(name) if isinstance(node, dict) else None
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, dict)]


def object_of(node: object, name: str) -> Node:
    """The first object of a member; an empty one when there is none."""
    return next(iter(objects(node, name)), {})


def strings(node: object, name: str) -> list[str]:
    """The texts of a member, white space collapsed, without the empty ones."""
    value = node.get(name) if isinstance(node, dict) else None
    several = value if isinstance(value, list) else [value]
    return [text for one in several if isinstance(one, str) and (text := " ".join(one.split()))]


def string_of(node: object, name: str) -> str | None:
    """The text of a member, white space collapsed."""
    return next(iter(strings(node, name)), None)


def flag_of(node: object, name: str) -> bool | None:
    """The boolean of a member."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, bool) else None


def whole_of(node: object, name: str) -> int | None:
    """The whole number of a member."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def decimal_of(node: object, name: str) -> Decimal | None:
    """The number of a member, exact; None for what is not finite."""
    value = node.get(name) if isinstance(node, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return found if found.is_finite() else None


def moment_of(node: object, name: str) -> Moment | None:
    """The date or time of a member; `Z` is written `+00:00`, as records do."""
    text = string_of(node, name)
    if text is None or not _MOMENT.fullmatch(text):
        return None
    try:
        date.fromisoformat(text[:_DAY] if len(text) >= _DAY else text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return None
    return Moment(text.replace("Z", "+00:00"))


def identifier_of(found: object) -> Identifier | None:
    """An identifier; its authority is that of its assigner where the guide fixes the system."""
    value = string_of(found, "value")
    if value is None:
        return None
    told = object_of(object_of(found, "assigner"), "identifier")
    own = string_of(told, "value") if string_of(told, "system") == ANY_URI else None
    system = string_of(found, "system")
    if system == ANY_URI:
        return Identifier(bare(value))
    if own is not None and own == value:
        return Identifier(bare(own))
    return Identifier(bare(own or system or ""), value)


def bare(uri: str) -> str:
    """An OID or a UUID without its URN."""
    return uri.removeprefix(OID).removeprefix(UUID)


def quantity_of(node: Node, name: str, *, unit: str) -> Quantity | None:
    """A number and its unit."""
    held = object_of(node, name)
    value = decimal_of(held, "value")
    return None if value is None else Quantity(value, string_of(held, unit) or string_of(held, "unit"))


def extensions(node: object, url: str) -> Iterator[Node]:
    """The extensions of that address (of the guide, when it is a bare name)."""
    whole = url if ":" in url else DEFINITION + url
    return (one for one in objects(node, "extension") if one.get("url") == whole)


def extension_of(node: object, url: str) -> Node:
    """The first extension of that address; an empty one when there is none."""
    return next(extensions(node, url), {})


def part_of(node: object, name: str) -> Node:
    """The part of that name of a complex extension."""
    return next((one for one in objects(node, "extension") if one.get("url") == name), {})


def address_of(found: object) -> Address | None:
    """An address; None when it says nothing."""
    commune = string_of(object_of(extension_of(found, INSEE_CODE), "valueCoding"), "code")
    finer = string_of(extension_of(object_of(found, "_use"), ADDRESS_USE), "valueCode")
    lines, house, street = _lines(found)
    use = finer or _ADDRESS_USES.get(string_of(found, "use") or "")
    address = Address(
        lines=tuple(lines),
        house_number=house,
        street=street,
        postal_code=string_of(found, "postalCode"),
        city=string_of(found, "city"),
        county=commune or string_of(found, "district"),
        state=string_of(found, "state"),
        country=string_of(found, "country"),
    )
    return None if address == Address() else replace(address, use=use)


def _lines(found: object) -> tuple[list[str], str | None, str | None]:
    """The lines, and the parts of the first line that is told in parts."""
    written = found.get("line") if isinstance(found, dict) else None
    details = found.get("_line") if isinstance(found, dict) else None
    texts = written if isinstance(written, list) else []
    lines: list[str] = []
    house: str | None = None
    street: str | None = None
    for rank in range(max(len(texts), len(details) if isinstance(details, list) else 0)):
        detail = details[rank] if isinstance(details, list) and rank < len(details) else None
        own_house = string_of(extension_of(detail, HOUSE_NUMBER), "valueString")
        own_street = string_of(extension_of(detail, STREET), "valueString") or string_of(
            extension_of(detail, STREET_NAME), "valueString"
        )
        if (own_house or own_street) and house is None and street is None:
            house, street = own_house, own_street
            lines += [text for url in OTHER_LINE_PARTS if (text := string_of(extension_of(detail, url), "valueString"))]
        elif rank < len(texts):
            lines += strings({"line": texts[rank]}, "line")
    return lines, house, street


def contacts_of(node: object) -> tuple[Contact, ...]:
    """All the ways to reach someone."""
    found = []
    for one in objects(node, "telecom"):
        value = string_of(one, "value")
        if value is not None:
            scheme = _SCHEMES.get(string_of(one, "system") or "", "")
            value = value if scheme and value.startswith(scheme) else scheme + value
            found.append(Contact(value, _CONTACT_USES.get(string_of(one, "use") or "")))
    return tuple(found)
