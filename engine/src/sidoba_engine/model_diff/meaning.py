"""What a control says, whatever the way it is written: two texts of the same meaning have the same form.

Sums, products and comparisons are reduced exactly: order, parentheses, spaces, `a > b` and `b < a`, `2 * (a + b)` and
`2 * a + 2 * b`, `not (a > b)` and `a <= b`, `flag` and `flag == true` are the same. A form never forgets a key that the
text reads: `a - a == 0` is not `true`, since it is not run without `a`.

The operands of `and` and `or` are sorted where their order changes nothing. Elsewhere it is part of the meaning: in
`absent(k) or year(k) > annee` the first operand guards the second, which without `k` could not be run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from sidoba_engine.expressions import Kind
from sidoba_engine.model_diff.polynomial import Atom, Polynomial

Form = tuple[Any, ...]

_KEY = "cle"
_PLAIN = frozenset({_KEY, "abs", "year", "days"})
"""Atoms that can always be computed once their keys are there."""

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {">": "<", ">=": "<="}
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Polynomial, Polynomial], Polynomial]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left * right.inverse(),
}


class Formula(NamedTuple):
    """A condition as reduced. Without the keys of `needs` it cannot be run; unless `plain`, more than that decides.

    `parts` are the operands of `and` and `or`.
    """

    form: Form
    needs: frozenset[str] = frozenset()
    plain: bool = True
    parts: tuple[Formula, ...] = ()


def meaning_of(
    text: str,
    kinds: Mapping[str, Kind],
    *,
    certain: frozenset[str] = frozenset(),
    renamed: Mapping[str, str] | None = None,
) -> Form:
    """The form of a condition that compiles over these keys, once those of `renamed` have their other name.

    `certain` are the keys, so named, that every right payload holds.

    >>> kinds = {"a": Kind.NUMBER, "b": Kind.NUMBER}
    >>> meaning_of("a + b > 2", kinds) == meaning_of("(2 < b+a)", kinds)
    True
    """
    written = text.strip()
    return _Reader(written, kinds, certain, renamed or {}).condition(ast.parse(written, mode="eval").body, True).form


class _Reader:
    def __init__(
        self, text: str, kinds: Mapping[str, Kind], certain: frozenset[str], renamed: Mapping[str, str]
    ) -> None:
        self._lines = text.encode().split(b"\n")
        self._kinds = {renamed.get(key, key): kind for key, kind in kinds.items()}
        self._certain = certain
        self._renamed = renamed

    def _key(self, node: ast.AST) -> str:
        key = ast.unparse(node)
        return self._renamed.get(key, key)

    def _term(self, node: ast.AST) -> Form:
        """A key, or a text."""
        return ("texte", node.value) if isinstance(node, ast.Constant) else (_KEY, self._key(node))

    def condition(self, node: ast.AST, holds: bool) -> Formula:
        """The condition, or its opposite when not `holds`: `not` goes down to the comparisons."""
        match node:
            case ast.BoolOp():
                is_and = isinstance(node.op, ast.And) is holds
                return _logic("and" if is_and else "or", [self.condition(value, holds) for value in node.values])
            case ast.UnaryOp(op=ast.Not()):
                return self.condition(node.operand, not holds)
            case ast.Compare():
                operator = _OPERATORS[type(node.ops[0])]
                return self._comparison(operator if holds else _OPPOSITE[operator], node.left, node.comparators[0])
            case ast.Call(func=ast.Name(id="present" | "absent" as function)):
                is_present = (function == "present") is holds
                return Formula(("present" if is_present else "absent", self._key(node.args[0])))
            case ast.Name(id="true" | "false" as word):
                return Formula(("true" if (word == "true") is holds else "false",))
            case _:
                return self._equality(self._number(node), Polynomial.constant(int(holds)), "==")

    def _comparison(self, operator: str, left: ast.AST, right: ast.AST) -> Formula:
        if operator in _TURNED:
            return self._comparison(_TURNED[operator], right, left)
        kind = self._kind(left)
        if kind is Kind.TEXT or kind is Kind.DATE:
            sides = [self._term(left), self._term(right)]
            if operator in ("==", "!="):
                sides.sort(key=repr)
            return Formula((operator, kind.name, *sides), self._needs(sides))
        if operator in ("==", "!="):
            return self._equality(self._number(left), self._number(right), operator)
        difference = (self._number(left) - self._number(right)).scaled(either_sign=False)
        return self._formula((operator, difference.form), difference)

    def _equality(self, left: Polynomial, right: Polynomial, operator: str) -> Formula:
        difference = (left - right).scaled(either_sign=True)
        ((truth,),) = difference.terms.keys() - {()} if self._is_one_truth(difference) else ((None,),)
        if operator == "!=" and truth is not None and difference.constant_term in (0, -1):
            # a truth that is not 1 is 0, and one that is not 0 is 1
            difference = Polynomial.of(truth) - Polynomial.constant(1 + difference.constant_term)
            operator = "=="
        return self._formula((operator, difference.form), difference)

    def _is_one_truth(self, difference: Polynomial) -> bool:
        monomials = difference.terms.keys() - {()}
        if len(monomials) != 1 or len(difference.atoms) != 1:
            return False
        (monomial,) = monomials
        return len(monomial) == 1 and self._is_truth(monomial[0])

    def _is_truth(self, atom: Atom) -> bool:
        return atom[0] == "vrai" or (atom[0] == _KEY and self._kinds[atom[1]] is Kind.BOOLEAN)

    def _formula(self, form: Form, read: Polynomial) -> Formula:
        return Formula(form, self._needs(read.atoms), all(atom[0] in _PLAIN for atom in _named(read.atoms)))

    def _needs(self, terms: Iterable[Any]) -> frozenset[str]:
        return frozenset(term[1] for term in _named(terms) if term[0] == _KEY) - self._certain

    def _kind(self, node: ast.AST) -> Kind:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Kind.TEXT
        if isinstance(node, ast.Name | ast.Attribute):
            return self._kinds.get(self._key(node), Kind.BOOLEAN)
        return Kind.NUMBER

    def _number(self, node: ast.AST) -> Polynomial:
        match node:
            case ast.Constant():
                return Polynomial.constant(self._written(node))
            case ast.Name(id="true" | "false" as word):
                return Polynomial.constant(int(word == "true"))
            case ast.Name() | ast.Attribute():
                return Polynomial.of((_KEY, self._key(node)))
            case ast.UnaryOp(op=ast.USub()):
                return self._number(node.operand).times(-1)
            case ast.BinOp():
                return _ARITHMETIC[type(node.op)](self._number(node.left), self._number(node.right))
            case ast.Call(func=ast.Name(id="abs")):
                return self._number(node.args[0]).absolute()
            case ast.Call(func=ast.Name(id=function)) if function not in ("present", "absent"):
                return Polynomial.of((function, *map(self._argument, node.args)))
            case _:
                return Polynomial.of(("vrai", self.condition(node, True).form))

    def _written(self, node: ast.Constant) -> Fraction:
        """The number as its author wrote it; the value that the parser gives has been rounded."""
        return Fraction(self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode())

    def _argument(self, node: ast.AST) -> Form:
        is_term = isinstance(node, ast.Name | ast.Attribute) or self._kind(node) is Kind.TEXT
        return self._term(node) if is_term else self._number(node).form


def _named(parts: Iterable[Any]) -> Iterator[Atom]:
    """The atoms of a form, and those inside them."""
    for part in parts:
        if isinstance(part, tuple):
            if part and isinstance(part[0], str):
                yield part
            yield from _named(part)


def _logic(name: str, operands: Iterable[Formula]) -> Formula:
    """Flattened, what decides nothing left out, sorted where the order does not matter."""
    neutral = ("true",) if name == "and" else ("false",)
    flat = (part for operand in operands for part in (operand.parts if operand.form[0] == name else (operand,)))
    kept = _sorted([part for part in flat if part.form != neutral])
    if not kept:
        return Formula(neutral)
    if len(kept) == 1:
        return kept[0]
    needs = frozenset[str]().union(*(part.needs for part in kept))
    is_plain = not needs and all(part.plain for part in kept)
    return Formula((name, *(part.form for part in kept)), needs, is_plain, tuple(kept))


def _sorted(parts: list[Formula]) -> list[Formula]:
    """Neighbours that can be run, or not, under the very same condition may change places; a repeated one goes."""
    ordered: list[Formula] = []
    for plain, run in groupby(parts, key=lambda part: part.needs if part.plain else None):
        found = list(run)
        if plain is not None:
            found = list({part.form: part for part in sorted(found, key=lambda part: repr(part.form))}.values())
        ordered += found
    return ordered
