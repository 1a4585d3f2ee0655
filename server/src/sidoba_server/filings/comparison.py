"""What comparing an establishment with similar ones needs: an exact percentile, and a number that tells no secret."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Aggregate, BooleanField, DecimalField, Func, Model, QuerySet
from django.db.models.expressions import Combinable


class Percentile(Aggregate):
    """The number of the group below which that `part` of it lies ("0.05"): one of them, exact, never a mean of two."""

    function = "percentile_disc"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Combinable, *, part: str) -> None:
        extra: dict[str, Any] = {"part": Decimal(part), "output_field": DecimalField()}
        super().__init__(expression, **extra)


class IsAmong(Func):
    """Whether a column is one of what a short query gives: PostgreSQL reads it first, then goes by the column's index.

    Written `IN`, the same question makes it read the whole table of values.
    """

    arg_joiner = " = ANY("
    template = "%(expressions)s)"

    def __init__(self, column: str, found: QuerySet[Model, Any]) -> None:
        super().__init__(column, ArraySubquery(found), output_field=BooleanField())


def two_digits(number: Decimal, rounding: str) -> Decimal:
    """The number with its first two digits, the rest rounded (`ROUND_FLOOR`, `ROUND_CEILING`).

    >>> two_digits(Decimal("1987.53"), "ROUND_FLOOR"), two_digits(Decimal("0.4219"), "ROUND_CEILING")
    (Decimal('1900'), Decimal('0.43'))
    """
    if not number:
        return Decimal(0)
    rounded = number.quantize(Decimal(1).scaleb(number.adjusted() - 1), rounding=rounding)
    return Decimal(f"{rounded.normalize():f}")
