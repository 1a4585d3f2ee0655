"""The check of one object: each member by its name, then what is missing, said twice, or breaks a constraint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sidoba_engine.checks.keys import nearest
from sidoba_engine.formats.fhir.definitions import Element, ProfileElement, TypeDefinition
from sidoba_engine.formats.fhir.primitives import EMPTY, json_kind
from sidoba_engine.formats.fhir.run import Found, Run, at, joined

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Base, Check, Compiler, Overlays

UNKNOWN_ELEMENT = "R-FHIR-030"
WRONG_SHAPE = "R-FHIR-031"
TWICE = "R-FHIR-038"
MISSING = "R-FHIR-040"
MISSING_SLICE = "R-FHIR-043"

LONGEST_NAME = 80

MemberCheck = Callable[[Any, dict[str, Any], Run], Found]


@dataclass(frozen=True, slots=True)
class Holder:
    """The object whose members are compiled: its type or backbone, the profiles that apply, where it is used."""

    base: Base
    overlays: Overlays
    site: Element | TypeDefinition

    @property
    def names(self) -> frozenset[str]:
        """What a context of extension may call it: the path of its use, its type, the ancestors of this."""
        names = {self.site.path if isinstance(self.site, Element) else self.site.name}
        names.add(self.base.path if isinstance(self.base, Element) else self.base.name)
        is_resource = isinstance(self.base, TypeDefinition) and self.base.kind == "resource"
        return frozenset(names | ({"Resource", "DomainResource"} if is_resource else {"Element"}))

    def layer(self, name: str) -> Overlays:
        """What the profiles say of one of its elements."""
        return tuple(overlay.children[name] for overlay in self.overlays if name in overlay.children)


@dataclass(frozen=True, slots=True)
class _Required:
    """An element that must be there: under one of these keys, else this rule says so."""

    keys: frozenset[str]
    rule: str
    name: str
    low: int
    part: str


class _Members(dict[str, MemberCheck]):
    """JSON key → check of its value, compiled when a document first has it; unknown names are not kept."""

    def __init__(self, compiler: Compiler, holder: Holder) -> None:
        self._compiler = compiler
        self._holder = holder

    def __missing__(self, key: str) -> MemberCheck:
        check = self._compiler.elements.member(self._holder, key)
        if check is None:
            return _unknown(self._holder, key)
        self[key] = check
        return check


def object_check(compiler: Compiler, base: Base, overlays: Overlays, site: Element | TypeDefinition) -> Check:
    """The check of an object of that type, under these profiles."""
    holder = Holder(base, overlays, site)
    members = _Members(compiler, holder)
    required = tuple(_required(holder))
    choices = tuple(_choices(base))
    is_lone = not any(element.min for element in _elements_of(base).values())
    constraints = compiler.constraints.of_object(base, overlays, site)

    def check(node: Any, run: Run) -> Found:
        if type(node) is not dict:
            return run.report(WRONG_SHAPE, attendu="objet", recu=json_kind(node))
        if not node:
            return run.report(EMPTY, quoi="objet")
        found: Found = None
        for key, value in node.items():
            more = members[key](value, node, run)
            if more is not None:
                found = joined(found, at(more, key))
        for one in required:
            if one.keys.isdisjoint(node):
                found = joined(found, _missing(one, run))
        if choices and len(node) > 2 - is_lone:
            found = joined(found, _twice(choices, node, run))
        for constraint in constraints:
            more = constraint(node, run)
            if more is not None:
                found = joined(found, more)
        return found

    return check


def _elements_of(base: Base) -> Mapping[str, Element]:
    return base.elements if isinstance(base, TypeDefinition) else base.children


def _twice(choices: tuple[tuple[str, frozenset[str]], ...], node: dict[str, Any], run: Run) -> Found:
    """An element of one value that is written under two of its types."""
    found: Found = None
    for name, keys in choices:
        if not keys.isdisjoint(node) and len(given := keys & node.keys()) > 1:
            shown = ", ".join(sorted(given))
            found = joined(found, run.report(TWICE, element=name, recu=shown, value=shown))
    return found


def missing_check(overlays: Overlays, base: Base, site: Element | TypeDefinition) -> Callable[[Run], Found] | None:
    """What is missing from an object that is not written at all; None when nothing is asked of it."""
    required = tuple(_required(Holder(base, overlays, site)))
    if not required:
        return None

    def check(run: Run) -> Found:
        found: Found = None
        for one in required:
            found = joined(found, _missing(one, run))
        return found

    return check


def _missing(one: _Required, run: Run) -> Found:
    if one.rule == MISSING_SLICE:
        return run.report(MISSING_SLICE, element=one.name, tranche=one.part, minimum=one.low, trouve=0)
    return run.report(MISSING, element=one.name, minimum=one.low)


def _required(holder: Holder) -> Iterator[_Required]:
    members = _elements_of(holder.base)
    keys: dict[str, set[str]] = {}
    for key, (element, _code) in holder.base.json_names.items():
        keys.setdefault(element.name, set()).update((key, "_" + key))
    for name, element in members.items():
        layer = holder.layer(name)
        low = max([element.min, *(one.min for one in layer)])
        written = frozenset(keys.get(name, {name, "_" + name}))
        if low > 0:
            yield _Required(written, MISSING, name, low, "")
        elif not element.is_choice:
            yield from (_Required(written, MISSING_SLICE, name, p.min, p.slice_name or "") for p in _asked(layer))
        yield from _asked_types(holder, element, layer)


def _asked(layer: Overlays) -> Iterator[ProfileElement]:
    return (part for one in layer for part in one.slices if part.min > 0)


def _asked_types(holder: Holder, element: Element, layer: Overlays) -> Iterator[_Required]:
    """The slices of an element of several types are its types: one that is asked for has its own keys."""
    if not element.is_choice:
        return
    for part in _asked(layer):
        codes = {allowed.code for allowed in part.types}
        keys = {
            key for key, (one, code) in holder.base.json_names.items() if one.name == element.name and code in codes
        }
        if keys:
            yield _Required(frozenset(keys), MISSING_SLICE, element.name, part.min, part.slice_name or "")


def _choices(base: Base) -> Iterator[tuple[str, frozenset[str]]]:
    keys: dict[str, set[str]] = {}
    for key, (element, _code) in base.json_names.items():
        if element.is_choice:
            keys.setdefault(element.name, set()).add(key)
    return ((name, frozenset(given)) for name, given in keys.items())


def _unknown(holder: Holder, key: str) -> MemberCheck:
    """The check of a member that FHIR R4 does not have there: the nearest name is searched for short ones only."""
    name = holder.base.path if isinstance(holder.base, Element) else holder.base.name

    def check(_value: Any, _node: dict[str, Any], run: Run) -> Found:
        is_name = key.isidentifier() and key.isascii() and len(key) <= LONGEST_NAME
        shown = key if is_name else "••••"
        near = nearest(key, holder.base.json_names) if is_name and run.searches > 0 else "aucun"
        run.searches -= 1
        return run.report(UNKNOWN_ELEMENT, value=shown, at_key=True, element=shown, type=name, proche=near)

    return check
