"""Checks that need elements lying deep below theirs: the walk brings them, instead of a second descent.

A check goes down by itself where that is a step or two. Where it would be deep and often, it says which paths feed it:
the walk passes there anyhow. What was brought is judged when the document has been seen whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sidoba_engine.catalogue import Rule
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check
from sidoba_engine.formats.cda.walk.selectors import SelectorError, parse

Judge = Callable[[Element, list[Element], Run], None]
"""Judges one element of the context, given the elements found below it in document order."""


@dataclass(frozen=True, eq=False, slots=True)
class FedCheck:
    """A check, and what else to run on the walk: paths from the context, and a check for each."""

    check: Check
    feeds: tuple[tuple[str, Check], ...]

    def __call__(self, element: Element, run: Run) -> None:
        self.check(element, run)


def fed_from_below(rule: Rule, path: str, judge: Judge) -> FedCheck:
    """`judge` runs once per element of the context, with all that the path of child steps leads to from it."""
    steps = parse(path).steps
    if any(step.deep for step in steps):
        raise SelectorError(f"a path of child steps is expected, not {path!r}")
    depth = len(steps)

    def open_list(element: Element, run: Run) -> None:
        lists: dict[Element, list[Element]] | None = run.memory.get(rule.id)
        if lists is None:
            lists = run.memory[rule.id] = {}
            run.last.append(lambda: close_lists(run))
        lists[element] = []

    def feed(element: Element, run: Run) -> None:
        owner: Element | None = element
        for _ in range(depth):
            owner = None if owner is None else owner.getparent()
        if owner is not None:
            run.memory[rule.id][owner].append(element)

    def close_lists(run: Run) -> None:
        for element, found in run.memory[rule.id].items():
            judge(element, found, run)

    return FedCheck(open_list, ((path, feed),))
