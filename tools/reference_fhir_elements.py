"""What a FHIR profile says of its elements beyond base R4, as a table and a list of invariants. In French."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from markdown_text import anchor, block, cell, code, prose, table
from sidoba_engine.formats.fhir.definitions import (
    UNBOUNDED,
    AllowedType,
    Binding,
    Constraint,
    Definitions,
    Element,
    Profile,
    ProfileElement,
    Slicing,
)

TITLES = ("Élément", "Cardinalité", "Types", "Valeurs", "Invariants")

_STRENGTHS = {"required": "obligatoire", "extensible": "extensible", "preferred": "préférée", "example": "d'exemple"}
_SEVERITIES = {"error": "bloquante", "warning": "avertissement"}
_RULES = {"open": "ouvertes", "closed": "fermées", "openAtEnd": "ouvertes à la fin"}
_DISCRIMINATORS = {
    "value": "la valeur",
    "pattern": "le motif",
    "type": "le type",
    "exists": "la présence",
    "profile": "le profil",
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where other pages are, seen from the page being written: address of a definition or of a value set → link."""

    structures: Mapping[str, str] = field(repr=False)
    value_sets: Mapping[str, str] = field(repr=False)

    def structure(self, url: str) -> str:
        """The last step of the address, with a link when it has a page."""
        name = code(url.rsplit("/", 1)[-1])
        return f"[{name}]({self.structures[url]})" if url in self.structures else name

    def value_set(self, url: str) -> str:
        """The same, for a value set; the address itself when it is nowhere here."""
        return f"[{code(url.rsplit('/', 1)[-1])}]({self.value_sets[url]})" if url in self.value_sets else code(url)


def element_table(profile: Profile, definitions: Definitions, addresses: Addresses) -> str:
    """The elements that the profile speaks of; one that is as in base R4 is left out. Empty when it changes nothing."""
    rows = [_row(element, base, addresses) for element, base in _walk(profile, definitions) if _speaks(element, base)]
    return table(TITLES, rows) if rows else ""


def invariants(profile: Profile) -> str:
    """The invariants that profiles add, each with the elements it holds for."""
    places: dict[Constraint, list[str]] = {}
    for element in profile.elements.values():
        for constraint in element.constraints:
            places.setdefault(constraint, []).append(element.id)
    return "\n".join(_invariant(constraint, ids) for constraint, ids in places.items())


def _invariant(constraint: Constraint, places: Iterable[str]) -> str:
    text = block(constraint.expression) if constraint.expression else "Sans expression : rien n'est à exécuter.\n"
    return (
        f"{anchor(constraint.key)}\n\n**{prose(constraint.key)}** ({_SEVERITIES[constraint.severity]}), sur "
        f"{', '.join(map(code, places))} : {prose(constraint.human)}\n\n{text}"
    )


def _walk(profile: Profile, definitions: Definitions) -> Iterator[tuple[ProfileElement, Element | None]]:
    """The elements in their order, each with that of base R4; the root and the address of an extension left out."""
    waiting: list[tuple[ProfileElement, Element | None]] = []
    roots = definitions.types[profile.type].elements
    _push(waiting, profile.root, roots)
    while waiting:
        element, base = waiting.pop()
        if element.id != "Extension.url":
            yield element, base
        waiting.extend((one, base) for one in reversed(element.slices))
        _push(waiting, element, _members(element, base, definitions))


def _push(
    waiting: list[tuple[ProfileElement, Element | None]], owner: ProfileElement, known: Mapping[str, Element]
) -> None:
    waiting.extend((child, known.get(child.name)) for child in reversed(list(owner.children.values())))


def _members(element: ProfileElement, base: Element | None, definitions: Definitions) -> Mapping[str, Element]:
    """The elements of base R4 below this one."""
    if base is None:
        return {}
    if base.children:
        return base.children
    if base.content_reference:
        return definitions.element_at(base.content_reference).children
    types = element.types or base.types
    found: dict[str, Element] = {}
    for allowed in types:
        definition = definitions.types.get(allowed.code)
        found = (dict(definition.elements) if definition else {}) | found
    return found


def _speaks(element: ProfileElement, base: Element | None) -> bool:
    """Whether the row would say something."""
    return bool(
        base is None
        or element.slice_name
        or _has_other_cardinality(element, base)
        or _has_other_types(element, base)
        or element.exact
        or element.slicing
        or element.constraints
        or element.must_support
        or (element.binding and element.binding != base.binding)
    )


def _has_other_cardinality(element: ProfileElement, base: Element) -> bool:
    return element.min > base.min or element.max < base.max


def _has_other_types(element: ProfileElement, base: Element) -> bool:
    if not element.types:
        return False
    return {(one.code, one.profiles, one.targets) for one in element.types} != {
        (one.code, one.profiles, one.targets) for one in base.types
    }


def _row(element: ProfileElement, base: Element | None, addresses: Addresses) -> list[str]:
    has_types = base is None or _has_other_types(element, base)
    return [
        code(element.id),
        _cardinality(element, base),
        "<br>".join(_type(one, addresses) for one in element.types) if has_types else "",
        "<br>".join(_values(element, base, addresses)),
        ", ".join(f"[{prose(one.key)}](#{one.key})" for one in element.constraints),
    ]


def _cardinality(element: ProfileElement, base: Element | None) -> str:
    """The cardinality that holds, with that of base R4 when it is another one."""
    low, high = (max(element.min, base.min), min(element.max, base.max)) if base else (element.min, element.max)
    shown = "interdit" if high == 0 else f"{low}..{_most(high)}"
    if base is None or element.slice_name or not _has_other_cardinality(element, base):
        return shown
    return f"{shown} (R4 : {base.min}..{_most(base.max)})"


def _most(number: int) -> str:
    return "\\*" if number == UNBOUNDED else str(number)


def _type(allowed: AllowedType, addresses: Addresses) -> str:
    followed = f" conforme à {' ou '.join(map(addresses.structure, allowed.profiles))}" if allowed.profiles else ""
    aimed = f" vers {', '.join(map(addresses.structure, allowed.targets))}" if allowed.targets else ""
    return f"{code(allowed.code)}{followed}{aimed}"


def _values(element: ProfileElement, base: Element | None, addresses: Addresses) -> Iterator[str]:
    if element.exact is not None:
        value = element.exact.value
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        yield f"{'exactement' if element.exact.is_fixed else 'au moins'} {cell(code(shown))}"
    if element.binding is not None and (base is None or element.binding != base.binding):
        yield _binding(element.binding, addresses)
    if element.slicing is not None:
        yield _slicing(element.slicing, element)
    if element.must_support:
        yield "à prendre en charge"


def _binding(binding: Binding, addresses: Addresses) -> str:
    most = f", au plus {addresses.value_set(binding.max_value_set)}" if binding.max_value_set else ""
    return f"liste {_STRENGTHS[binding.strength]} {addresses.value_set(binding.value_set)}{most}"


def _slicing(slicing: Slicing, element: ProfileElement) -> str:
    told_apart = " et ".join(f"{_DISCRIMINATORS[one.kind]} de {code(one.path)}" for one in slicing.discriminators)
    by = f" selon {told_apart}" if told_apart else ""
    names = f" : {', '.join(code(one.slice_name) for one in element.slices)}" if element.slices else ""
    ordered = ", dans l'ordre" if slicing.is_ordered else ""
    return f"tranches {_RULES[slicing.rules]}{by}{ordered}{names}"
