"""Existence, filtering, projection, subsetting and combining (FHIRPath N1, sections 5.1 to 5.4)."""

from __future__ import annotations

from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import EMPTY, Items, Run, Truth, single_integer
from sidoba_engine.formats.fhir.path.nodes import Node, children, system_value
from sidoba_engine.formats.fhir.path.operators import equal, key_of
from sidoba_engine.formats.fhir.path.outcome import EvaluationError
from sidoba_engine.formats.fhir.path.registry import Builder, Family
from sidoba_engine.formats.fhir.path.syntax import Expression

FAMILY = Family()


@FAMILY.compiled_truth("empty")
def _empty(_builder: Builder, source: Items, _arguments: tuple[Expression, ...]) -> Truth:
    return lambda this, run: not source(this, run)


@FAMILY.compiled_truth("exists", 0, 1)
def _exists(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
    if not arguments:
        return lambda this, run: bool(source(this, run))
    criterion = builder.looped_truth(arguments[0])

    def exists(this: Any, run: Run) -> bool:
        found = source(this, run)
        run.spend(len(found))
        above = run.index
        answer = any(criterion(item, run) for run.index, item in enumerate(found))
        run.index = above
        return answer

    return exists


@FAMILY.compiled_truth("all", 1)
def _all(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
    criterion = builder.looped_truth(arguments[0])

    def hold(this: Any, run: Run) -> bool:
        found = source(this, run)
        run.spend(len(found))
        above = run.index
        answer = all(criterion(item, run) for run.index, item in enumerate(found))
        run.index = above
        return answer

    return hold


def _booleans(items: list[Any]) -> list[bool]:
    values = [system_value(item) for item in items]
    if any(not isinstance(value, bool) for value in values):
        raise EvaluationError("booleans expected")
    return values


@FAMILY.truths("allTrue")
def _all_true(items: list[Any], _run: Run) -> bool:
    return all(_booleans(items))


@FAMILY.truths("anyTrue")
def _any_true(items: list[Any], _run: Run) -> bool:
    return any(_booleans(items))


@FAMILY.truths("allFalse")
def _all_false(items: list[Any], _run: Run) -> bool:
    return not any(_booleans(items))


@FAMILY.truths("anyFalse")
def _any_false(items: list[Any], _run: Run) -> bool:
    return not all(_booleans(items))


def keys(items: list[Any], run: Run) -> set[Any]:
    """The keys under which these items are equal to others."""
    run.spend(len(items))
    return {key_of(item) for item in items}


@FAMILY.truths("subsetOf", 1)
def _subset_of(items: list[Any], run: Run, other: list[Any]) -> bool:
    return keys(items, run) <= keys(other, run)


@FAMILY.truths("supersetOf", 1)
def _superset_of(items: list[Any], run: Run, other: list[Any]) -> bool:
    return keys(items, run) >= keys(other, run)


@FAMILY.values("count")
def _count(items: list[Any], _run: Run) -> list[Any]:
    return [len(items)]


def without_repeats(items: list[Any], run: Run) -> list[Any]:
    """The items, each once, in the order of their first time."""
    run.spend(len(items))
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key_of(item), item)
    return list(found.values())


FAMILY.values("distinct")(without_repeats)


@FAMILY.truths("isDistinct")
def _is_distinct(items: list[Any], run: Run) -> bool:
    return len(keys(items, run)) == len(items)


@FAMILY.compiled("where", 1)
def _where(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    criterion = builder.looped_truth(arguments[0])

    def where(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        if not items:
            return EMPTY
        run.left -= len(items)
        if run.left < 0:
            run.spend(0)
        found, above = [], run.index
        for index, item in enumerate(items):
            run.index = index
            if criterion(item, run):
                found.append(item)
        run.index = above
        return found

    return where


@FAMILY.compiled("select", 1)
def _select(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    projection = builder.looped_items(arguments[0])

    def select(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        run.spend(len(items))
        found: list[Any] = []
        above = run.index
        for index, item in enumerate(items):
            run.index = index
            found += projection(item, run)
        run.index = above
        run.spend(len(found))
        return found

    return select


@FAMILY.compiled("repeat", 1)
def _repeat(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    projection = builder.looped_items(arguments[0])

    def repeat(this: Any, run: Run) -> list[Any]:
        found: list[Any] = []
        seen: set[Any] = set()
        waiting = list(source(this, run))
        while waiting:
            run.spend(len(waiting))
            reached: list[Any] = []
            above = run.index
            for run.index, item in enumerate(waiting):
                for result in projection(item, run):
                    is_element = type(result) is Node and type(result.value) is dict
                    key = id(result.value) if is_element else key_of(result)
                    if key not in seen:
                        seen.add(key)
                        reached.append(result)
            run.index = above
            found += reached
            waiting = reached
        return found

    return repeat


@FAMILY.compiled("aggregate", 1, 2)
def _aggregate(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    aggregator = builder.looped_items(arguments[0])
    initial = builder.items(arguments[1]) if len(arguments) > 1 else None

    def aggregate(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        run.spend(len(items))
        above, index_above = run.total, run.index
        run.total = initial(this, run) if initial else []
        for index, item in enumerate(items):
            run.index = index
            run.total = aggregator(item, run)
            run.spend(sum(len(part) if isinstance(part, str) else 1 for part in run.total))
        result, run.total, run.index = run.total, above, index_above
        return result

    return aggregate


@FAMILY.values("single")
def _single(items: list[Any], _run: Run) -> list[Any]:
    if len(items) > 1:
        raise EvaluationError("one item expected")
    return items


@FAMILY.values("first")
def _first(items: list[Any], _run: Run) -> list[Any]:
    return items[:1]


@FAMILY.values("last")
def _last(items: list[Any], _run: Run) -> list[Any]:
    return items[-1:]


@FAMILY.values("tail")
def _tail(items: list[Any], _run: Run) -> list[Any]:
    return items[1:]


@FAMILY.values("skip", 1)
def _skip(items: list[Any], _run: Run, count: list[Any]) -> list[Any]:
    return items[max(0, single_integer(count) or 0) :]


@FAMILY.values("take", 1)
def _take(items: list[Any], _run: Run, count: list[Any]) -> list[Any]:
    return items[: max(0, single_integer(count) or 0)]


@FAMILY.values("intersect", 1)
def _intersect(items: list[Any], run: Run, other: list[Any]) -> list[Any]:
    wanted = keys(other, run)
    return [item for item in without_repeats(items, run) if key_of(item) in wanted]


@FAMILY.values("exclude", 1)
def _exclude(items: list[Any], run: Run, other: list[Any]) -> list[Any]:
    unwanted = keys(other, run)
    return [item for item in items if key_of(item) not in unwanted]


@FAMILY.values("union", 1)
def union(items: list[Any], run: Run, other: list[Any]) -> list[Any]:
    """`|`: the items of both, each once."""
    return without_repeats(items + other, run)


@FAMILY.values("combine", 1)
def _combine(items: list[Any], run: Run, other: list[Any]) -> list[Any]:
    run.spend(len(items) + len(other))
    return items + other


@FAMILY.values("children")
def _children(items: list[Any], run: Run) -> list[Any]:
    found = [child for item in items for child in children(item)]
    run.spend(len(found))
    return found


@FAMILY.values("descendants")
def _descendants(items: list[Any], run: Run) -> list[Any]:
    found: list[Any] = []
    waiting = [child for item in reversed(items) for child in reversed(children(item))]
    while waiting:
        node = waiting.pop()
        found.append(node)
        below = children(node)
        run.spend(1)
        below.reverse()
        waiting += below
    return found


def holds_item(items: list[Any], wanted: list[Any], run: Run) -> bool | None:
    """`contains`, and `in` the other way round: whether the only item of `wanted` is among the items."""
    if not wanted:
        return None
    if len(wanted) > 1:
        raise EvaluationError("one item expected")
    run.spend(len(items))
    return any(equal(wanted, [item]) for item in items)
