"""The frequent shapes of constraints as closures of their own: no node is made where the JSON itself answers."""

from __future__ import annotations

from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import EMPTY, Items, Run, Truth, as_items
from sidoba_engine.formats.fhir.path.nodes import Node, members, system_value
from sidoba_engine.formats.fhir.path.operators import equal
from sidoba_engine.formats.fhir.path.outcome import EvaluationError


def focus_items(this: Any, _run: Run) -> list[Any]:
    """What is looked at, as a collection."""
    return this if type(this) is list else [this]


def members_of_focus(name: str) -> Items:
    """`name`."""

    def step(this: Any, _run: Run) -> list[Any]:
        if type(this) is list:
            return [member for item in this for member in members(item, name)]
        return members(this, name)

    return step


def members_of(source: Items, name: str) -> Items:
    """`source.name`."""

    def step(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        if len(items) == 1:
            return members(items[0], name)
        if not items:
            return EMPTY
        run.spend(len(items))
        return [member for item in items for member in members(item, name)]

    return step


def focus_or_members(name: str) -> Items:
    """`Name` at the start: the focus itself when it is of that type, else its elements of that name."""
    step = members_of_focus(name)

    def typed(this: Any, run: Run) -> list[Any]:
        if type(this) is Node and this.type.is_a(name):
            return [this]
        return step(this, run)

    return typed


def presence(name: str, *, is_wanted: bool) -> Truth:
    """`name.exists()` or `name.empty()`."""
    step = members_of_focus(name)

    def present(this: Any, run: Run) -> bool:
        if type(this) is not Node or type(this.value) is not dict:
            return bool(step(this, run)) is is_wanted
        value = this.value
        for key, under, _ in this.type.steps.written(name, value):
            got = value.get(key)
            if got is None:
                got = value.get(under)
            if got is None:
                continue
            if type(got) is not list or (got and got[0] is not None) or members(this, name):
                return is_wanted
        return not is_wanted

    return present


def equals_text(name: str, text: str) -> Truth:
    """`name = 'text'`: read in the JSON when the element is one text."""
    step = members_of_focus(name)
    wanted = [text]

    def equals(this: Any, run: Run) -> bool | None:
        if type(this) is Node and type(this.value) is dict:
            steps = this.type.steps[name]
            if len(steps) == 1 and steps[0][2].kind == "string":
                value = this.value.get(steps[0][0])
                if type(value) is str:
                    return bool(value == text)
        return equal(step(this, run), wanted)

    return equals


def path_equals_text(source: Items, text: str) -> Truth:
    """`path = 'text'`."""
    wanted = [text]

    def equals(this: Any, run: Run) -> bool | None:
        items = source(this, run)
        if len(items) == 1:
            value = system_value(items[0])
            if type(value) is str:
                return bool(value == text)
        return equal(items, wanted)

    return equals


def same_truth(left: Truth, right: Truth, *, is_wanted: bool) -> Truth:
    """`=` or `!=` between two booleans."""

    def compared(this: Any, run: Run) -> bool | None:
        one, other = left(this, run), right(this, run)
        return None if one is None or other is None else (one is other) is is_wanted

    return compared


def at_index(source: Items, index: Items) -> Items:
    """`source[index]`."""

    def item(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        wanted = index(this, run)
        if len(wanted) != 1 or type(wanted[0]) is not int:
            raise EvaluationError("one integer expected")
        return items[wanted[0] : wanted[0] + 1] if wanted[0] >= 0 else []

    return item


def remembered(items: Items, slot: int) -> Items:
    """A collection that does not depend on the item of the loop: worked out once per evaluation."""

    def once(this: Any, run: Run) -> list[Any]:
        found: list[Any] | None = run.memo.get(slot)
        if found is None:
            found = run.memo[slot] = items(this, run)
        return found

    return once


def items_of(truth: Truth) -> Items:
    """A truth as a collection."""
    return lambda this, run: as_items(truth(this, run))
