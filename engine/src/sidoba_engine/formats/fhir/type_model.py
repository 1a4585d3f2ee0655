"""The types of FHIR as FHIRPath asks for them: what a child is, which members a choice takes, what is a kind of what.

A place is the name of a type (`Encounter`, `Period`) or the path of a backbone element (`Encounter.statusHistory`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sidoba_engine.formats.fhir.structures import Element, TypeDefinition

BACKBONES = frozenset({"BackboneElement", "Element"})


class TypeModel:
    """Answers from base R4; a place or a name it does not know gives None, or nothing."""

    def __init__(self, types: Mapping[str, TypeDefinition]) -> None:
        self._types = types
        self._backbones: dict[str, Element] = {}
        for definition in types.values():
            self._note(definition.elements)

    def _note(self, elements: Mapping[str, Element]) -> None:
        for element in elements.values():
            if element.children:
                self._backbones[element.path] = element
                self._note(element.children)

    def element(self, place: str) -> Element | None:
        """The backbone element of that path."""
        return self._backbones.get(place)

    def child(self, place: str, json_name: str) -> str | None:
        """The type of a member: a type's name, or the path of a backbone element."""
        owner = self._backbones.get(place) or self._types.get(place)
        if owner is None or (found := owner.json_names.get(json_name)) is None:
            return None
        element, code = found
        return element.path if element.children else code

    def choice(self, place: str, name: str) -> tuple[tuple[str, str], ...]:
        """The members that a choice may take, with their types; empty when it is not a choice."""
        owner = self._backbones.get(place) or self._types.get(place)
        if owner is None:
            return ()
        return tuple(
            (member, code)
            for member, (element, code) in owner.json_names.items()
            if element.is_choice and element.name == name
        )

    def base_of(self, place: str) -> str | None:
        """What a type derives from; a backbone element is a `BackboneElement`, or an `Element` inside a data type."""
        if backbone := self._backbones.get(place):
            return backbone.types[0].code
        definition = self._types.get(place)
        return definition.base if definition else None

    def is_subtype(self, place: str, ancestor: str) -> bool:
        """Whether one is the other, or derives from it."""
        current: str | None = place
        while current is not None:
            if current == ancestor:
                return True
            current = self.base_of(current)
        return False

    def is_primitive(self, name: str) -> bool:
        """Whether it is a primitive type."""
        definition = self._types.get(name)
        return definition is not None and definition.kind == "primitive-type"
