"""The syntax tree of FHIRPath: what the parser makes and the compiler consumes; never walked at run time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression; None is the empty collection `{}`."""

    value: object


@dataclass(frozen=True, slots=True)
class Special:
    """`$this`, `$index` or `$total`, without its dollar."""

    name: str


@dataclass(frozen=True, slots=True)
class External:
    """An environment variable, without its percent sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A step to an element; without a source, from what is being looked at."""

    source: Expression | None
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function; without a source, on what is being looked at."""

    source: Expression | None
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`source[index]`."""

    source: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign before a number."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two expressions."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class TypeOperation:
    """`operand is type` or `operand as type`."""

    operator: str
    operand: Expression
    type_name: str


Expression = Literal | Special | External | Member | Call | Index | Unary | Binary | TypeOperation


def parts(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside this one."""
    match expression:
        case Member(source, _):
            return () if source is None else (source,)
        case Call(source, _, arguments):
            return arguments if source is None else (source, *arguments)
        case Index(source, index):
            return (source, index)
        case Unary(_, operand) | TypeOperation(_, operand, _):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """This expression and all those inside it."""
    yield expression
    for part in parts(expression):
        yield from walk(part)


def is_fixed(expression: Expression) -> bool:
    """Whether it gives the same result for every item of a loop: nothing in it starts from the item."""
    for part in walk(expression):
        if isinstance(part, Special) or (isinstance(part, Member | Call) and part.source is None):
            return False
    return True
