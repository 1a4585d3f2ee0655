"""Whether a control can find fault with data in which some keys are certainly missing: every way it may end, worked out
without any value."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class Outcome(Enum):
    """How the evaluation of a part may end; `NOT_RUN`: without a value, for a missing key or a division by zero."""

    TRUE = auto()
    FALSE = auto()
    NOT_RUN = auto()


Outcomes = frozenset[Outcome]

_ANY = frozenset(Outcome)
_TRUE, _FALSE, _NOT_RUN = (frozenset({outcome}) for outcome in Outcome)
_OPPOSITE = {Outcome.TRUE: Outcome.FALSE, Outcome.FALSE: Outcome.TRUE, Outcome.NOT_RUN: Outcome.NOT_RUN}


def can_find_fault(expression: str, when: str | None, *, missing: frozenset[str]) -> bool:
    """False when, without the keys of `missing`, the control never applies or is always satisfied (or not run).

    >>> can_find_fault("new <= places", None, missing=frozenset({"new"}))
    False
    >>> can_find_fault("present(new)", "places > 0", missing=frozenset({"new"}))
    True
    """
    reader = _Reader(missing)
    if when is not None and Outcome.TRUE not in reader.of(ast.parse(when.strip(), mode="eval").body):
        return False
    return Outcome.FALSE in reader.of(ast.parse(expression.strip(), mode="eval").body)


@dataclass(frozen=True, slots=True)
class _Reader:
    missing: frozenset[str]

    def of(self, node: ast.AST) -> Outcomes:
        match node:
            case ast.BoolOp(op=ast.And()):
                return self._in_turn(node.values, goes_on=Outcome.TRUE)
            case ast.BoolOp():
                return self._in_turn(node.values, goes_on=Outcome.FALSE)
            case ast.UnaryOp(op=ast.Not()):
                return frozenset(_OPPOSITE[outcome] for outcome in self.of(node.operand))
            case ast.Call(func=ast.Name(id="present")):
                return _FALSE if ast.unparse(node.args[0]) in self.missing else _TRUE | _FALSE
            case ast.Call(func=ast.Name(id="absent")):
                return _TRUE if ast.unparse(node.args[0]) in self.missing else _TRUE | _FALSE
            case ast.Name(id="true"):
                return _TRUE
            case ast.Name(id="false"):
                return _FALSE
            case ast.Name() | ast.Attribute():
                return _NOT_RUN if ast.unparse(node) in self.missing else _ANY
            case ast.Constant():
                return _TRUE | _FALSE
            case _:
                return self._all_needed(ast.iter_child_nodes(node))

    def _in_turn(self, operands: Iterable[ast.AST], *, goes_on: Outcome) -> Outcomes:
        """`and` goes on while true, `or` while false; the last operand decides when it is reached."""
        ended: set[Outcome] = set()
        reached = True
        for operand in operands:
            if reached:
                found = self.of(operand)
                ended |= found - {goes_on}
                reached = goes_on in found
        return frozenset(ended | ({goes_on} if reached else set()))

    def _all_needed(self, parts: Iterable[ast.AST]) -> Outcomes:
        """Arithmetic, comparisons and calls need all their parts."""
        needed = [part for part in parts if isinstance(part, ast.expr) and not _is_function_name(part)]
        return _NOT_RUN if any(self.of(part) == _NOT_RUN for part in needed) else _ANY


def _is_function_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("abs", "year", "days", "aggir", "aggir_pa")
