"""The control language: arithmetic and logic over business keys, compiled once to closures.

`+ - * /`, `== != < <= > >=` (not chained), `and or not`, parentheses, numbers, quoted text, `true`, `false`, and the
functions of `_FUNCTIONS`. The text is parsed by Python's own `ast` and every node must be on the white list; no text is
ever evaluated. Kinds are checked when compiling, so that a wrong comparison is found in the catalogue and not in a
verdict. Numbers are exact: whole numbers and decimals without rounding, fractions where there is a division.

`and` and `or` stop at the first operand that decides: a key that was not reached is not missing.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any, NamedTuple

from sidoba_engine.assessments.aggir import AggirGrid, Assessment, UnknownAnswer
from sidoba_engine.expression_values import (
    Evaluate,
    Kind,
    Operand,
    Operands,
    day_of,
    exact_arithmetic,
    exact_number,
    same_precision,
)

__all__ = [
    "Evaluate",
    "Expression",
    "ExpressionError",
    "FaultyKey",
    "FunctionNotBuilt",
    "Kind",
    "Operand",
    "Operands",
    "compile_condition",
    "compile_expression",
    "exact_arithmetic",
]

MAX_LENGTH = 4000
"""Characters of one expression."""

MAX_NESTING = 60
"""Operators inside one another in one expression."""


class ExpressionError(ValueError):
    """An expression that is not of the language; the message is French, for whoever wrote the model."""


class FunctionNotBuilt(Exception):
    """The control calls a function whose tables were not given when compiling; its name is the argument."""


class FaultyKey(KeyError):
    """The key that was read has a value which the function does not admit."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `keys` are those it may read, in the order of the text.

    `run` is the computation itself, for many expressions under one `exact_arithmetic()`. It raises KeyError (the key
    that has no valid value), ZeroDivisionError, or FunctionNotBuilt.
    """

    text: str
    kind: Kind
    keys: tuple[str, ...]
    run: Evaluate

    def evaluate(self, values: Operands) -> Operand:
        """Compute over these values; raises what `run` raises."""
        with exact_arithmetic():
            return self.run(values)


def compile_expression(text: str, kinds: Mapping[str, Kind], *, aggir: AggirGrid | None = None) -> Expression:
    """Compile one expression over the keys of a model; `aggir` is the grid that its functions compute with.

    Raises ExpressionError for anything outside the language, an unknown key or operands of the wrong kind.
    """
    compiler = _Compiler(text, kinds, aggir)
    step = compiler.compile(compiler.tree, 0)
    return Expression(text, step.kind, tuple(dict.fromkeys(compiler.keys)), step.run)


def compile_condition(text: str, kinds: Mapping[str, Kind], *, aggir: AggirGrid | None = None) -> Expression:
    """Compile an expression that must be true or false; raises ExpressionError."""
    expression = compile_expression(text, kinds, aggir=aggir)
    if expression.kind is not Kind.BOOLEAN:
        raise ExpressionError("l'expression doit être vraie ou fausse, elle donne une valeur d'un autre genre")
    return expression


class _Step(NamedTuple):
    """A part of an expression; `key` and `constant` tell the shortest kinds, for which there are shorter closures."""

    kind: Kind
    run: Evaluate
    key: str | None = None
    constant: Operand | None = None
    addends: tuple[str, ...] = ()
    """The keys that are added, when the step is nothing but their sum."""


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
_SHORT = Context(prec=40, traps=[Inexact, DivisionByZero, InvalidOperation])


class _Compiler:
    def __init__(self, text: str, kinds: Mapping[str, Kind], aggir: AggirGrid | None) -> None:
        self._lines = text.encode().split(b"\n")
        self._kinds = kinds
        self.aggir = aggir
        self.tree = _parsed(text).body
        self.keys: list[str] = []
        self._divides = any(_is_fraction(node) for node in ast.walk(self.tree))

    def compile(self, node: ast.AST, depth: int) -> _Step:
        if depth > MAX_NESTING:
            raise ExpressionError(f"l'expression imbrique plus de {MAX_NESTING} opérations")
        compile_node = self._NODES.get(type(node))
        if compile_node is None:
            raise ExpressionError("l'expression contient une construction qui n'est pas du langage des contrôles")
        return compile_node(self, node, depth + 1)

    def number(self, node: ast.AST, depth: int) -> _Step:
        step = self.compile(node, depth)
        if step.kind not in (Kind.NUMBER, Kind.BOOLEAN):
            raise ExpressionError(f"un nombre est attendu à la place de « {ast.unparse(node)} »")
        return step

    def boolean(self, node: ast.AST, depth: int) -> _Step:
        step = self.compile(node, depth)
        if step.kind is not Kind.BOOLEAN:
            raise ExpressionError(f"un booléen est attendu à la place de « {ast.unparse(node)} »")
        return step

    def date(self, node: ast.AST, depth: int) -> _Step:
        step = self.compile(node, depth)
        if step.kind is not Kind.DATE:
            raise ExpressionError(f"une date est attendue à la place de « {ast.unparse(node)} »")
        return step

    def _logic(self, node: ast.BoolOp, depth: int) -> _Step:
        parts = [self.boolean(value, depth).run for value in node.values]
        return _Step(Kind.BOOLEAN, _both(parts) if isinstance(node.op, ast.And) else _either(parts))

    def _unary(self, node: ast.UnaryOp, depth: int) -> _Step:
        if isinstance(node.op, ast.Not):
            negated = self.boolean(node.operand, depth).run
            return _Step(Kind.BOOLEAN, lambda values: not negated(values))
        if isinstance(node.op, ast.USub):
            return _Step(Kind.NUMBER, _applied(operator.neg, self.number(node.operand, depth).run))
        raise ExpressionError("le seul signe admis devant une valeur est « - »")

    def _arithmetic(self, node: ast.BinOp, depth: int) -> _Step:
        apply = _ARITHMETIC.get(type(node.op))
        if apply is None:
            raise ExpressionError("les seules opérations admises sont + - * /")
        left, right = self.number(node.left, depth), self.number(node.right, depth)
        if apply is Fraction and not self._divides:
            return _Step(Kind.NUMBER, _joined(operator.mul, left, _fixed(Kind.NUMBER, _inverse(right.constant))))
        before = left.addends or ((left.key,) if left.key else ())
        if before and right.key and apply is operator.add:
            addends = (*before, right.key)
            return _Step(Kind.NUMBER, _sum(addends), addends=addends)
        return _Step(Kind.NUMBER, _joined(apply, left, right))

    def _comparison(self, node: ast.Compare, depth: int) -> _Step:
        if len(node.ops) > 1:
            raise ExpressionError("les comparaisons ne s'enchaînent pas : reliez-les par « and »")
        compare = _COMPARISONS.get(type(node.ops[0]))
        if compare is None:
            raise ExpressionError("les seules comparaisons admises sont == != < <= > >=")
        left, right = self.compile(node.left, depth), self.compile(node.comparators[0], depth)
        self._check_comparable(node, left.kind, right.kind)
        if left.kind is not Kind.DATE:
            return _Step(Kind.BOOLEAN, _joined(compare, left, right))
        first, second = left.run, right.run
        return _Step(Kind.BOOLEAN, lambda values: compare(*same_precision(first(values), second(values))))

    @staticmethod
    def _check_comparable(node: ast.Compare, left: Kind, right: Kind) -> None:
        numeric = (Kind.NUMBER, Kind.BOOLEAN)
        if left is not right and not (left in numeric and right in numeric):
            raise ExpressionError(f"« {ast.unparse(node)} » compare des valeurs de genres différents")
        if left is Kind.TEXT and not isinstance(node.ops[0], _EQUALITIES):
            raise ExpressionError(f"« {ast.unparse(node)} » range des textes : seuls == et != les comparent")

    def _call(self, node: ast.Call, depth: int) -> _Step:
        function = _FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            raise ExpressionError(f"« {ast.unparse(node.func)} » n'est pas une fonction connue")
        if node.keywords or len(node.args) != function.arity:
            raise ExpressionError(f"{ast.unparse(node.func)} attend {function.arity} valeur(s)")
        return _Step(function.kind, function.build(self, node.args, depth))

    def _name(self, node: ast.Name, _depth: int) -> _Step:
        if node.id in ("true", "false"):
            return _fixed(Kind.BOOLEAN, node.id == "true")
        return self._key(node)

    def _key(self, node: ast.AST, _depth: int = 0) -> _Step:
        key = self.key_of(node)
        kind = self._kinds[key]
        if self._divides and kind is Kind.NUMBER:
            return _Step(kind, lambda values: Fraction(values[key]))  # type: ignore[arg-type]  # a number, by its kind
        return _Step(kind, operator.itemgetter(key), key=key)

    def key_of(self, node: ast.AST) -> str:
        """The business key that this node names: `k`, or `entity.field`."""
        key = ast.unparse(node)
        if not isinstance(node, ast.Name | ast.Attribute) or key not in self._kinds:
            raise ExpressionError(f"« {key} » n'est pas une clé du modèle")
        self.keys.append(key)
        return key

    def _constant(self, node: ast.Constant, _depth: int) -> _Step:
        value = node.value
        if isinstance(value, str):
            return _fixed(Kind.TEXT, value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError("les constantes sont des nombres, des textes, true ou false")
        exact = exact_number(self._written(node))
        return _fixed(Kind.NUMBER, Fraction(exact) if self._divides else exact)

    def _written(self, node: ast.Constant) -> str:
        """The number as the text spells it (`ast.get_source_segment` would cut the whole text for each)."""
        return self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()

    _NODES: Mapping[type[ast.AST], Callable[..., _Step]] = {
        ast.BoolOp: _logic,
        ast.UnaryOp: _unary,
        ast.BinOp: _arithmetic,
        ast.Compare: _comparison,
        ast.Call: _call,
        ast.Name: _name,
        ast.Attribute: _key,
        ast.Constant: _constant,
    }


def _is_fraction(node: ast.AST) -> bool:
    """A division whose result may have no end: by anything but a whole number such as 100 or 4."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return False
    try:
        _inverse(node.right.value if isinstance(node.right, ast.Constant) else None)
    except ArithmeticError:
        return True
    return False


