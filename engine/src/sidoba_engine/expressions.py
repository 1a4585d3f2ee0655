"""The control language: arithmetic and logic over business keys, compiled once to closures.

`+ - * /`, `== != < <= > >=` (not chained), `and or not`, parentheses, numbers, quoted text, `true`, `false`, and the
functions of `_FUNCTIONS`. The text is parsed by Python's own `ast` and every node must be on the white list; no text is
ever evaluated. Kinds are checked when compiling, so that a wrong comparison is found in the catalogue and not in a
verdict. Numbers are exact: whole numbers and fractions, no binary float and no rounding.

`and` and `or` stop at the first operand that decides: a key that was not reached is not missing.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from fractions import Fraction
from typing import Any, NamedTuple

Operand = bool | int | Fraction | str | date
"""What a key holds while controls run; a `date` may be a `datetime`, which then knows its offset."""

MAX_LENGTH = 4000
"""Characters of one expression."""

MAX_NESTING = 60
"""Operators inside one another in one expression."""


class ExpressionError(ValueError):
    """An expression that is not of the language; the message is French, for whoever wrote the model."""


class FunctionNotBuilt(Exception):
    """The control calls a function that this engine does not have yet; its name is the argument."""


class Kind(Enum):
    """What an expression gives. A `BOOLEAN` counts 0 or 1 where a number is expected."""

    NUMBER = auto()
    BOOLEAN = auto()
    TEXT = auto()
    DATE = auto()


class Operands(dict[str, Operand]):
    """The valid values that a control may read, and the keys whose value is faulty.

    Subscripting raises KeyError for a key without a valid value, be it missing or faulty.
    """

    def __init__(self, values: Mapping[str, Operand], faulty: frozenset[str] | set[str] = frozenset()) -> None:
        super().__init__(values)
        self.faulty = faulty

    def holds(self, key: str) -> bool:
        """True when the key has a value; raises KeyError when that value is faulty."""
        if key in self:
            return True
        if key in self.faulty:
            raise KeyError(key)
        return False


Evaluate = Callable[[Operands], Operand]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    `evaluate` raises KeyError (the key that has no valid value), ZeroDivisionError, or FunctionNotBuilt. `keys` are
    those it may read, in the order of the text.
    """

    text: str
    kind: Kind
    keys: tuple[str, ...]
    evaluate: Evaluate


def compile_expression(text: str, kinds: Mapping[str, Kind]) -> Expression:
    """Compile one expression over the keys of a model.

    Raises ExpressionError for anything outside the language, an unknown key or operands of the wrong kind.
    """
    compiler = _Compiler(text, kinds)
    compiled = compiler.compile(_parsed(text).body, 0)
    return Expression(text, compiled.kind, tuple(dict.fromkeys(compiler.keys)), compiled.evaluate)


def compile_condition(text: str, kinds: Mapping[str, Kind]) -> Expression:
    """Compile an expression that must be true or false; raises ExpressionError."""
    expression = compile_expression(text, kinds)
    if expression.kind is not Kind.BOOLEAN:
        raise ExpressionError("l'expression doit être vraie ou fausse, elle donne une valeur d'un autre genre")
    return expression


class _Compiled(NamedTuple):
    kind: Kind
    evaluate: Evaluate


