"""A profile as what it changes of base R4: every profile it derives from is merged in, what base R4 says is left out.

Both forms of a StructureDefinition give the same result. A snapshot is compared with the base; a differential is laid
over the profile it derives from (rules of https://hl7.org/fhir/R4/profiling.html): an element starts as its parent
profile, the profile of its type or base R4 has it, a slice as the element it is cut from, with a minimum of 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_server.ops.exit_codes import Refused
from sidoba_server.ops.fhir_import.base import BaseTypes
from sidoba_server.ops.fhir_import.statements import Data, statements, type_name, type_profiles

Overlay = dict[str, Data]

BY_URL: Data = {"discriminator": [["value", "url"]], "rules": "open"}
BY_TYPE: Data = {"discriminator": [["type", "$this"]], "rules": "open"}
"""The slicings that FHIR lets a differential leave unsaid: extensions, and choices of type."""

_STARTING = ("min", "max", "types", "contentReference", "binding", "isModifier")


class Overlays:
    """Makes the overlays of profiles, each once; `known` holds those of the packages imported before."""

    def __init__(self, base: BaseTypes, known: Mapping[str, Overlay], definitions: Mapping[str, Mapping[str, Any]]):
        self._base = base
        self._definitions = definitions
        self._made: dict[str, Overlay | None] = {url: kept for url, kept in known.items() if url not in definitions}

    def of(self, url: str) -> Overlay:
        """The overlay of a profile. Raises Refused for a base that is not held, or that is the profile itself."""
        made = self._find(url)
        if made is None:
            raise Refused(
                f"La définition {url} n'est ni dans ce paquet, ni dans le catalogue : importez d'abord le paquet qui la"
                " contient."
            )
        return made

    def _find(self, url: str) -> Overlay | None:
        if url in self._made:
            return self._made[url]
        definition = self._definitions.get(url)
        if definition is None:
            return None
        self._made[url] = None  # what derives from itself meets None here, and is refused
        self._made[url] = made = self._make(definition)
        return made

    def _make(self, definition: Mapping[str, Any]) -> Overlay:
        if elements := definition.get("snapshot", {}).get("element"):
            return self._pruned(in_order({entry["id"]: statements(entry) for entry in elements}))
        parent = definition.get("baseDefinition", "")
        derived = parent in self._made or parent in self._definitions
        if not derived and parent.rpartition("/")[2] not in self._base:
            return self.of(parent)
        merged = {place: dict(said) for place, said in self.of(parent).items()} if derived else {}
        for entry in definition.get("differential", {}).get("element", ()):
            self._lay(merged, entry["id"], statements(entry))
        return self._pruned(in_order(merged))

    def _lay(self, merged: Overlay, place: str, said: Data) -> None:
        current = merged.get(place) or self._start(merged, place)
        constraints = _united(current.get("constraints", []), said.get("constraints", []))
        merged[place] = {**current, **said, **({"constraints": constraints} if constraints else {})}
        owner, _, step = place.rpartition(".")
        name, _, slice_name = step.partition(":")
        if slice_name:
            self._slice(merged, f"{owner}.{name}", name)

    def _slice(self, merged: Overlay, place: str, name: str) -> None:
        """The element that a slice is cut from says how; FHIR leaves two cases unsaid."""
        sliced = merged.setdefault(place, self._start(merged, place))
        if "slicing" not in sliced:
            sliced["slicing"] = BY_TYPE if name.endswith("[x]") else BY_URL

    def _start(self, merged: Overlay, place: str) -> Data:
        """What an element says before its profile does."""
        if found := self._of_type(merged, place):
            return found
        owner, _, step = place.rpartition(".")
        name, _, slice_name = step.partition(":")
        if slice_name:
            cut_from = merged.get(f"{owner}.{name}") or self._start(merged, f"{owner}.{name}")
            narrowed = self._base.find(place, merged).get("types") if name.endswith("[x]") else None
            return _starting(cut_from) | {"min": 0} | ({"types": narrowed} if narrowed else {})
        return _starting(self._of_unsliced(merged, place) or self._base.find(place, merged))

    def _of_unsliced(self, merged: Overlay, place: str) -> Data | None:
        """The same element where nothing is sliced: `identifier.type` for `identifier:rpps.type`."""
        plain = ".".join(step.partition(":")[0] for step in place.split("."))
        return merged.get(plain) if plain != place else None

    def _of_type(self, merged: Overlay, place: str) -> Data | None:
        """The same element in the profile that the type of what holds it follows; a slice comes with all that it is."""
        steps = place.split(".")
        for depth in range(len(steps) - 1, 0, -1):
            owner, below = ".".join(steps[:depth]), ".".join(steps[depth:])
            for entry in merged.get(owner, {}).get("types", ()):
                for url in type_profiles(entry):
                    profile, wanted = self._find(url) or {}, f"{type_name(entry)}.{below}"
                    if wanted not in profile:
                        continue
                    if ":" in steps[-1]:
                        _graft(merged, place, profile, wanted)
                        return dict(profile[wanted])
                    return _starting(profile[wanted])
        return None

    def _pruned(self, merged: Overlay) -> Overlay:
        """Leave out what adds nothing to base R4: constraints it has, slicings without slices, whole elements."""
        sliced = {place.rpartition(":")[0] for place in merged if ":" in place.rpartition(".")[2]}
        kept = {}
        for place, said in merged.items():
            base = self._base.find(place, merged)
            constraints = _beyond(said.get("constraints", []), self._keys_known(place, base))
            added = {name: value for name, value in said.items() if name not in ("constraints", "slicing")}
            added |= {"constraints": constraints} if constraints else {}
            added |= {"slicing": said["slicing"]} if "slicing" in said and _cuts(place, said, sliced) else {}
            is_slice = ":" in place.rpartition(".")[2]
            if is_slice or "." not in place or _differs(added, base):
                kept[place] = added
        return kept

    def _keys_known(self, place: str, base: Data) -> set[str]:
        """The keys that base R4 has on an element: its own, those of its type and of what the type derives from."""
        keys = {entry["key"] for entry in base.get("constraints", ())}
        for name in [place, *map(type_name, base.get("types", ()))]:
            keys |= self._base.keys_of_type(name)
        return keys


def _graft(merged: Overlay, place: str, profile: Overlay, wanted: str) -> None:
    """Copy what a slice of another profile has below it: how it is told from the others is there."""
    for inner, said in profile.items():
        if inner.startswith(wanted + "."):
            merged.setdefault(place + inner.removeprefix(wanted), dict(said))


def in_order(merged: Overlay) -> Overlay:
    """Elements after what holds them, slices after the element they are cut from and what it holds."""
    held: dict[str, list[str]] = {}
    for place in merged:
        held.setdefault(_holder(place, merged), []).append(place)
    for places in held.values():
        places.sort(key=lambda place: ":" in place.rpartition(".")[2])
    ordered: Overlay = {}
    waiting = held.get("", [])[::-1]
    while waiting:
        place = waiting.pop()
        ordered[place] = merged[place]
        waiting.extend(reversed(held.get(place, ())))
    return ordered


def _holder(place: str, merged: Overlay) -> str:
    """The nearest element above that is listed: of a slice the element it is cut from, else the parent."""
    while place:
        place = place.rpartition(":" if ":" in place.rpartition(".")[2] else ".")[0]
        if place in merged:
            return place
    return ""


def _starting(said: Mapping[str, Any]) -> Data:
    return {name: said[name] for name in _STARTING if name in said}


def _united(before: list[Data], added: list[Data]) -> list[Data]:
    keys = {entry["key"] for entry in added}
    return [entry for entry in before if entry["key"] not in keys] + added


def _beyond(constraints: list[Data], known: set[str]) -> list[Data]:
    return [entry for entry in constraints if entry["key"] not in known]


def _cuts(place: str, said: Data, sliced: set[str]) -> bool:
    """Whether a slicing says something: it has slices, or lets nothing else in."""
    return place in sliced or said["slicing"]["rules"] != "open"


def _differs(said: Data, base: Data) -> bool:
    """Whether a profile's element adds something to the base."""
    return any(value != base.get(name) for name, value in said.items() if name != "constraints") or (
        "constraints" in said
    )
