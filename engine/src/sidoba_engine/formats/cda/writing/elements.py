"""Making elements: one function per shape that recurs, and the state of one writing (what is missing, texts cited).

A record that lacks what every document must have is not written: all that is missing is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from sidoba_engine.formats.cda.entry_names import CISIS, SYSTEM_NAMES
from sidoba_engine.formats.cda.names import HL7, XSI
from sidoba_engine.formats.cda.timestamps import timestamp_of
from sidoba_engine.records.values import Code, Identifier, Moment

Element = etree._Element
_Given = TypeVar("_Given")

_TYPE = f"{{{XSI}}}type"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class IncompleteRecordError(ValueError):
    """The record lacks what every document must have; `missing` lists the paths in the record, `header/…` included."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"the record has no {', no '.join(missing)}")
        self.missing = tuple(missing)


@dataclass(slots=True)
class Writing:
    """One document being written. `contents` are those of the attachments, by digest."""

    contents: Mapping[str, bytes]
    missing: list[str] = field(default_factory=list)

    def need(self, value: _Given | None, path: str) -> _Given | None:
        """The value; when there is none, note what is missing."""
        if value is None or value in ("", (), []):
            self.missing.append(path)
        return value


def add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    """A child of that name, with the attributes that are not None and that text, cleared of forbidden characters."""
    given = {key: clean(value) for key, value in attributes.items() if value is not None}
    child = etree.SubElement(parent, name if name.startswith("{") else f"{{{HL7}}}{name}", given)
    if text is not None:
        child.text = clean(text)
    return child


def clean(text: str) -> str:
    """The text without the characters that no XML document may hold (control characters, halves of a pair)."""
    return _FORBIDDEN.sub("\ufffd", text)


def add_templates(parent: Element, *roots: str) -> None:
    """The templates that an element follows."""
    for root in roots:
        add(parent, "templateId", root=root)


def add_identifier(parent: Element, identifier: Identifier | None, *, unknown: str = "UNK") -> Element:
    """An `id`; with a null flavor when there is none."""
    if identifier is None:
        return add(parent, "id", nullFlavor=unknown)
    return add(parent, "id", root=identifier.authority, extension=identifier.value)


def add_derived_id(parent: Element, owner: str, role: str) -> None:
    """The `id` of an element that a record does not name: a UUID made of its owner's identifier and of its role."""
    add(parent, "id", root=derived_uuid(owner, role))


def derived_uuid(owner: str, role: str) -> str:
    """The same UUID for the same owner and role, on every machine and every day."""
    return str(uuid5(NAMESPACE_OID, f"{owner} {role}")).upper()


def key_of(identifier: Identifier | None, otherwise: str) -> str:
    """What tells an element from all others of its document: its identifier, or its path in the record."""
    return otherwise if identifier is None else f"{identifier.authority}^{identifier.value or ''}"


def add_code(parent: Element, code: Code | None, *, name: str = "code", unknown: str = "UNK") -> Element:
    """A coded element; with a null flavor when there is no code."""
    if code is None:
        return add(parent, name, nullFlavor=unknown)
    return add(
        parent,
        name,
        code=code.code,
        displayName=code.label,
        codeSystem=code.system,
        codeSystemName=SYSTEM_NAMES.get(code.system or ""),
    )


def fixed_code(parent: Element, code: str, label: str, *, system: str = CISIS, name: str = "code") -> Element:
    """A code that the guide fixes."""
    return add_code(parent, Code(code, system, label), name=name)


def add_status(parent: Element) -> None:
    """The `statusCode` of every entry: the act is recorded."""
    add(parent, "statusCode", code="completed")


def add_time(parent: Element, moment: Moment | None, *, name: str = "effectiveTime", unknown: str = "NA") -> Element:
    """A time; with a null flavor when there is none."""
    if moment is None:
        return add(parent, name, nullFlavor=unknown)
    return add(parent, name, value=timestamp_of(moment))


def add_period(parent: Element, start: Moment | None, end: Moment | None) -> Element:
    """An interval of time; `high` only when its end is given."""
    period = add(parent, "effectiveTime")
    add_time(period, start, name="low", unknown="UNK")
    if end is not None:
        add_time(period, end, name="high")
    return period


def add_cited(parent: Element, reference: str, *, name: str = "text") -> Element:
    """A text given by reference to the narrative."""
    text = add(parent, name)
    add(text, "reference", value=reference)
    return text


def add_value(parent: Element, kind: str, *, unknown: str | None = "UNK", **attributes: str | None) -> Element:
    """A `value` of that type; with that null flavor when none of its attributes is given."""
    if all(given is None for given in attributes.values()):
        attributes = {"nullFlavor": unknown}
    value = add(parent, "value", **attributes)
    value.set(_TYPE, kind)
    return value


def add_coded_value(parent: Element, code: Code | None, *, kind: str = "CD", unknown: str = "UNK") -> Element:
    """A coded `value`."""
    value = add_code(parent, code, name="value", unknown=unknown)
    value.set(_TYPE, kind)
    return value


def boolean_text(value: bool | None) -> str | None:
    """How XML writes it."""
    return None if value is None else str(value).lower()


def decimal_text(value: Decimal) -> str:
    """How XML writes it: digits and a point, no exponent."""
    return format(value, "f")


def day_text(moment: Moment | None) -> str:
    """A moment as the narrative shows it: `14/04/2023 à 10:30`."""
    if moment is None:
        return "date inconnue"
    day, _, time = moment.partition("T")
    written = "/".join(reversed(day.split("-")))
    return f"{written} à {time[:5]}" if time else written
