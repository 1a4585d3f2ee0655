"""The check of a list: how many items, each item, and the slices they fall in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidoba_engine.formats.fhir.definitions import Element, ProfileElement
from sidoba_engine.formats.fhir.extensions import ExtensionItems
from sidoba_engine.formats.fhir.objects import MISSING, MISSING_SLICE, WRONG_SHAPE, Holder, MemberCheck
from sidoba_engine.formats.fhir.primitives import EMPTY, json_kind
from sidoba_engine.formats.fhir.run import Found, Run, at, joined
from sidoba_engine.formats.fhir.slicing import Test, UnknownDiscriminator, slice_test

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check, Overlays
    from sidoba_engine.formats.fhir.elements import ElementCompiler

TOO_MANY = "R-FHIR-041"
TOO_MANY_OF_SLICE = "R-FHIR-044"
CLOSED = "R-FHIR-045"
ORDER = "R-FHIR-046"
UNEVEN = "R-FHIR-037"

Placed = tuple["Check", tuple[int | None, ...]]
"""The check of an item, and the slice it falls in for each slicing (-1: none, None: it cannot be told)."""

Chooser = Callable[[Any, Run], Placed]


@dataclass(slots=True)
class Slicer:
    """One sliced element of a profile and its slices."""

    element: ProfileElement
    tests: list[Test] = field(default_factory=list)
    tolerated: list[ProfileElement] = field(default_factory=list)

    def rank(self, item: Any, run: Run) -> int | None:
        """The rank of the slice the item falls in; -1 for none, None when a reference cannot be followed."""
        undecided = False
        for rank, test in enumerate(self.tests):
            answer = test(item, run)
            if answer:
                return rank
            undecided = undecided or answer is None
        return None if undecided else -1

    @property
    def is_closed(self) -> bool:
        """Whether an item must fall in one of the slices."""
        return self.element.slicing is not None and self.element.slicing.rules == "closed"


class ListCompiler:
    """Compiles lists: one instance per `ElementCompiler`."""

    def __init__(self, elements: ElementCompiler) -> None:
        self.elements = elements

    def check(self, holder: Holder, element: Element, code: str, layer: Overlays) -> MemberCheck:
        """The check of the list of an element that base R4 lets repeat."""
        low = max([element.min, *(one.min for one in layer)])
        high = min([element.max, *(one.max for one in layer)])
        if self.elements.is_primitive(code):
            return self._primitives(element, code, layer, bounds=(low, high))
        slicers = [self.slicer(one) for one in layer if one.slices and not _is_entry(one)]
        if code == "Extension":
            items = ExtensionItems(self, holder, element, layer, slicers)
            return _sliced(element.name, items.choose, slicers, bounds=(low, high))
        if slicers:
            return _sliced(element.name, self._chooser(element, code, layer, slicers), slicers, bounds=(low, high))
        return _plain(element.name, self.elements.item(element, code, layer), low=low, high=high)

    def slicer(self, element: ProfileElement) -> Slicer:
        """The slices of an element, with their tests."""
        found = Slicer(element)
        for part in element.slices:
            try:
                found.tests.append(slice_test(element, part, self.elements.definitions))
            except UnknownDiscriminator:
                found.tests.append(lambda item, run: None)
            if self.elements.definitions.tolerated("cardinality", f"{element.path}:{part.slice_name}"):
                found.tolerated.append(part)
        return found

    def _chooser(self, element: Element, code: str, layer: Overlays, slicers: list[Slicer]) -> Chooser:
        placed: dict[tuple[int | None, ...], Placed] = {}

        def choose(item: Any, run: Run) -> Placed:
            ranks = tuple(slicer.rank(item, run) for slicer in slicers)
            found = placed.get(ranks)
            if found is None:
                found = placed[ranks] = (self.elements.item(element, code, layer + parts_of(slicers, ranks)), ranks)
            return found

        return choose

    def _primitives(self, element: Element, code: str, layer: Overlays, *, bounds: tuple[int, int]) -> MemberCheck:
        item, missing = self.elements.item(element, code, layer), self.elements.missing_of(element, layer)
        name, under, (low, high) = element.name, "_" + element.name, bounds

        def check(value: Any, node: dict[str, Any], run: Run) -> Found:
            if type(value) is not list or not value:
                return _no_list(value, run)
            extras = node.get(under)
            extras = extras if isinstance(extras, list) else []
            found = _counted(name, max(len(value), len(extras)), run, low=low, high=high)
            for rank, one in enumerate(value):
                extra = extras[rank] if rank < len(extras) else None
                more = (
                    (None if extra is not None else run.report(EMPTY, quoi="null")) if one is None else item(one, run)
                )
                if missing is not None and extra is None and one is not None:
                    more = joined(more, missing(run))
                if more is not None:
                    found = joined(found, at(more, rank))
            return found

        return check

    @staticmethod
    def extras(name: str, item: Check) -> MemberCheck:
        """The check of the list beside a list of primitives: an object or null for each value."""

        def check(value: Any, node: dict[str, Any], run: Run) -> Found:
            if type(value) is not list or not value:
                return _no_list(value, run)
            values = node.get(name)
            beside = values if isinstance(values, list) else []
            found: Found = None
            if name in node and len(value) > len(beside):
                found = run.report(UNEVEN, element=name, valeurs=len(beside), extensions=len(value))
            for rank, one in enumerate(value):
                if one is None:
                    is_alone = rank >= len(beside) or beside[rank] is None
                    more = run.report(EMPTY, quoi="null") if is_alone and name not in node else None
                else:
                    more = item(one, run)
                if more is not None:
                    found = joined(found, at(more, rank))
            return found

        return check


def parts_of(slicers: list[Slicer], ranks: tuple[int | None, ...]) -> Overlays:
    """The slices that an item falls in."""
    return tuple(
        slicer.element.slices[rank]
        for slicer, rank in zip(slicers, ranks, strict=True)
        if rank is not None and rank >= 0
    )


def _is_entry(element: ProfileElement) -> bool:
    """The entries of a bundle are sliced by the profile of their resource, which `bundle` judges by itself."""
    return element.path == "Bundle.entry"


def _no_list(value: object, run: Run) -> Found:
    if value == []:
        return run.report(EMPTY, quoi="liste")
    return run.report(WRONG_SHAPE, attendu="liste", recu=json_kind(value))


def _counted(name: str, number: int, run: Run, *, low: int, high: int) -> Found:
    if number > high:
        return run.report(TOO_MANY, element=name, maximum=high, trouve=number)
    if number < low:
        return run.report(MISSING, element=name, minimum=low)
    return None


def _plain(name: str, item: Check, *, low: int, high: int) -> MemberCheck:
    def check(value: Any, node: dict[str, Any], run: Run) -> Found:
        if type(value) is not list or not value:
            return _no_list(value, run)
        found = _counted(name, len(value), run, low=low, high=high) if not low <= len(value) <= high else None
        for rank, one in enumerate(value):
            more = item(one, run)
            if more is not None:
                found = joined(found, at(more, rank))
        return found

    return check


def _sliced(name: str, choose: Chooser, slicers: list[Slicer], *, bounds: tuple[int, int]) -> MemberCheck:
    low, high = bounds

    def check(value: Any, node: dict[str, Any], run: Run) -> Found:
        if type(value) is not list or not value:
            return _no_list(value, run)
        found = _counted(name, len(value), run, low=low, high=high) if not low <= len(value) <= high else None
        places = []
        for rank, one in enumerate(value):
            item, ranks = choose(one, run)
            places.append(ranks)
            more = item(one, run)
            if more is not None:
                found = joined(found, at(more, rank))
        for index, slicer in enumerate(slicers):
            more = _slice_counts(name, slicer, [ranks[index] for ranks in places], run)
            if more is not None:
                found = joined(found, more)
        return found

    return check


def _slice_counts(name: str, slicer: Slicer, ranks: list[int | None], run: Run) -> Found:
    """Too few or too many items in a slice, items in none where all must be in one, order."""
    found: Found = None
    is_undecided = None in ranks
    for rank, part in enumerate(slicer.element.slices):
        number, label = ranks.count(rank), part.slice_name or ""
        if number < part.min and is_undecided:
            run.skip(MISSING_SLICE, "fait_inconnu", f"{slicer.element.path} {label}")
        elif number < part.min and part not in slicer.tolerated:
            more = run.report(MISSING_SLICE, element=name, tranche=label, minimum=part.min, trouve=number)
            found = joined(found, more)
        elif number > part.max:
            last = [place for place, one in enumerate(ranks) if one == rank][part.max]
            more = run.report(TOO_MANY_OF_SLICE, last, element=name, tranche=label, maximum=part.max, trouve=number)
            found = joined(found, more)
    if slicer.is_closed:
        for place in (place for place, one in enumerate(ranks) if one == -1):
            found = joined(found, run.report(CLOSED, place, element=name))
    return joined(found, _order(name, slicer, ranks, run))


def _order(name: str, slicer: Slicer, ranks: list[int | None], run: Run) -> Found:
    slicing = slicer.element.slicing
    if slicing is None or not (slicing.is_ordered or slicing.rules == "openAtEnd"):
        return None
    last = -1
    for place, rank in enumerate(ranks):
        if rank is None:
            continue
        order = len(slicer.element.slices) if rank == -1 and slicing.rules == "openAtEnd" else rank
        if order < last and order >= 0:
            return run.report(ORDER, place, element=name)
        last = max(last, order)
    return None