def _inverse(divisor: object) -> Decimal:
    """The exact decimal inverse; raises ArithmeticError when there is none."""
    if not isinstance(divisor, int | Decimal) or isinstance(divisor, bool):
        raise ArithmeticError
    return _SHORT.divide(Decimal(1), Decimal(divisor))


def _fixed(kind: Kind, value: Operand) -> _Step:
    return _Step(kind, lambda _values: value, constant=value)


def _both(parts: list[Evaluate]) -> Evaluate:
    if len(parts) == 2:
        first, second = parts
        return lambda values: first(values) and second(values)

    def run(values: Operands) -> bool:
        for part in parts:  # noqa: SIM110 (a loop costs less than a generator)
            if not part(values):
                return False
        return True

    return run


def _either(parts: list[Evaluate]) -> Evaluate:
    if len(parts) == 2:
        first, second = parts
        return lambda values: first(values) or second(values)

    def run(values: Operands) -> bool:
        for part in parts:  # noqa: SIM110 (a loop costs less than a generator)
            if part(values):
                return True
        return False

    return run


def _sum(keys: tuple[str, ...]) -> Evaluate:
    read = operator.itemgetter(*keys)
    return lambda values: sum(read(values))


def _joined(apply: Callable[[Any, Any], Operand], left: _Step, right: _Step) -> Evaluate:
    """Both operands, the left one read first: of two missing keys, it is the one that is named."""
    first, second, constant = left.run, right.run, right.constant
    if left.key and right.key:
        read = operator.itemgetter(left.key, right.key)
        return lambda values: apply(*read(values))
    if constant is not None:
        return lambda values: apply(first(values), constant)
    if right.key:
        key = right.key
        return lambda values: apply(first(values), values[key])
    return lambda values: apply(first(values), second(values))