_QUOTED = re.compile(r'(?<!\w)(?:"[^"\\\n]*"|\'[^\'\\\n]*\')')  # no prefix: r"" and b"" are not of the language
_ALLOWED = re.compile(r"[A-Za-z0-9_.+\-*/<>=!(), \n]*")
_NUMBER_LIKE = re.compile(r"(?<![\w.])[0-9.][\w.]*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _parsed(text: str) -> ast.Expression:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"l'expression dépasse {MAX_LENGTH} caractères")
    bare = _QUOTED.sub("q", text)
    if not _ALLOWED.fullmatch(bare):
        raise ExpressionError("l'expression contient un caractère qui n'est pas du langage des contrôles")
    for number in _NUMBER_LIKE.findall(bare):
        if not _NUMBER.fullmatch(number):
            raise ExpressionError(f"« {number[:20]} » n'est pas un nombre")
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ExpressionError("l'expression n'est pas bien formée") from error


_ARITHMETIC: dict[type[ast.operator], Callable[..., Operand]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: Fraction,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[..., bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALITIES = (ast.Eq, ast.NotEq)


class _Compiler:
    def __init__(self, text: str, kinds: Mapping[str, Kind]) -> None:
        self._text = text
        self._kinds = kinds
        self.keys: list[str] = []

    def compile(self, node: ast.AST, depth: int) -> _Compiled:
        if depth > MAX_NESTING:
            raise ExpressionError(f"l'expression imbrique plus de {MAX_NESTING} opérations")
        compile_node = self._NODES.get(type(node))
        if compile_node is None:
            raise ExpressionError("l'expression contient une construction qui n'est pas du langage des contrôles")
        return compile_node(self, node, depth + 1)

    def _number(self, node: ast.AST, depth: int) -> Evaluate:
        compiled = self.compile(node, depth)
        if compiled.kind not in (Kind.NUMBER, Kind.BOOLEAN):
            raise ExpressionError(f"un nombre est attendu à la place de « {ast.unparse(node)} »")
        return compiled.evaluate

    def _boolean(self, node: ast.AST, depth: int) -> Evaluate:
        compiled = self.compile(node, depth)
        if compiled.kind is not Kind.BOOLEAN:
            raise ExpressionError(f"un booléen est attendu à la place de « {ast.unparse(node)} »")
        return compiled.evaluate

    def _date(self, node: ast.AST, depth: int) -> Evaluate:
        compiled = self.compile(node, depth)
        if compiled.kind is not Kind.DATE:
            raise ExpressionError(f"une date est attendue à la place de « {ast.unparse(node)} »")
        return compiled.evaluate

    def _logic(self, node: ast.BoolOp, depth: int) -> _Compiled:
        operands = [self._boolean(value, depth) for value in node.values]
        join = _both if isinstance(node.op, ast.And) else _either
        joined = operands.pop()
        while operands:
            joined = join(operands.pop(), joined)
        return _Compiled(Kind.BOOLEAN, joined)

    def _unary(self, node: ast.UnaryOp, depth: int) -> _Compiled:
        if isinstance(node.op, ast.Not):
            negated = self._boolean(node.operand, depth)
            return _Compiled(Kind.BOOLEAN, lambda values: not negated(values))
        if isinstance(node.op, ast.USub):
            opposite = self._number(node.operand, depth)
            return _Compiled(Kind.NUMBER, lambda values: _numeric(operator.neg, opposite(values)))
        raise ExpressionError("le seul signe admis devant une valeur est « - »")

    def _arithmetic(self, node: ast.BinOp, depth: int) -> _Compiled:
        apply = _ARITHMETIC.get(type(node.op))
        if apply is None:
            raise ExpressionError("les seules opérations admises sont + - * /")
        left, right = self._number(node.left, depth), self._number(node.right, depth)
        return _Compiled(Kind.NUMBER, lambda values: apply(left(values), right(values)))

    def _comparison(self, node: ast.Compare, depth: int) -> _Compiled:
        if len(node.ops) > 1:
            raise ExpressionError("les comparaisons ne s'enchaînent pas : reliez-les par « and »")
        compare = _COMPARISONS.get(type(node.ops[0]))
        if compare is None:
            raise ExpressionError("les seules comparaisons admises sont == != < <= > >=")
        left, right = self.compile(node.left, depth), self.compile(node.comparators[0], depth)
        self._check_comparable(node, left.kind, right.kind)
        read_left, read_right = left.evaluate, right.evaluate
        if left.kind is Kind.DATE:
            return _Compiled(
                Kind.BOOLEAN, lambda values: compare(*_same_precision(read_left(values), read_right(values)))
            )
        return _Compiled(Kind.BOOLEAN, lambda values: compare(read_left(values), read_right(values)))

    @staticmethod
    def _check_comparable(node: ast.Compare, left: Kind, right: Kind) -> None:
        numeric = (Kind.NUMBER, Kind.BOOLEAN)
        if left is not right and not (left in numeric and right in numeric):
            raise ExpressionError(f"« {ast.unparse(node)} » compare des valeurs de genres différents")
        if left is Kind.TEXT and not isinstance(node.ops[0], _EQUALITIES):
            raise ExpressionError(f"« {ast.unparse(node)} » range des textes : seuls == et != les comparent")

    def _call(self, node: ast.Call, depth: int) -> _Compiled:
        function = _FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            raise ExpressionError(f"« {ast.unparse(node.func)} » n'est pas une fonction connue")
        if node.keywords or len(node.args) != function.arity:
            raise ExpressionError(f"{ast.unparse(node.func)} attend {function.arity} valeur(s)")
        return _Compiled(function.kind, function.build(self, node.args, depth))

    def _name(self, node: ast.Name, _depth: int) -> _Compiled:
        if node.id in ("true", "false"):
            truth = node.id == "true"
            return _Compiled(Kind.BOOLEAN, lambda _values: truth)
        return self._key(node)

    def _key(self, node: ast.AST, _depth: int = 0) -> _Compiled:
        key = self.key_of(node)
        return _Compiled(self._kinds[key], operator.itemgetter(key))

    def key_of(self, node: ast.AST) -> str:
        """The business key that this node names: `k`, or `entity.field`."""
        key = ast.unparse(node)
        if not isinstance(node, ast.Name | ast.Attribute) or key not in self._kinds:
            raise ExpressionError(f"« {key} » n'est pas une clé du modèle")
        self.keys.append(key)
        return key

    def _constant(self, node: ast.Constant, _depth: int) -> _Compiled:
        value = node.value
        if isinstance(value, str):
            return _Compiled(Kind.TEXT, lambda _values: value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError("les constantes sont des nombres, des textes, true ou false")
        exact = _exact(ast.get_source_segment(self._text, node) or "")
        return _Compiled(Kind.NUMBER, lambda _values: exact)

    _NODES: Mapping[type[ast.AST], Callable[..., _Compiled]] = {
        ast.BoolOp: _logic,
        ast.UnaryOp: _unary,
        ast.BinOp: _arithmetic,
        ast.Compare: _comparison,
        ast.Call: _call,
        ast.Name: _name,
        ast.Attribute: _key,
        ast.Constant: _constant,
    }


def _both(first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda values: first(values) and second(values)


def _either(first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda values: first(values) or second(values)


def _exact(written: str) -> int | Fraction:
    """The number as the author wrote it; the value that the parser gives has been rounded."""
    fraction = Fraction(written)
    return fraction.numerator if fraction.denominator == 1 else fraction


def _numeric(apply: Callable[[Any], Operand], value: Operand) -> Operand:
    return apply(value)


def _same_precision(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    """Two times are compared as instants; if either has no time, the days as written are compared."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left, right
    return _day(left), _day(right)


def _day(value: Operand) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise TypeError("a date was checked when compiling")


class _Function(NamedTuple):
    arity: int
    kind: Kind
    build: Callable[[_Compiler, list[ast.expr], int], Evaluate]


def _build_present(compiler: _Compiler, arguments: list[ast.expr], _depth: int) -> Evaluate:
    key = compiler.key_of(arguments[0])
    return lambda values: values.holds(key)


def _build_absent(compiler: _Compiler, arguments: list[ast.expr], _depth: int) -> Evaluate:
    key = compiler.key_of(arguments[0])
    return lambda values: not values.holds(key)


def _build_abs(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    number = compiler._number(arguments[0], depth)
    return lambda values: _numeric(abs, number(values))


def _build_year(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    moment = compiler._date(arguments[0], depth)
    return lambda values: _day(moment(values)).year


def _build_days(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    start, end = (compiler._date(argument, depth) for argument in arguments)
    return lambda values: (_day(end(values)) - _day(start(values))).days


def _not_built(name: str) -> Callable[[_Compiler, list[ast.expr], int], Evaluate]:
    def evaluate(_values: Operands) -> Operand:
        raise FunctionNotBuilt(name)

    def build(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
        for argument in arguments:
            compiler.compile(argument, depth)
        return evaluate

    return build


_FUNCTIONS: dict[str, _Function] = {
    "present": _Function(1, Kind.BOOLEAN, _build_present),
    "absent": _Function(1, Kind.BOOLEAN, _build_absent),
    "abs": _Function(1, Kind.NUMBER, _build_abs),
    "year": _Function(1, Kind.NUMBER, _build_year),
    "days": _Function(2, Kind.NUMBER, _build_days),
    "aggir": _Function(8, Kind.NUMBER, _not_built("aggir")),
    "aggir_pa": _Function(13, Kind.NUMBER, _not_built("aggir_pa")),
}
