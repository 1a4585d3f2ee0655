"""Paths compiled to plain loops, for checks that need all the elements found, on every element of a busy context."""

from __future__ import annotations

from collections.abc import Callable

from sidoba_engine.formats.cda.names import TEMPLATE_ID
from sidoba_engine.formats.cda.run import Element
from sidoba_engine.formats.cda.walk.selectors import SelectorError, Step, Test, parse

Collector = Callable[[Element], list[Element]]


def collector(text: str) -> Collector:
    """The elements a relative path of child steps leads to, in document order. Raises SelectorError."""
    path = parse(text)
    if path.absolute or path.attribute or any(step.deep for step in path.steps):
        raise SelectorError(f"a relative path to children is expected, not {text!r}")
    levels = [(step.name, _test(step)) for step in path.steps]
    if len(levels) == 1 and levels[0][1] is None:
        tag = levels[0][0]
        return lambda element: list(element.iterchildren(tag))

    def collect(element: Element) -> list[Element]:
        reached = [element]
        for name, test in levels:
            below: list[Element] = []
            for parent in reached:
                if test is None:
                    below.extend(parent.iterchildren(name))
                else:
                    below.extend(child for child in parent.iterchildren(name) if test(child))
            reached = below
        return reached

    return collect


def _test(step: Step) -> Test | None:
    wanted, guard = frozenset(step.templates), step.guard
    if not wanted:
        return guard

    def test(element: Element) -> bool:
        for template in element.iterchildren(TEMPLATE_ID):
            if template.get("root") in wanted:
                return guard is None or guard(element)
        return False

    return test
