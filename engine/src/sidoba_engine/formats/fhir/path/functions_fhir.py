"""Types, and the functions that FHIR adds (R4, "FHIRPath", section 2.9.1.5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import Items, Run, Truth, single, single_text, truth_of
from sidoba_engine.formats.fhir.path.narrative import is_narrative
from sidoba_engine.formats.fhir.path.nodes import Node, members, system_value
from sidoba_engine.formats.fhir.path.outcome import EvaluationError, ExpressionSyntaxError, NotEvaluatedError
from sidoba_engine.formats.fhir.path.registry import Builder, Family
from sidoba_engine.formats.fhir.path.syntax import Expression, Literal
from sidoba_engine.formats.fhir.path.values import Moment, Quantity

FAMILY = Family()

_SYSTEM_TYPES = frozenset({"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any"})
_KIND_OF_MOMENT = {"date": "Date", "dateTime": "DateTime", "time": "Time"}


def system_type(value: Any) -> str:
    """The name of the FHIRPath type of a value; empty for a complex node."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, Moment):
        return _KIND_OF_MOMENT[value.kind]
    names = {str: "String", int: "Integer", Decimal: "Decimal", Quantity: "Quantity"}
    return names.get(type(value), "")


def type_test(name: str) -> Callable[[Any], bool]:
    """The test of a type written in an expression: `FHIR.code`, `System.String`, `Patient`, `string`, `Boolean`.

    A name of FHIRPath without its prefix also accepts the FHIR primitive that converts to it (`answer is Boolean` of
    `que-7`, that could never hold otherwise).
    """
    prefix, _, bare = name.rpartition(".")
    if prefix == "System":
        return lambda item: type(item) is not Node and bare in (system_type(item), "Any")
    if not prefix and bare in _SYSTEM_TYPES and bare != "Quantity":
        return lambda item: system_type(system_value(item)) == bare

    def is_of_type(item: Any) -> bool:
        if type(item) is Node:
            return item.type.is_a(bare if prefix == "FHIR" else name)
        return bare == "Quantity" and isinstance(item, Quantity)

    return is_of_type


def _type_argument(arguments: tuple[Expression, ...]) -> Callable[[Any], bool]:
    literal = arguments[0]
    if not isinstance(literal, Literal) or not isinstance(literal.value, str):
        raise ExpressionSyntaxError("type expected", 0)
    return type_test(literal.value)


@FAMILY.compiled("ofType", 1)
def _of_type(_builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    test = _type_argument(arguments)

    def of_type(this: Any, run: Run) -> list[Any]:
        return [item for item in source(this, run) if test(item)]

    return of_type


@FAMILY.compiled("as", 1)
def _as(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    """Filters, as `ofType`: R4's own `dom-3` applies it to many items, where the standard expects one."""
    return _of_type(builder, source, arguments)


@FAMILY.compiled_truth("is", 1)
def _is(_builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
    return is_operation(source, _type_argument(arguments))


def is_operation(source: Items, test: Callable[[Any], bool]) -> Truth:
    """`x is T`: None on nothing; raises EvaluationError on several items."""

    def is_type(this: Any, run: Run) -> bool | None:
        items = source(this, run)
        if len(items) > 1:
            raise EvaluationError("one item expected")
        return test(items[0]) if items else None

    return is_type


@FAMILY.truths("not")
def _not(items: list[Any], _run: Run) -> bool | None:
    truth = truth_of(items)
    return None if truth is None else not truth


@FAMILY.compiled("trace", 1, 2)
def _trace(_builder: Builder, source: Items, _arguments: tuple[Expression, ...]) -> Items:
    """Nothing is written anywhere: the engine has no log, and the items may be personal."""
    return source


@FAMILY.truths("hasValue")
def _has_value(items: list[Any], _run: Run) -> bool:
    if len(items) != 1:
        return False
    item = items[0]
    if type(item) is not Node:
        return True
    return item.type.is_primitive and item.value is not None


@FAMILY.values("getValue")
def _get_value(items: list[Any], _run: Run) -> list[Any]:
    if len(items) != 1 or (type(items[0]) is Node and not items[0].type.is_primitive):
        return []
    value = system_value(items[0])
    return [] if value is None else [value]


@FAMILY.compiled("extension", 1)
def _extension(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    url = builder.items(arguments[0])

    def extension(this: Any, run: Run) -> list[Any]:
        wanted = single_text(url(this, run))
        found = []
        for item in source(this, run):
            inside = members(item, "extension")
            run.spend(len(inside))
            found += [node for node in inside if type(node.value) is dict and node.value.get("url") == wanted]
        return found

    return extension


@FAMILY.values("resolve")
def _resolve(items: list[Any], run: Run) -> list[Any]:
    run.spend(len(items))
    found = []
    for item in items:
        reference = _reference_of(item)
        target = None if reference is None else _target_of(reference, run)
        if target is not None:
            found.append(target)
    return found


def _reference_of(item: Any) -> str | None:
    value = item.value.get("reference") if type(item) is Node and type(item.value) is dict else system_value(item)
    return value if isinstance(value, str) else None


def _target_of(reference: str, run: Run) -> Node | None:
    environment = run.environment
    if reference.startswith("#"):
        return _contained(reference[1:], run)
    if environment.resolve is None:
        raise NotEvaluatedError("resolve")
    target = environment.resolve(reference)
    return environment.types.resource(target) if isinstance(target, dict) else target


def _contained(identifier: str, run: Run) -> Node | None:
    root = run.environment.root_resource or run.environment.resource
    if root is None or not identifier:
        return root
    by_id = run.memo.get(-1)
    if by_id is None:
        inside = members(root, "contained")
        run.spend(len(inside))
        by_id = run.memo[-1] = {node.value.get("id"): node for node in inside if type(node.value) is dict}
    found = by_id.get(identifier)
    return found if isinstance(found, Node) else None


@FAMILY.truths("htmlChecks")
def _html_checks(items: list[Any], run: Run) -> bool | None:
    text = single_text(items)
    if text is None:
        return None
    run.spend(len(text) // 100)
    return is_narrative(text)


@FAMILY.truths("memberOf", 1)
def _member_of(items: list[Any], run: Run, value_set: list[Any]) -> bool | None:
    url = single_text(value_set)
    if not items or url is None:
        return None
    single(items)
    answer = None if run.environment.member_of is None else run.environment.member_of(items[0], url)
    if answer is None:
        raise NotEvaluatedError("memberOf", url)
    return answer


@FAMILY.truths("conformsTo", 1)
def _conforms_to(items: list[Any], run: Run, profile: list[Any]) -> bool | None:
    url = single_text(profile)
    if not items or url is None:
        return None
    single(items)
    if type(items[0]) is not Node:
        return False
    answer = None if run.environment.conforms_to is None else run.environment.conforms_to(items[0], url)
    if answer is None:
        raise NotEvaluatedError("conformsTo", url)
    return answer
