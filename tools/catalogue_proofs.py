"""What can be proved of an expression of the control language without running it.

`always` follows the intervals of valid values: what it affirms holds for every valid value; when it cannot tell, it
says nothing. `spelled` writes in one way what can be written in several.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from catalogue_problems import Data


class Span(NamedTuple):
    """The numbers from `low` to `high`, both included."""

    low: float
    high: float


ANYTHING = Span(-math.inf, math.inf)
GIR = Span(1, 6)
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_ORDERS: dict[type[ast.cmpop], frozenset[str]] = {
    ast.Lt: frozenset("<"),
    ast.LtE: frozenset("<="),
    ast.Eq: frozenset("="),
    ast.NotEq: frozenset("<>"),
    ast.Gt: frozenset(">"),
    ast.GtE: frozenset(">="),
}
"""The relative positions of the two sides for which a comparison is true: below, equal, above."""


def always(expression: str, indicators: Mapping[str, Data]) -> bool | None:
    """True when every valid value makes the expression true, False when none does, None when it cannot be told."""
    return _truth(ast.parse(expression, mode="eval").body, indicators)


def _truth(node: ast.expr, indicators: Mapping[str, Data]) -> bool | None:
    if isinstance(node, ast.BoolOp):
        parts = [_truth(value, indicators) for value in node.values]
        decides = isinstance(node.op, ast.Or)
        return decides if decides in parts else (None if None in parts else not decides)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = _truth(node.operand, indicators)
        return None if truth is None else not truth
    if isinstance(node, ast.Compare):
        return _comparison(node, indicators)
    if isinstance(node, ast.Name) and node.id in ("true", "false"):
        return node.id == "true"
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("present", "absent"):
        required = indicators.get(ast.unparse(node.args[0]), {}).get("obligatoire", False)
        return (ast.unparse(node.func) == "present") if required else None
    return None


def _comparison(node: ast.Compare, indicators: Mapping[str, Data]) -> bool | None:
    left, right, order = node.left, node.comparators[0], _ORDERS[type(node.ops[0])]
    if ast.dump(left) == ast.dump(right):
        return "=" in order
    for key, constant in ((left, right), (right, left)):
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
            codes = [value["code"] for value in indicators.get(ast.unparse(key), {}).get("valeurs", ())]
            return ("=" not in order) if codes and constant.value not in codes else None
    first, second = _span(left, indicators), _span(right, indicators)
    possible = set()
    if first.low < second.high:
        possible.add("<")
    if first.high > second.low:
        possible.add(">")
    if first.low <= second.high and second.low <= first.high:
        possible.add("=")
    return True if possible <= order else None if possible & order else False


def _span(node: ast.expr, indicators: Mapping[str, Data]) -> Span:
    """The values that a number can take when each key has any valid value, whatever the others have."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Span(node.value, node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _span(node.operand, indicators)
        return Span(-inner.high, -inner.low)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _combined(_ARITHMETIC[type(node.op)], _span(node.left, indicators), _span(node.right, indicators))
    if isinstance(node, ast.Call):
        return _function(ast.unparse(node.func), node.args, indicators)
    return _key(ast.unparse(node), indicators)


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


def _combined(apply: Callable[[float, float], float], left: Span, right: Span) -> Span:
    corners = [apply(first, second) for first in left for second in right]
    return ANYTHING if any(math.isnan(corner) for corner in corners) else Span(min(corners), max(corners))


def _function(name: str, arguments: list[ast.expr], indicators: Mapping[str, Data]) -> Span:
    if name == "abs":
        inner = _span(arguments[0], indicators)
        lowest = 0 if inner.low <= 0 <= inner.high else min(abs(inner.low), abs(inner.high))
        return Span(lowest, max(abs(inner.low), abs(inner.high)))
    if name in ("aggir", "aggir_pa"):
        return GIR
    return Span(0, 1) if name in ("present", "absent") else ANYTHING


def _key(name: str, indicators: Mapping[str, Data]) -> Span:
    if name in ("true", "false"):
        return Span(1, 1) if name == "true" else Span(0, 0)
    indicator = indicators.get(name, {})
    if indicator.get("type") == "booleen":
        return Span(0, 1)
    return Span(indicator.get("min", -math.inf), indicator.get("max", math.inf))


class _OneSpelling(ast.NodeTransformer):
    """`b > a` becomes `a < b`; what commutes is put in alphabetical order, parentheses forgotten."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        left, right, sign = node.left, node.comparators[0], node.ops[0]
        mirrored = _MIRRORED.get(type(sign))
        is_symmetric = isinstance(sign, ast.Eq | ast.NotEq)
        if mirrored or (is_symmetric and ast.unparse(left) > ast.unparse(right)):
            return ast.Compare(right, [mirrored() if mirrored else sign], [left])
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        self.generic_visit(node)
        return ast.BoolOp(node.op, sorted(_flat(node), key=ast.unparse))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Add | ast.Mult):
            return node
        first, *others = sorted(_flat(node), key=ast.unparse)
        for other in others:
            first = ast.BinOp(first, node.op, other)
        return first


def _flat(node: ast.BoolOp | ast.BinOp) -> Iterator[ast.expr]:
    """The operands of a chain of one and the same operation."""
    for operand in node.values if isinstance(node, ast.BoolOp) else (node.left, node.right):
        if isinstance(operand, ast.BoolOp | ast.BinOp) and type(operand.op) is type(node.op):
            yield from _flat(operand)
        else:
            yield operand


def spelled(expression: str) -> str:
    """The expression in its one spelling: two expressions that differ by writing only have the same."""
    return ast.unparse(ast.fix_missing_locations(_OneSpelling().visit(ast.parse(expression, mode="eval"))))


def opposed(first: str, second: str) -> tuple[str, str] | None:
    """A comparison of each that no value makes true together; both expressions are as `spelled` writes them."""
    for one in _conjuncts(first):
        for other in _conjuncts(second):
            if _positions(one, other) == frozenset():
                return ast.unparse(one), ast.unparse(other)
    return None


def _conjuncts(expression: str) -> list[ast.Compare]:
    """The comparisons that must all be true for the expression to be."""
    body = ast.parse(expression, mode="eval").body
    parts = body.values if isinstance(body, ast.BoolOp) and isinstance(body.op, ast.And) else [body]
    return [part for part in parts if isinstance(part, ast.Compare)]


def _positions(one: ast.Compare, other: ast.Compare) -> frozenset[str] | None:
    """The relative positions of the two sides that satisfy both; None when they do not compare the same things."""
    sides = ast.unparse(one.left), ast.unparse(one.comparators[0])
    order = _ORDERS[type(other.ops[0])]
    if (ast.unparse(other.comparators[0]), ast.unparse(other.left)) == sides:
        order = frozenset({"<": ">", ">": "<"}.get(position, position) for position in order)
    elif (ast.unparse(other.left), ast.unparse(other.comparators[0])) != sides:
        return None
    return _ORDERS[type(one.ops[0])] & order
