"""Checks that look at one element and its children only, run together and not twice on elements alike.

Most rules count children or compare a code. An element whose projection (all that the checks of a group see of it) was
met without fault needs no second look, and documents repeat themselves much: 25 evaluated fields are 25 times the same
shape. Only faultless projections are kept: what is found is always found by the checks themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sidoba_engine.formats.cda.walk.projection import View, projector, seen_by_all, size

Element = etree._Element
Check = Callable[[Element, Any], None]
"""A compiled rule: looks at one element of its context, tells what it finds to the run given as second argument."""

_KEPT = 128
"""Faultless projections kept for a group of checks; a document of invented shapes must leave little behind."""
_LARGEST = 2_000
_WORTH_GROUPING = 4
"""Checks of attributes: reading a few values again costs less than putting them together to be looked up."""


@dataclass(frozen=True, eq=False, slots=True)
class LocalCheck:
    """A check, and all it sees of its element."""

    check: Check
    view: View

    @property
    def is_cheap(self) -> bool:
        """Whether it only counts children of one tag: no projection costs less."""
        return not self.view.attributes and self.view.any_child is None and [*self.view.children.values()] == [View()]

    def __call__(self, element: Element, run: Any) -> None:
        self.check(element, run)


def fused(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The same checks, those that see attributes only in one group, those that see children in another."""
    apart: list[Check] = []
    on_attributes: list[LocalCheck] = []
    on_children: list[LocalCheck] = []
    for check in checks:
        if not isinstance(check, LocalCheck):
            apart.append(check)
        elif check.view.children or check.view.any_child:
            on_children.append(check)
        else:
            on_attributes.append(check)
    if len(on_attributes) >= _WORTH_GROUPING:
        apart.append(_together(on_attributes))
    else:
        apart += [item.check for item in on_attributes]
    if len(on_children) == 1 and on_children[0].is_cheap:
        return (*apart, on_children[0].check)
    return (*apart, _together(on_children)) if on_children else tuple(apart)


def _together(group: list[LocalCheck]) -> Check:
    checks = tuple(item.check for item in group)
    project = projector(seen_by_all(item.view for item in group))
    faultless: set[Hashable] = set()

    def check(element: Element, run: Any) -> None:
        projection = project(element)
        if projection in faultless:
            return
        before = len(run.findings)
        for single in checks:
            single(element, run)
        if len(run.findings) == before and len(faultless) < _KEPT and size(projection) < _LARGEST:
            faultless.add(projection)

    return check
