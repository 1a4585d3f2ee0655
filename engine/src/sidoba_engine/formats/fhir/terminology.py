"""The value sets and code systems of the catalogue's FHIR data, made into objects.

A value set refers to others by their address: each is made once, the first time one needs it; one that refers to
itself counts as not held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.formats.fhir.value_sets import (
    CodeSystem,
    FhirValueSet,
    Membership,
    Test,
    codes_of,
    either,
    every,
    listed_codes,
    shared_list,
    unknown_part,
    whole_system,
    without,
)
from sidoba_engine.value_set import ValueSet

Data = Mapping[str, Any]


class Terminology:
    """Makes the value sets of the compiled definitions, with the lists that the catalogue shares with CDA."""

    def __init__(self, data: Data, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._entries: Data = data["jeux_de_valeurs"]
        self._same_lists: Data = data.get("memes_listes", {})
        self._addresses: Data = data.get("systemes", {})
        self._open_systems = frozenset(data.get("systemes_ouverts", ()))
        self._unions = frozenset(
            target
            for entry in data.get("contradictions", ())
            if entry.get("parametres", {}).get("lecture") == "union"
            for target in entry["cibles"]
        )
        self.code_systems = {url: _code_system(entry) for url, entry in data["systemes_de_codes"].items()}
        self._made: dict[str, FhirValueSet | None] = {}

    def value_sets(self) -> Mapping[str, FhirValueSet]:
        """Every value set held, by address. Raises CatalogueError for a list that the catalogue has not."""
        urls = sorted({*self._entries, *self._same_lists})
        return {url: made for url in urls if (made := self._find(url))}

    def _find(self, url: str) -> FhirValueSet | None:
        if url not in self._made:
            self._made[url] = None  # what refers to itself meets None: not held
            self._made[url] = self._make(url)
        return self._made[url]

    def _make(self, url: str) -> FhirValueSet | None:
        entry = self._entries.get(url, {})
        if url in self._same_lists:
            return self._shared(url, entry, self._catalogue.value_sets.get(self._same_lists[url]))
        if "nomenclature" in entry:
            return self._shared(url, entry, self._catalogue.value_set_by_oid(entry["nomenclature"]))
        return self._composed(url, entry) if entry else None

    def _shared(self, url: str, entry: Data, value_set: ValueSet | None) -> FhirValueSet:
        if value_set is None:
            raise CatalogueError(f"value set {url}: the catalogue has not the list that it names")
        return FhirValueSet(
            url=url,
            version=value_set.version,
            label=entry.get("title", value_set.label),
            unheld=(),
            is_open=False,
            _test=shared_list(value_set, self._addresses),
            _listed=lambda: iter(value_set.labels.items()),
        )

    def _composed(self, url: str, entry: Data) -> FhirValueSet:
        included, excluded = entry.get("include", ()), entry.get("exclude", ())
        combine = either if url in self._unions else every
        test = either([self._part(part, combine) for part in included]) if included else unknown_part(None)
        if excluded:
            test = without(test, either([self._part(part, every) for part in excluded]))
        unheld = tuple(dict.fromkeys(name for part in included for name in self._unheld(part)))
        return FhirValueSet(
            url=url,
            version=entry.get("version"),
            label=entry.get("title", url.rpartition("/")[2]),
            unheld=unheld,
            is_open=bool(unheld) and self._open_systems.issuperset(unheld),
            _test=test,
            _listed=partial(self._listed, included),
        )

    def _part(self, part: Data, combine: Any) -> Test:
        """An include or an exclude: its system and its value sets hold together."""
        tests: list[Test] = []
        if "concepts" in part:
            tests.append(listed_codes(part.get("system"), part["concepts"]))
        elif "filter" in part:
            tests.append(unknown_part(part["system"]))
        elif "system" in part:
            tests.append(whole_system(part["system"], self.code_systems.get(part["system"])))
        if urls := part.get("valueSet"):
            tests.append(combine([self._test_of(url) for url in urls]))
        return every(tests) if tests else unknown_part(None)

    def _test_of(self, url: str) -> Test:
        found = self._find(url)
        return found.holds if found else unknown_part(None)

    def _unheld(self, part: Data) -> Iterator[str]:
        """What a part is made of that is not held, or not whole."""
        system = self.code_systems.get(part.get("system", ""))
        if (
            "system" in part
            and "concepts" not in part
            and (system is None or not system.is_complete or "filter" in part)
        ):
            yield part["system"]
        for url in part.get("valueSet", ()):
            found = self._find(url)
            yield from found.unheld if found else (url,)

    def _listed(self, parts: tuple[Data, ...]) -> Iterator[tuple[str, str]]:
        for part in parts:
            yield from codes_of(part, self.code_systems)
            for url in part.get("valueSet", ()):
                if found := self._find(url):
                    yield from found.sample(1000)


def _code_system(entry: Data) -> CodeSystem:
    return CodeSystem(
        url=entry["url"],
        version=entry.get("version"),
        label=entry.get("title", entry["url"]),
        codes=entry["concepts"],
        is_complete=entry["content"] == "complete",
    )


__all__ = ["CodeSystem", "FhirValueSet", "Membership", "Terminology"]
