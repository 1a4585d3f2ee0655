"""Short tests of one value: True for a value that stands as it was received.

They must never be True for a value that a check would refuse, convert or leave out; they may be False for a value that
stands (`3.0` for a whole number), which then takes the long way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sidoba_engine.business_model import Indicator
from sidoba_engine.checks.identifier_formats import is_right_format
from sidoba_engine.checks.ranges import exact_bound
from sidoba_engine.checks.types import LARGEST
from sidoba_engine.checks.value_fault import ValueCheck

PlainTest = Callable[[Any], bool]

SHORT = 30
"""Characters of a decimal that is surely storable when it is written without an exponent."""


def plain_test(
    indicator: Indicator, *, codes: tuple[str, ...] | None, decimals: int | None, unlikely: ValueCheck | None
) -> PlainTest:
    """The short test of this indicator.

    `codes` is its value set, when it has one that is not only named; `decimals` how many its unit admits; `unlikely`
    the check that warns of a number which is within its bounds.
    """
    match indicator.type:
        case "entier":
            return _whole_number(*_bounds(indicator))
        case "decimal":
            test = _decimal(*_bounds(indicator), SHORT if decimals is None else decimals)
            return test if unlikely is None else lambda value: test(value) and unlikely(value) is None
        case "booleen":
            return _is_boolean
        case "date":
            return _is_day
        case _ if codes is not None:
            return _code(frozenset(code for code in codes if "\x00" not in code))
        case _ if indicator.format is not None:
            return _formatted(is_right_format(indicator.format))
        case _:
            return _is_text


def _bounds(indicator: Indicator) -> tuple[int | Decimal, int | Decimal]:
    minimum, maximum = exact_bound(indicator.minimum), exact_bound(indicator.maximum)
    return 1 - LARGEST if minimum is None else minimum, LARGEST - 1 if maximum is None else maximum


def _whole_number(minimum: int | Decimal, maximum: int | Decimal) -> PlainTest:
    return lambda value: type(value) is int and minimum <= value <= maximum


def _decimal(minimum: int | Decimal, maximum: int | Decimal, decimals: int) -> PlainTest:
    def test(value: Any) -> bool:
        if type(value) is Decimal:
            written = str(value)
            if len(written) > SHORT or "E" in written or len(written.partition(".")[2]) > decimals:
                return False
        elif type(value) is not int:
            return False
        return bool(minimum <= value <= maximum)

    return test


def _is_boolean(value: Any) -> bool:
    return value is True or value is False


def _code(known: frozenset[str]) -> PlainTest:
    return lambda value: type(value) is str and value in known


def _formatted(is_right: Callable[[str], bool]) -> PlainTest:
    return lambda value: type(value) is str and is_right(value)


def _is_day(value: Any) -> bool:
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return type(value) is str and value.isprintable() and bool(value.strip())
