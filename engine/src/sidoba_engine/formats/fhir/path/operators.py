"""Equality, equivalence, order and arithmetic between FHIRPath values (FHIRPath N1, section 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import single
from sidoba_engine.formats.fhir.path.nodes import Node, system_value
from sidoba_engine.formats.fhir.path.outcome import EvaluationError
from sidoba_engine.formats.fhir.path.values import Moment, Quantity, moved, order_of_moments

MAX_BITS = 63
"""Size of the largest integer: beyond, an operation overflows and gives nothing."""


def same(left: Any, right: Any) -> bool | None:
    """Whether two items are equal; None when precisions or units leave it open."""
    one, other = system_value(left), system_value(right)
    if isinstance(one, Moment) and isinstance(other, Moment):
        if (one.kind == "time") != (other.kind == "time"):
            return False
        order = order_of_moments(one, other)
        return None if order is None else order == 0
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        order = _order_of_quantities(_as_quantity(one), _as_quantity(other))
        return None if order is None else order == 0
    return bool(key_of(left) == key_of(right))


def key_of(item: Any) -> Hashable:
    """A key that equal items share and others do not: what keeps distinct, union and `in` linear."""
    value = system_value(item)
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | Decimal):
        return ("number", value)
    if isinstance(value, Moment):
        known = value.offset is not None and len(value.parts) > 3
        return ("time" if value.kind == "time" else "date", value.universal(), known)
    if isinstance(value, Quantity):
        return ("quantity", *value.scaled())
    if type(item) is Node:
        return (item.type.name, _frozen(item.value), _frozen(item.extra) if value is None else None)
    return ("value", value)


def _frozen(value: Any) -> Hashable:
    """JSON as a hashable value that does not depend on the order of keys and tells true from 1."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(part)) for key, part in value.items())
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    return (type(value) is bool, value)


def equal(left: list[Any], right: list[Any]) -> bool | None:
    """`=`: same items in the same order."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    answers = [same(one, other) for one, other in zip(left, right, strict=True)]
    if False in answers:
        return False
    return None if None in answers else True


def equivalent(left: list[Any], right: list[Any]) -> bool:
    """`~`: the same items in any order, texts without case or spacing, numbers to the lesser precision."""
    if len(left) != len(right):
        return False
    if len(left) == 1:
        return _alike(left[0], right[0])
    return Counter(map(_loose_key, left)) == Counter(map(_loose_key, right))


def _alike(left: Any, right: Any) -> bool:
    one, other = system_value(left), system_value(right)
    if _is_number(one) and _is_number(other):
        return _alike_numbers(Decimal(one), Decimal(other))
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        calendar = {"year": "a", "month": "a"}
        (first, value), (second, wanted) = one.scaled(), other.scaled()
        return calendar.get(first, first) == calendar.get(second, second) and _alike_numbers(value, wanted)
    return bool(_loose_key(left) == _loose_key(right))


def _alike_numbers(one: Decimal, other: Decimal) -> bool:
    places = min(_places(one), _places(other))
    try:
        return round(one, places) == round(other, places)
    except ArithmeticError:
        return one == other


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _loose_key(item: Any) -> Hashable:
    value = system_value(item)
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    if type(value) is Node:
        return (value.type.name, _loosened(value.value))
    return key_of(item)


def _loosened(value: Any) -> Hashable:
    if isinstance(value, dict):
        return frozenset((key, _loosened(part)) for key, part in value.items() if key != "id")
    if isinstance(value, list):
        return frozenset(Counter(map(_loosened, value)).items())
    return " ".join(value.split()).casefold() if isinstance(value, str) else (type(value) is bool, value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _as_quantity(value: Any) -> Quantity | None:
    if isinstance(value, Quantity):
        return value
    return Quantity(Decimal(value), "1") if _is_number(value) else None


def _order_of_quantities(left: Quantity | None, right: Quantity | None) -> int | None:
    if left is None or right is None:
        return None
    (dimension, one), (other_dimension, other) = left.scaled(), right.scaled()
    return (one > other) - (one < other) if dimension == other_dimension else None


def order(left: list[Any], right: list[Any]) -> int | None:
    """-1, 0 or 1 between two single items; None when empty or open; raises EvaluationError on types without order."""
    one, other = single(left), single(right)
    if one is None or other is None:
        return None
    if _is_number(one) and _is_number(other):
        return int(one > other) - int(one < other)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, Moment) and isinstance(other, Moment) and (one.kind == "time") == (other.kind == "time"):
        return order_of_moments(one, other)
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        first, second = _as_quantity(one), _as_quantity(other)
        if first is not None and second is not None:
            return _order_of_quantities(first, second)
    raise EvaluationError("these two types have no order")


def arithmetic(operator: str, left: list[Any], right: list[Any]) -> list[Any]:
    """`+ - * / div mod` on single items; empty on an empty side, on division by zero and out of range."""
    one, other = single(left), single(right)
    if one is None or other is None:
        return []
    try:
        result = _computed(operator, one, other)
    except ArithmeticError:
        return []
    if result is None or (isinstance(result, int) and result.bit_length() > MAX_BITS):
        return []
    return [result]


def _computed(operator: str, one: Any, other: Any) -> Any:
    if isinstance(one, str) and isinstance(other, str) and operator == "+":
        return one + other
    if isinstance(one, Moment) and isinstance(other, Quantity) and operator in "+-":
        return moved(one, other if operator == "+" else Quantity(other.value.copy_negate(), other.unit))
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        return _computed_quantity(operator, _as_quantity(one), _as_quantity(other))
    if not (_is_number(one) and _is_number(other)):
        raise EvaluationError(f"{operator!r} does not apply to these types")
    return _computed_number(operator, one, other)


def _computed_number(operator: str, one: int | Decimal, other: int | Decimal) -> int | Decimal | None:
    if operator == "/":
        return Decimal(one) / Decimal(other)
    if operator in ("div", "mod"):
        if abs(Decimal(one).adjusted() - Decimal(other).adjusted()) > 100:
            return None
        whole = int(Decimal(one) / Decimal(other)) if Decimal in (type(one), type(other)) else _truncated(one, other)
        return whole if operator == "div" else one - whole * other
    if operator == "*":
        return one * other
    return one + other if operator == "+" else one - other


def _truncated(one: int | Decimal, other: int | Decimal) -> int:
    whole = abs(int(one)) // abs(int(other))
    return whole if (one < 0) == (other < 0) else -whole


def _computed_quantity(operator: str, one: Quantity | None, other: Quantity | None) -> Quantity | None:
    if one is None or other is None or operator in ("div", "mod"):
        raise EvaluationError(f"{operator!r} does not apply to these types")
    if operator in "+-":
        if one.unit != other.unit:
            return None
        return Quantity(one.value + other.value if operator == "+" else one.value - other.value, one.unit)
    if other.unit in ("", "1"):
        return Quantity(one.value * other.value if operator == "*" else one.value / other.value, one.unit)
    return Quantity(one.value * other.value, other.unit) if operator == "*" and one.unit in ("", "1") else None


def both(left: bool | None, right: bool | None) -> bool | None:
    """Three-valued `and`."""
    if left is False or right is False:
        return False
    return True if left and right else None


def either(left: bool | None, right: bool | None) -> bool | None:
    """Three-valued `or`."""
    if left or right:
        return True
    return False if left is False and right is False else None
