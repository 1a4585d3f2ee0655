"""Reading a FHIR envelope with care: members of untrusted JSON, values fit to be shown, anomalies with their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sidoba_engine.anomaly import Anomaly, mask
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_text import JsonText

_IN_AN_ENTRY = re.compile(r"/entry/([0-9]+)/")
_SHOWABLE = re.compile(r"[A-Za-z0-9:._/+;=^ -]{1,80}")


class Envelope:
    """A parsed envelope and what is needed to speak of its faults."""

    def __init__(self, parsed: JsonText, catalogue: Catalogue, facts: Facts) -> None:
        self.catalogue = catalogue
        self.facts = facts
        self._parsed = parsed

    def anomaly(self, rule: str, pointer: str, *, expected: Iterable[str] = (), **facts: Any) -> Anomaly:
        """An anomaly of that rule at a JSON Pointer of the envelope."""
        place = self._parsed.locate(pointer)
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
        place = self._parsed.locate_key(pointer)
        return self.catalogue.rules["R-ENV-002"].anomaly(
            place, self.facts.environment, format="json", ligne=place.line, colonne=place.column, cause="cle_en_double"
        )


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
