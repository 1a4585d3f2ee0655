"""Conversions between the types of FHIRPath (N1, section 5.5), and numbers (5.7)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import Items, Run, single, single_integer
from sidoba_engine.formats.fhir.path.outcome import EvaluationError
from sidoba_engine.formats.fhir.path.registry import Builder, Family
from sidoba_engine.formats.fhir.path.syntax import Expression
from sidoba_engine.formats.fhir.path.values import (
    Moment,
    Quantity,
    read_date_time,
    read_decimal,
    read_quantity,
    read_time,
)

FAMILY = Family()

MAX_DIGITS = 100
"""Digits of the largest number that is computed with: `1e999999` would be written out in full."""

_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE_WORDS = frozenset({"false", "f", "no", "n", "0", "0.0"})


@FAMILY.compiled("iif", 2, 3)
def _iif(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
    """The criterion and the results look at the collection `iif` is applied to (`ctm-1` of R4 does so)."""
    criterion = builder.looped_truth(arguments[0])
    then = builder.looped_items(arguments[1])
    otherwise = builder.looped_items(arguments[2]) if len(arguments) == 3 else None

    def iif(this: Any, run: Run) -> list[Any]:
        items = source(this, run)
        focus = items[0] if len(items) == 1 else items
        if criterion(focus, run):
            return then(focus, run)
        return otherwise(focus, run) if otherwise else []

    return iif


def to_boolean(value: Any) -> bool | None:
    """The boolean a value converts to; None when it does not."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return bool(value) if value in (0, 1) else None
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE_WORDS else False if word in _FALSE_WORDS else None
    return None


def to_integer(value: Any) -> int | None:
    """The integer a value converts to; None when it does not."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and "." not in value:
        number = read_decimal(value)
        return None if number is None else int(number)
    return None


def to_decimal(value: Any) -> Decimal | None:
    """The decimal a value converts to; None when it does not."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    return read_decimal(value) if isinstance(value, str) else None


def to_string(value: Any) -> str | None:
    """The text a value converts to; None when it does not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < 1000 else str(value)
    return str(value) if isinstance(value, int | str | Moment | Quantity) else None


def to_date(value: Any) -> Moment | None:
    """The date a value converts to; None when it does not."""
    moment = read_date_time(value) if isinstance(value, str) else value
    if not isinstance(moment, Moment) or moment.kind == "time":
        return None
    text = moment.text.partition("T")[0]
    return Moment("date", moment.parts[:3], None, text)


def to_date_time(value: Any) -> Moment | None:
    """The date and time a value converts to; None when it does not."""
    moment = read_date_time(value) if isinstance(value, str) else value
    if not isinstance(moment, Moment) or moment.kind == "time":
        return None
    return Moment("dateTime", moment.parts, moment.offset, moment.text)


def to_time(value: Any) -> Moment | None:
    """The time a value converts to; None when it does not."""
    moment = read_time(value.removeprefix("T")) if isinstance(value, str) else value
    return moment if isinstance(moment, Moment) and moment.kind == "time" else None


def to_quantity(value: Any) -> Quantity | None:
    """The quantity a value converts to; None when it does not."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, str):
        return read_quantity(value)
    return Quantity(Decimal(value), "1") if isinstance(value, int | Decimal) else None


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Decimal": to_decimal,
    "String": to_string,
    "Date": to_date,
    "DateTime": to_date_time,
    "Time": to_time,
    "Quantity": to_quantity,
}


def _declare(type_name: str, convert: Callable[[Any], Any]) -> None:
    most = 1 if type_name == "Quantity" else 0

    def converted(items: list[Any], unit: list[Any] | None) -> Any:
        value = single(items)
        result = None if value is None else convert(value)
        if result is None or not unit:
            return result
        wanted = Quantity(Decimal(1), str(single(unit)))
        (dimension, factor), (own, scaled) = wanted.scaled(), result.scaled()
        return Quantity(scaled / factor, wanted.unit) if dimension == own else None

    @FAMILY.values(f"to{type_name}", 0, most)
    def _to(items: list[Any], _run: Run, unit: list[Any] | None = None) -> list[Any]:
        result = converted(items, unit)
        return [] if result is None else [result]

    @FAMILY.truths(f"convertsTo{type_name}", 0, most)
    def _converts(items: list[Any], _run: Run, unit: list[Any] | None = None) -> bool | None:
        return converted(items, unit) is not None if items else None


for _name, _convert in _CONVERSIONS.items():
    _declare(_name, _convert)


def _number(items: list[Any]) -> Any:
    value = single(items)
    if isinstance(value, Decimal) and value.adjusted() > MAX_DIGITS:
        return None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | Decimal | Quantity)):
        raise EvaluationError("number expected")
    return value


def _declare_number(name: str, compute: Callable[[Decimal], Any]) -> None:
    @FAMILY.values(name)
    def _computed(items: list[Any], _run: Run) -> list[Any]:
        value = _number(items)
        if value is None:
            return []
        try:
            if isinstance(value, Quantity):
                return [Quantity(Decimal(compute(value.value)), value.unit)] if name == "abs" else []
            result = compute(Decimal(value))
            return [int(result) if name == "abs" and isinstance(value, int) else result]
        except (ArithmeticError, ValueError):
            return []


_COMPUTATIONS: dict[str, Callable[[Decimal], Any]] = {
    "abs": abs,
    "ceiling": math.ceil,
    "floor": math.floor,
    "truncate": math.trunc,
    "sqrt": Decimal.sqrt,
    "exp": Decimal.exp,
    "ln": Decimal.ln,
}
for _name, _compute in _COMPUTATIONS.items():
    _declare_number(_name, _compute)


@FAMILY.values("round", 0, 1)
def _round(items: list[Any], _run: Run, precision: list[Any] | None = None) -> list[Any]:
    value = _number(items)
    places = single_integer(precision or []) or 0
    if not 0 <= places <= 28:
        raise EvaluationError("precision between 0 and 28 expected")
    if value is None or isinstance(value, Quantity):
        return []
    try:
        return [Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)]
    except ArithmeticError:
        return []


@FAMILY.values("power", 1)
def _power(items: list[Any], _run: Run, exponent: list[Any]) -> list[Any]:
    value, by = _number(items), _number(exponent)
    if value is None or by is None or isinstance(value, Quantity) or isinstance(by, Quantity):
        return []
    try:
        result = Decimal(value) ** Decimal(by)
    except ArithmeticError:
        return []
    if not result.is_finite():
        return []
    is_whole = isinstance(value, int) and isinstance(by, int) and by >= 0 and result.adjusted() < 28
    return [int(result) if is_whole else result]


@FAMILY.values("log", 1)
def _log(items: list[Any], _run: Run, base: list[Any]) -> list[Any]:
    value, of = _number(items), _number(base)
    if value is None or of is None or isinstance(value, Quantity) or isinstance(of, Quantity):
        return []
    if value <= 0 or of <= 0 or of == 1:
        return []
    return [Decimal(value).ln() / Decimal(of).ln()]
