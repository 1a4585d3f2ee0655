"""Types and profiles of the compiled definitions, read into trees.

The data list elements by their path, parents first; a profile lists only what it changes, so an element that leads to
a listed one is added, saying nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sidoba_engine.formats.fhir.structures import (
    UNBOUNDED,
    AllowedType,
    Binding,
    Constraint,
    Context,
    Discriminator,
    Element,
    ExactValue,
    JsonNames,
    Profile,
    ProfileElement,
    Slicing,
    TypeDefinition,
)

Data = Mapping[str, Any]

CHOICE = "[x]"
_NOTHING: Data = {}


def read_types(data: Mapping[str, Data]) -> Mapping[str, TypeDefinition]:
    """The types of base R4 by name."""
    return {name: _type(name, data) for name in data}


def _type(name: str, data: Mapping[str, Data]) -> TypeDefinition:
    entry = data[name]
    elements: Mapping[str, Data] = entry["elements"]
    below = _below(elements)
    children = {_plain(path): _element(path, elements, below) for path in below.get(name, ())}
    value = elements.get(f"{name}.value", _NOTHING) if entry["kind"] == "primitive-type" else _NOTHING
    return TypeDefinition(
        name=name,
        kind=entry["kind"],
        base=entry.get("base"),
        is_abstract=entry.get("abstract", False),
        elements=children,
        json_names=_json_names(children.values()),
        constraints=_inherited(name, data),
        regex=value.get("regex"),
        min_value=value.get("minValue"),
        max_value=value.get("maxValue"),
        max_length=value.get("maxLength"),
    )


def _inherited(name: str | None, data: Mapping[str, Data]) -> tuple[Constraint, ...]:
    """The constraints of a type and of those it derives from, each key once."""
    found: dict[str, Constraint] = {}
    while name is not None and name in data:
        for constraint in _constraints(data[name]["elements"].get(name, _NOTHING)):
            found.setdefault(constraint.key, constraint)
        name = data[name].get("base")
    return tuple(found.values())


def _below(elements: Iterable[str]) -> Mapping[str, list[str]]:
    """Paths by the path of their parent."""
    below: dict[str, list[str]] = {}
    for path in elements:
        owner, _, step = path.rpartition(".")
        if step and owner:
            below.setdefault(owner, []).append(path)
    return below


def _element(path: str, elements: Mapping[str, Data], below: Mapping[str, list[str]]) -> Element:
    said = elements[path]
    children = {_plain(inner): _element(inner, elements, below) for inner in below.get(path, ())}
    return Element(
        name=_plain(path),
        path=path,
        min=said["min"],
        max=_maximum(said["max"]),
        types=_types(said),
        is_choice=path.endswith(CHOICE),
        is_modifier=said.get("isModifier", False),
        binding=_binding(said),
        constraints=_constraints(said),
        content_reference=said["contentReference"].partition("#")[2] if "contentReference" in said else None,
        children=children,
        json_names=_json_names(children.values()),
    )


def _json_names(elements: Iterable[Element]) -> JsonNames:
    names: dict[str, tuple[Element, str]] = {}
    for element in elements:
        for allowed in element.types if element.is_choice else element.types[:1]:
            names[json_name(element.name, allowed.code) if element.is_choice else element.name] = element, allowed.code
        if element.content_reference:
            names[element.name] = element, element.content_reference
    return names


def json_name(choice: str, code: str) -> str:
    """The member that holds a choice when its value is of that type: `value` and `string` make `valueString`."""
    return choice + code[0].upper() + code[1:]


def read_profile(entry: Data) -> Profile:
    """A profile or an extension, with its tree."""
    listed: Mapping[str, Data] = entry["elements"]
    said: dict[str, Data] = {}
    for place in listed:
        for leading in _leading(place):
            said.setdefault(leading, listed.get(leading, _NOTHING))
    tree = _Tree(said)
    return Profile(
        url=entry["url"],
        id=entry["id"],
        name=entry.get("name", entry["id"]),
        version=entry.get("version"),
        type=entry["type"],
        kind=entry["kind"],
        base=entry["base"],
        is_abstract=entry.get("abstract", False),
        package=entry["paquet"],
        contexts=tuple(Context(kind, expression) for kind, expression in entry.get("context", ())),
        root=tree.element(entry["type"]),
        elements=tree.elements(),
    )


def _leading(place: str) -> list[str]:
    """The ids that lead to one, itself included: of each step the element that a slice is cut from, then the slice."""
    leading, upper = [], ""
    for step in place.split("."):
        name = step.partition(":")[0]
        if name != step:
            leading.append(upper + name)
        leading.append(upper + step)
        upper += step + "."
    return leading


class _Tree:
    """Builds the elements of a profile from the bottom; `elements` gives them by id, in the order of the data."""

    def __init__(self, said: Mapping[str, Data]) -> None:
        self._said = said
        self._children: dict[str, list[str]] = {}
        self._slices: dict[str, list[str]] = {}
        for place in said:
            owner, _, step = place.rpartition(".")
            if ":" in step:
                self._slices.setdefault(place[: place.rindex(":")], []).append(place)
            elif owner:
                self._children.setdefault(owner, []).append(place)
        self._made: dict[str, ProfileElement] = {}

    def elements(self) -> Mapping[str, ProfileElement]:
        return {place: self._made[place] for place in self._said}

    def element(self, place: str) -> ProfileElement:
        said = self._said[place]
        children = {_plain(inner): self.element(inner) for inner in self._children.get(place, ())}
        slices = tuple(self.element(inner) for inner in self._slices.get(place, ()))
        self._made[place] = made = _profile_element(place, said, slices, children)
        return made


def _profile_element(
    place: str, said: Data, slices: tuple[ProfileElement, ...], children: Mapping[str, ProfileElement]
) -> ProfileElement:
    step = place.rpartition(".")[2]
    name, _, slice_name = step.partition(":")
    return ProfileElement(
        id=place,
        path=".".join(part.partition(":")[0] for part in place.split(".")),
        name=name.removesuffix(CHOICE),
        slice_name=slice_name or None,
        min=said.get("min", 0),
        max=_maximum(said.get("max", "*")),
        types=_types(said),
        is_choice=name.endswith(CHOICE),
        is_modifier=said.get("isModifier", False),
        must_support=said.get("mustSupport", False),
        exact=_exact(said),
        binding=_binding(said),
        constraints=_constraints(said),
        slicing=_slicing(said),
        slices=slices,
        children=children,
    )


def _plain(path: str) -> str:
    return path.rpartition(".")[2].partition(":")[0].removesuffix(CHOICE)


def _maximum(written: str) -> int:
    return UNBOUNDED if written == "*" else int(written)


def _types(said: Data) -> tuple[AllowedType, ...]:
    return tuple(
        AllowedType(entry)
        if isinstance(entry, str)
        else AllowedType(entry["code"], tuple(entry.get("profile", ())), tuple(entry.get("targetProfile", ())))
        for entry in said.get("types", ())
    )


def _binding(said: Data) -> Binding | None:
    binding = said.get("binding")
    return Binding(binding["strength"], binding["valueSet"], binding.get("maxValueSet")) if binding else None


def _constraints(said: Data) -> tuple[Constraint, ...]:
    return tuple(
        Constraint(entry["key"], entry["severity"], entry["human"], entry.get("expression"))
        for entry in said.get("constraints", ())
    )


def _exact(said: Data) -> ExactValue | None:
    for kind in ("fixed", "pattern"):
        if kind in said:
            return ExactValue(kind == "fixed", said[kind]["type"], said[kind]["value"])
    return None


def _slicing(said: Data) -> Slicing | None:
    slicing = said.get("slicing")
    if slicing is None:
        return None
    discriminators = tuple(Discriminator(kind, path) for kind, path in slicing["discriminator"])
    return Slicing(discriminators, slicing["rules"], slicing.get("ordered", False))
