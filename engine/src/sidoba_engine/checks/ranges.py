"""Ranges: R-KV-024 (below the minimum) and R-KV-025 (above the maximum). Both bounds are included.

And what the unit says of a number that is in its range: R-KV-033 (a fraction where a percentage is expected) and
R-KV-034 (more decimals than the unit has). Both are warnings, with a correction to confirm; their thresholds are in the
rules' own parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import Rule
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault

BELOW = "R-KV-024"
ABOVE = "R-KV-025"
SCALE = "R-KV-033"
PRECISION = "R-KV-034"

_WIDE = Context(prec=400)
"""More digits than a storable number has: nothing is rounded but what is meant to be."""


def range_check(indicator: Indicator, rules: Mapping[str, Rule]) -> ValueCheck | None:
    """The check of the bounds; None when the indicator has none."""
    minimum, maximum = exact_bound(indicator.minimum), exact_bound(indicator.maximum)
    if minimum is None and maximum is None:
        return None
    factor = _factor(indicator, rules)

    def check(value: int | Decimal) -> ValueFault | None:
        if minimum is not None and value < minimum:
            return ValueFault(BELOW, {"min": minimum}, (f"≥ {minimum}",))
        if maximum is not None and value > maximum:
            meant = _probably(_WIDE.divide(Decimal(value), factor)) if factor else None
            return ValueFault(ABOVE, {"max": maximum}, (f"≤ {maximum}",), meant)
        return None

    return check


def scale_check(indicator: Indicator, rules: Mapping[str, Rule]) -> ValueCheck | None:
    """R-KV-033: a share written as a fraction of one (0.0818) where it is a percentage (8.18); None for other units."""
    if indicator.type != "decimal" or SCALE not in rules or indicator.unit not in rules[SCALE].parameters["pourcents"]:
        return None
    factor = Decimal(rules[SCALE].parameters["facteur"])

    def check(value: int | Decimal) -> ValueFault | None:
        if not 0 < value <= 1:
            return None
        meant = _WIDE.multiply(Decimal(value), factor)
        return ValueFault(
            SCALE, {"unite": indicator.unit, "probable": f"{meant.normalize(_WIDE):f}"}, (), _probably(meant)
        )

    return check


def precision_check(indicator: Indicator, rules: Mapping[str, Rule]) -> ValueCheck | None:
    """R-KV-034: more decimals than the unit has, as a sum of binary floats gives; None when the key is not decimal."""
    limit = decimals_of(indicator, rules)
    if limit is None:
        return None
    unit = Decimal(1).scaleb(-limit)

    def check(value: int | Decimal) -> ValueFault | None:
        if not isinstance(value, Decimal) or decimals_in(value) <= limit:
            return None
        rounded = value.quantize(unit, ROUND_HALF_UP, _WIDE)
        return ValueFault(
            PRECISION,
            {"nombre": decimals_in(value), "limite": limit},
            replacement=_probably(rounded.normalize(_WIDE)),
        )

    return check


def decimals_of(indicator: Indicator, rules: Mapping[str, Rule]) -> int | None:
    """Decimals that the unit of an indicator admits; None when there is no limit."""
    if indicator.type != "decimal" or PRECISION not in rules:
        return None
    limits = rules[PRECISION].parameters["decimales"]
    return int(limits.get(indicator.unit, limits["autres"]))


def decimals_in(value: Decimal) -> int:
    """Decimals of a number, zeros at its end not counted.

    >>> decimals_in(Decimal("13.40")), decimals_in(Decimal("1E+3"))
    (1, 0)
    """
    exponent = value.normalize(_WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _probably(meant: Decimal) -> Replacement:
    whole = meant == meant.to_integral_value()
    return Replacement(int(meant) if whole else meant, certain=False)


def _factor(indicator: Indicator, rules: Mapping[str, Rule]) -> Decimal | None:
    """What divides a number that is too large, in the units where a hundred times too much is a common fault."""
    if indicator.type != "decimal" or SCALE not in rules:
        return None
    parameters = rules[SCALE].parameters
    return Decimal(parameters["facteur"]) if indicator.unit in parameters["unites"] else None


def exact_bound(bound: float | None) -> int | Decimal | None:
    """A bound of a model, which JSON gave as a binary float, as the number that was written."""
    if bound is None or isinstance(bound, int):
        return bound
    return int(bound) if bound.is_integer() else Decimal(repr(bound))