def _applied(apply: Callable[[Any], Operand], step: Evaluate) -> Evaluate:
    return lambda values: apply(step(values))


class _Function(NamedTuple):
    arity: int
    kind: Kind
    build: Callable[[_Compiler, list[ast.expr], int], Evaluate]


def _build_present(compiler: _Compiler, arguments: list[ast.expr], _depth: int) -> Evaluate:
    key = compiler.key_of(arguments[0])
    return lambda values: key in values or values.holds(key)


def _build_absent(compiler: _Compiler, arguments: list[ast.expr], _depth: int) -> Evaluate:
    key = compiler.key_of(arguments[0])
    return lambda values: not (key in values or values.holds(key))


def _build_abs(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    return _applied(abs, compiler.number(arguments[0], depth).run)


def _build_year(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    moment = compiler.date(arguments[0], depth).run
    return lambda values: day_of(moment(values)).year


def _build_days(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
    start, end = (compiler.date(argument, depth).run for argument in arguments)
    return lambda values: -(day_of(start(values)) - day_of(end(values))).days  # the first date is read first


def _build_grid(
    name: str, assess: Callable[[AggirGrid, tuple[str, ...]], Assessment]
) -> Callable[[_Compiler, list[ast.expr], int], Evaluate]:
    """`aggir` or `aggir_pa`: the GIR of the answers that these keys hold."""

    def build(compiler: _Compiler, arguments: list[ast.expr], depth: int) -> Evaluate:
        if any(compiler.compile(argument, depth).kind is not Kind.TEXT for argument in arguments):
            raise ExpressionError(f"{name} attend des clés dont la valeur est un code")
        keys = [compiler.key_of(argument) for argument in arguments]
        read, grid = operator.itemgetter(*keys), compiler.aggir

        def evaluate(values: Operands) -> Operand:
            if grid is None:
                raise FunctionNotBuilt(name)
            try:
                return assess(grid, read(values)).gir
            except UnknownAnswer as answer:
                raise FaultyKey(keys[answer.args[0]]) from None

        return evaluate

    return build


_FUNCTIONS: dict[str, _Function] = {
    "present": _Function(1, Kind.BOOLEAN, _build_present),
    "absent": _Function(1, Kind.BOOLEAN, _build_absent),
    "abs": _Function(1, Kind.NUMBER, _build_abs),
    "year": _Function(1, Kind.NUMBER, _build_year),
    "days": _Function(2, Kind.NUMBER, _build_days),
    "aggir": _Function(8, Kind.NUMBER, _build_grid("aggir", AggirGrid.assess)),
    "aggir_pa": _Function(13, Kind.NUMBER, _build_grid("aggir_pa", AggirGrid.assess_pa)),
}
