"""Reading a FHIR envelope with care: members of untrusted data, values fit to be shown, anomalies with their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sidoba_engine.anomaly import Anomaly, Location, mask
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.fhir_xml import XmlText
from sidoba_engine.formats.json_text import JsonText

_IN_AN_ENTRY = re.compile(r"/entry/([0-9]+)(?:/|$)")
_SHOWABLE = re.compile(r"[A-Za-z0-9:._/+;=-]{1,80}")
_RESOURCE_TYPE = re.compile(r"[A-Z][A-Za-z]{1,40}")
_NAME = re.compile(r"[a-z][A-Za-z]{0,40}|[0-9]+")


class Envelope:
    """A parsed envelope and what is needed to speak of its faults."""

    def __init__(self, parsed: JsonText | XmlText, catalogue: Catalogue, facts: Facts) -> None:
        self.catalogue = catalogue
        self.facts = facts
        self._parsed = parsed

    def anomaly(self, rule: str, pointer: str, *, expected: Iterable[str] = (), **facts: Any) -> Anomaly:
        """An anomaly of that rule at a JSON Pointer of the envelope; in XML the place is told by an XPath."""
        place = self._expressed(self._parsed.locate(pointer), pointer)
        return self.catalogue.rules[rule].anomaly(place, self.facts.environment, expected=expected, **facts)

    def duplicates(self) -> tuple[list[Anomaly], dict[int, Anomaly]]:
        """Properties written twice (R-ENV-002): which of the two is meant is not guessed.

        The first of the whole envelope, and the first of each entry by its rank.
        """
        of_all: list[Anomaly] = []
        of_entries: dict[int, Anomaly] = {}
        for pointer in self._parsed.duplicates:
            inside = _IN_AN_ENTRY.match(pointer)
            if inside is None and not of_all:
                of_all.append(self._duplicate(pointer))
            elif inside is not None and int(inside[1]) not in of_entries:
                of_entries[int(inside[1])] = self._duplicate(pointer)
        return of_all, of_entries

    def _duplicate(self, pointer: str) -> Anomaly:
        place = self._expressed(self._parsed.locate_key(pointer), pointer)
        if isinstance(self._parsed, JsonText):
            place = replace(place, path=_readable(pointer))
        return self.catalogue.rules["R-ENV-002"].anomaly(
            place,
            self.facts.environment,
            format="json" if isinstance(self._parsed, JsonText) else "xml",
            ligne=place.line,
            colonne=place.column,
            cause="cle_en_double",
        )

    def _expressed(self, place: Location, pointer: str) -> Location:
        """With the FHIRPath of the value, or of the nearest one around it (API contract §1)."""
        value = self._parsed.value
        expression = str(member(value, "resourceType") or "")
        if not _RESOURCE_TYPE.fullmatch(expression):
            return place
        for name in _readable(pointer).split("/")[1:]:
            if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value, step = value[int(name)], f"[{name}]"
            elif isinstance(value, Mapping) and value.get(name) not in (None, [], "") and name != "resourceType":
                value, step = value[name], f".{name}"
            else:
                break
            expression += step
        return replace(place, expression=expression)


def _readable(pointer: str) -> str:
    """The pointer up to the first name that FHIR cannot have written: a key may hold anything."""
    kept = ""
    for token in pointer.split("/")[1:]:
        if not _NAME.fullmatch(token):
            break
        kept += f"/{token}"
    return kept


def member(value: object, name: str) -> object:
    """A member of what may not even be an object."""
    return value.get(name) if isinstance(value, Mapping) else None


def members(value: object, name: str) -> list[object]:
    """The elements of a list member; nothing when it is absent or no list."""
    found = member(value, name)
    return found if isinstance(found, list) else []


def shown(value: object, otherwise: str) -> str:
    """A code or an identifier as received; masked when it is anything else, `otherwise` when there is none."""
    if value is None or value == "":
        return otherwise
    text = str(value)
    return text if _SHOWABLE.fullmatch(text) else mask(text)
