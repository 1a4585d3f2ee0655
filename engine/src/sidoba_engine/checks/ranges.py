"""Ranges: R-KV-024 (below the minimum) and R-KV-025 (above the maximum). Both bounds are included."""

from __future__ import annotations

from decimal import Decimal

from sidoba_engine.business_model import Indicator
from sidoba_engine.checks.value_fault import ValueCheck, ValueFault

BELOW = "R-KV-024"
ABOVE = "R-KV-025"


def range_check(indicator: Indicator) -> ValueCheck | None:
    """The check of the bounds; None when the indicator has none."""
    minimum, maximum = _exact(indicator.minimum), _exact(indicator.maximum)
    if minimum is None and maximum is None:
        return None

    def check(value: int | Decimal) -> ValueFault | None:
        if minimum is not None and value < minimum:
            return ValueFault(BELOW, {"min": minimum}, (f"≥ {minimum}",))
        if maximum is not None and value > maximum:
            return ValueFault(ABOVE, {"max": maximum}, (f"≤ {maximum}",))
        return None

    return check


def _exact(bound: float | None) -> int | Decimal | None:
    if bound is None or isinstance(bound, int):
        return bound
    return int(bound) if bound.is_integer() else Decimal(repr(bound))
