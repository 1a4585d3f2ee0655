"""Formats of texts: R-KV-027 (form), R-KV-028 (key of a FINESS number), R-KV-029 (key of an INS)."""

from __future__ import annotations

import re

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import CatalogueError
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault
from sidoba_engine.identifiers import finess, ins

FORM = "R-KV-027"
FINESS_KEY = "R-KV-028"
INS_KEY = "R-KV-029"

_COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
_CIM10 = re.compile(r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z+]{1,4})?")


def format_check(indicator: Indicator) -> ValueCheck | None:
    """The check of the format; None when the indicator has none.

    Raises CatalogueError for a format that this engine does not know.
    """
    if indicator.format is None:
        return None
    if indicator.format not in _CHECKS:
        raise CatalogueError(f"indicator {indicator.key}: unknown format {indicator.format}")
    return _CHECKS[indicator.format]


def _check_finess(value: str) -> ValueFault | None:
    if finess.is_valid(value):
        return None
    if finess.is_well_formed(value):
        return ValueFault(FINESS_KEY)
    compacted = finess.compact(value[:40])
    return _bad_form("finess", compacted if finess.is_valid(compacted) else None)


def _check_ins(value: str) -> ValueFault | None:
    if ins.is_valid(value):
        return None
    return ValueFault(INS_KEY) if ins.is_well_formed(value) else _bad_form("ins")


def _pattern_check(name: str, pattern: re.Pattern[str]) -> ValueCheck:
    def check(value: str) -> ValueFault | None:
        if pattern.fullmatch(value):
            return None
        trimmed = value.strip()
        return _bad_form(name, trimmed if pattern.fullmatch(trimmed) else None)

    return check


def _bad_form(name: str, meant: str | None = None) -> ValueFault:
    return ValueFault(FORM, {"attendu": name}, replacement=Replacement(meant) if meant else None)


_CHECKS: dict[str, ValueCheck] = {
    "finess": _check_finess,
    "ins": _check_ins,
    "code_commune": _pattern_check("code_commune", _COMMUNE),
    "cim10": _pattern_check("cim10", _CIM10),
}
