"""What the control language computes with: the values of keys, their kinds, and the exactness of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation, localcontext
from enum import Enum, auto
from fractions import Fraction

Operand = bool | int | Decimal | Fraction | str | date
"""What a key holds while controls run; a `date` may be a `datetime`, which then knows its offset."""


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

_EXACT = Context(prec=1_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation])
"""Wide enough for any expression over storable numbers; a result that would be rounded is a fault, never a verdict."""


def exact_arithmetic() -> AbstractContextManager[Context]:
    """Decimal arithmetic without rounding, for the time of a `with`."""
    return localcontext(_EXACT)


def exact_number(written: str) -> int | Decimal:
    """The number as the author of an expression wrote it: a parser's binary float has been rounded."""
    number = Decimal(written)
    return int(number) if number == number.to_integral_value() else number


def same_precision(left: Operand, right: Operand) -> tuple[date, date]:
    """Two times are compared as instants; if either has no time, the days as written are compared."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left, right
    return day_of(left), day_of(right)


def day_of(value: Operand) -> date:
    """The day as written, without the time."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise TypeError("a date was checked when compiling")
