"""GMP: the weighted mean of the GIRs of an establishment's residents, in points (CASF, art. R314-170-1, annex 3-6)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any


def points_from_table(table: Mapping[str, Any]) -> dict[int, int]:
    """GIR → points of the GMP, from `tables.gir` in the catalogue."""
    return {line["gir"]: line["points_gmp"] for line in table["lignes"]}


def gmp(residents: Mapping[int, int], points: Mapping[int, int]) -> Fraction | None:
    """The exact mean of the points of the residents assessed (GIR → how many); None when there are none.

    >>> gmp({1: 1, 6: 1}, {1: 1000, 6: 70})
    Fraction(535, 1)
    """
    assessed = sum(residents.values())
    if assessed == 0:
        return None
    return Fraction(sum(points[gir] * number for gir, number in residents.items()), assessed)
