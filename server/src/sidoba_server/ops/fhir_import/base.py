"""The base of FHIR, as the catalogue holds it: where a profile's element comes from, and what it says there.

A path is followed through backbone elements, data types, choices (`value[x]:valueQuantity`) and content references.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_server.ops.fhir_import.statements import Data, type_name

CORE = "http://hl7.org/fhir/StructureDefinition/"


class BaseTypes:
    """The types of base R4 by name, each with its `elements` by path (inherited elements included)."""

    def __init__(self, types: Mapping[str, Mapping[str, Any]]) -> None:
        self._types = types

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def find(self, element_id: str, overlay: Mapping[str, Data] | None = None) -> Data:
        """What the base says of an element of a profile; empty when the base does not know it.

        `overlay` is what the profile says so far: the types it leaves to what leads there are those looked in.
        """
        root, *steps = element_id.split(".")
        place, upper, said = root, root, dict(self._elements(root).get(root, {}))
        for step in steps:
            if types := (overlay or {}).get(upper, {}).get("types"):
                said["types"] = types
            place, said = self._below(place, said, step)
            upper = f"{upper}.{step}"
            if not said:
                return {}
        return said

    def keys_of_type(self, name: str) -> set[str]:
        """The keys of the constraints of a type and of what it derives from."""
        keys: set[str] = set()
        while name in self._types:
            keys |= {entry["key"] for entry in self._elements(name).get(name, {}).get("constraints", ())}
            name = self._types[name].get("base") or ""
        return keys

    def _below(self, place: str, said: Mapping[str, Any], step: str) -> tuple[str, Data]:
        name, _, slice_name = step.partition(":")
        for parent in self._homes(place, said):
            found = self._elements(parent.partition(".")[0]).get(f"{parent}.{name}")
            if found is not None:
                narrowed = self._narrowed(dict(found), name, slice_name)
                return f"{parent}.{name}", narrowed
        return place, {}

    def _homes(self, place: str, said: Mapping[str, Any]) -> list[str]:
        """Where the children of an element are defined: beside it, where it refers to, or in its type."""
        if reference := said.get("contentReference"):
            return [str(reference).partition("#")[2]]
        return [place, *(type_name(entry) for entry in said.get("types", ()))]

    def _narrowed(self, said: Data, name: str, slice_name: str) -> Data:
        """A slice of a choice has one type: the one that its name ends with."""
        if not slice_name or not name.endswith("[x]"):
            return said
        wanted = slice_name.removeprefix(name.removesuffix("[x]"))
        kept = [entry for entry in said.get("types", ()) if type_name(entry).lower() == wanted.lower()]
        return {**said, "types": kept} if kept else said

    def _elements(self, name: str) -> Mapping[str, Data]:
        elements: Mapping[str, Data] = self._types.get(name, {}).get("elements", {})
        return elements
