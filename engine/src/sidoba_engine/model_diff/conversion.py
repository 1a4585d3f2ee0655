"""Data of the source model, made data of the target: keys renamed, keys that are gone left out, nothing invented.

A value that the target cannot take stays as it is, for the verdict to name; one whose unit has changed is left out,
since the same figure would say something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.model_diff.changes import ModelDiff


@dataclass(slots=True)
class Converted:
    """The data as converted, and what was done: JSON Pointers into the data received.

    `renamed` gives the key that each moved value now has; `dropped` had a key that is gone, `remeasured` a key whose
    unit has changed; `missing` are the keys that the target requires and that the source did not have.
    """

    data: dict[str, Any]
    renamed: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    remeasured: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def convert(data: Mapping[str, Any], diff: ModelDiff) -> Converted:
    """Convert one payload (`donnees`); what is not an object where an entity's element is expected stays as it is."""
    converted = Converted({})
    plan = _Plan(diff, converted)
    converted.data = plan.converted("", "", data)
    converted.missing = [
        addition.key
        for addition in diff.additions
        if addition.required and ("." not in addition.key or addition.key.partition(".")[0] in converted.data)
    ]
    return converted


def convert_comments(comments: Mapping[str, Any], diff: ModelDiff) -> dict[str, Any]:
    """The comments under the names that their keys now have; those of a key that is gone are left out."""
    names = {rename.before: rename.after for rename in diff.renames}
    return {names.get(key, key): text for key, text in comments.items() if key not in diff.removals}


class _Plan:
    def __init__(self, diff: ModelDiff, converted: Converted) -> None:
        self._names = {rename.before: rename.after for rename in diff.renames}
        self._gone = set(diff.removals)
        self._remeasured = {change.key for change in diff.changes if change.attribute == "unite" and change.breaks}
        self._before, self._after = (_entities(model) for model in (diff.source, diff.target))
        self._converted = converted

    def converted(self, entity: str, pointer: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """One object: the root (`entity` empty) or an element of an entity."""
        return dict(self._members(entity, pointer, data))

    def _members(self, entity: str, pointer: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, value in data.items():
            key, place = (f"{entity}.{name}" if entity else name), f"{pointer}/{name}"
            if key in self._gone or (not entity and name in self._before - self._after):
                self._converted.dropped.append(place)
            elif key in self._remeasured:
                self._converted.remeasured.append(place)
            elif not entity and name in self._before and isinstance(value, list):
                yield name, [self._element(name, f"{place}/{index}", each) for index, each in enumerate(value)]
            else:
                yield self._named(key, name, place), value

    def _element(self, entity: str, pointer: str, element: Any) -> Any:
        return self.converted(entity, pointer, element) if isinstance(element, Mapping) else element

    def _named(self, key: str, name: str, place: str) -> str:
        if key not in self._names:
            return name
        self._converted.renamed[place] = self._names[key]
        return self._names[key].rpartition(".")[2]


def _entities(model: Any) -> set[str]:
    return {entity["code"] for entity in model.data.get("entites", ())} - {"structure", "usager"}
