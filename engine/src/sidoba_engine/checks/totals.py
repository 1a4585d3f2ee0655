"""Totals and their parts: which total a control compares with a sum, and the only one that all sums agree on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sidoba_engine.expressions import Evaluate, Kind, Operand, Operands, compile_expression


@dataclass(frozen=True, slots=True)
class Total:
    """A key that must equal what others give; `parts` computes it under `exact_arithmetic()`.

    `is_sum` when the others are only added: then it is the total of its parts, and not what a balance leaves.
    """

    key: str
    parts: Evaluate
    is_sum: bool


def total_of(expression: str, kinds: Mapping[str, Kind]) -> Total | None:
    """The total of a control of the form `a + b - c == total`, or the reverse; None for any other form."""
    tree = ast.parse(expression, mode="eval").body
    if not isinstance(tree, ast.Compare) or not isinstance(tree.ops[0], ast.Eq):
        return None
    for total, parts in ((tree.left, tree.comparators[0]), (tree.comparators[0], tree.left)):
        key, added = ast.unparse(total), _added(parts)
        if kinds.get(key) is Kind.NUMBER and len(added) > 1 and key not in added:
            is_sum = not any(isinstance(node, ast.Sub) for node in ast.walk(parts))
            return Total(key, compile_expression(ast.unparse(parts), kinds).run, is_sum)
    return None


def only_total(key: str, totals: Iterable[Total], operands: Operands) -> Operand | None:
    """What this total must be for every sum and balance that can be computed; None when two of them do not agree."""
    found: set[Operand] = set()
    for total in totals:
        if total.key == key:
            try:
                found.add(total.parts(operands))
            except KeyError:
                continue
    return found.pop() if len(found) == 1 else None


def _added(node: ast.AST) -> list[str]:
    """The keys added and taken away in a sum of keys; none when it is anything else."""
    if isinstance(node, ast.Name | ast.Attribute):
        return [ast.unparse(node)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left, right = _added(node.left), _added(node.right)
        return left + right if left and right else []
    return []
