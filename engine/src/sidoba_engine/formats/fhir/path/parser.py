"""FHIRPath tokens → syntax tree, by precedence climbing (FHIRPath N1, section on operator precedence)."""

from __future__ import annotations

from decimal import Decimal

from sidoba_engine.formats.fhir.path.lexer import Kind, Token, tokens
from sidoba_engine.formats.fhir.path.outcome import ExpressionSyntaxError
from sidoba_engine.formats.fhir.path.syntax import (
    Binary,
    Call,
    Expression,
    External,
    Index,
    Literal,
    Member,
    Special,
    TypeOperation,
    Unary,
    parts,
)
from sidoba_engine.formats.fhir.path.values import CALENDAR_UNITS, Quantity, read_moment

MAX_DEPTH = 60
"""Parentheses and arguments inside one another."""

MAX_TREE = 100
"""Height of the tree: the compiler, and the closures it makes, recurse along it."""

_STRENGTHS = {
    **dict.fromkeys(("*", "/", "div", "mod"), 8),
    **dict.fromkeys(("+", "-", "&"), 7),
    **dict.fromkeys(("is", "as"), 6),
    "|": 5,
    **dict.fromkeys(("<=", "<", ">", ">="), 4),
    **dict.fromkeys(("=", "~", "!=", "!~"), 3),
    **dict.fromkeys(("in", "contains"), 2),
    "and": 1,
    **dict.fromkeys(("or", "xor"), 0),
    "implies": -1,
}
_WORDS_AS_NAMES = frozenset({"as", "contains", "in", "is"})
_WORD_OPERATORS = frozenset({"and", "or", "xor", "implies", "div", "mod"})
_TYPE_FUNCTIONS = frozenset({"is", "as", "ofType"})


def parse(text: str) -> Expression:
    """The tree of an expression; raises ExpressionSyntaxError."""
    parser = _Parser(tokens(text))
    expression = parser.expression(-1)
    parser.expect_end()
    if _is_too_high(expression):
        raise ExpressionSyntaxError(f"more than {MAX_TREE} steps or operators one after the other", 0)
    return expression


def _is_too_high(expression: Expression) -> bool:
    level: tuple[Expression, ...] = (expression,)
    for _ in range(MAX_TREE):
        level = tuple(inner for outer in level for inner in parts(outer))
    return bool(level)


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def fault(self, message: str) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self.token.position)

    def at(self, symbol: str) -> bool:
        return self.token.kind is Kind.SYMBOL and self.token.text == symbol

    def expect(self, symbol: str) -> None:
        if not self.at(symbol):
            raise self.fault(f"{symbol!r} expected")
        self.position += 1

    def expect_end(self) -> None:
        if self.token.kind is not Kind.END:
            raise self.fault("operator or end expected")

    def expression(self, weakest: int) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"more than {MAX_DEPTH} levels")
        left = self.term()
        while (operator := self.operator()) is not None and _STRENGTHS[operator] >= weakest:
            self.position += 1
            if operator in ("is", "as"):
                left = TypeOperation(operator, left, self.type_name())
            else:
                left = Binary(operator, left, self.expression(_STRENGTHS[operator] + 1))
        self.depth -= 1
        return left

    def operator(self) -> str | None:
        token = self.token
        is_operator = token.kind in (Kind.SYMBOL, Kind.WORD) and token.text in _STRENGTHS
        return token.text if is_operator else None

    def type_name(self) -> str:
        name = self.name()
        while self.at("."):
            self.position += 1
            name += "." + self.name()
        return name

    def name(self) -> str:
        token = self.take()
        if token.kind is Kind.NAME or (token.kind is Kind.WORD and token.text not in _WORD_OPERATORS):
            return token.text
        self.position -= 1
        raise self.fault("name expected")

    def term(self) -> Expression:
        signs = []
        while self.at("-") or self.at("+"):
            signs.append(self.take().text)
        term = self.invocations(self.primary())
        for sign in reversed(signs):
            term = Unary(sign, term)
        return term

    def invocations(self, source: Expression) -> Expression:
        while True:
            if self.at("."):
                self.position += 1
                source = self.invocation(source)
            elif self.at("["):
                self.position += 1
                source = Index(source, self.expression(-1))
                self.expect("]")
            else:
                return source

    def invocation(self, source: Expression | None) -> Expression:
        if self.token.kind is Kind.SPECIAL:
            if source is None:
                return Special(self.take().text)
            raise self.fault("element or function expected")
        name = self.name()
        if not self.at("("):
            return Member(source, name)
        self.position += 1
        arguments: list[Expression] = []
        if name in _TYPE_FUNCTIONS and not self.at(")"):
            arguments.append(Literal(self.type_name()))
        elif not self.at(")"):
            arguments.append(self.expression(-1))
        while not self.at(")"):
            self.expect(",")
            arguments.append(self.expression(-1))
        self.position += 1
        return Call(source, name, tuple(arguments))

    def primary(self) -> Expression:
        token = self.token
        if token.kind is Kind.SYMBOL:
            return self.enclosed()
        if token.kind is Kind.TEXT:
            return Literal(self.take().text)
        if token.kind is Kind.NUMBER:
            return self.number()
        if token.kind is Kind.MOMENT:
            return self.moment()
        if token.kind is Kind.VARIABLE:
            return External(self.take().text)
        if token.kind is Kind.WORD and token.text in ("true", "false"):
            return Literal(self.take().text == "true")
        if token.kind is Kind.WORD and token.text in _STRENGTHS and token.text not in _WORDS_AS_NAMES:
            raise self.fault("value expected before this operator")
        return self.invocation(None)

    def enclosed(self) -> Expression:
        if self.at("("):
            self.position += 1
            inside = self.expression(-1)
            self.expect(")")
            return inside
        self.expect("{")
        self.expect("}")
        return Literal(None)

    def number(self) -> Expression:
        written = self.take().text
        token = self.token
        if token.kind is Kind.TEXT:
            return Literal(Quantity(Decimal(written), self.take().text))
        if token.kind is Kind.WORD and token.text in CALENDAR_UNITS:
            return Literal(Quantity(Decimal(written), CALENDAR_UNITS[self.take().text]))
        return Literal(Decimal(written) if "." in written else int(written))

    def moment(self) -> Expression:
        written = self.token.text
        value = read_moment(written)
        if value is None:
            raise self.fault("this date or time does not exist")
        self.position += 1
        return Literal(value)
