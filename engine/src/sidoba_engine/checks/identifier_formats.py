"""Formats of texts: R-KV-027 (form), and the keys: R-KV-028 (FINESS), R-KV-029 (INS), R-KV-031 (SIREN, SIRET),
R-KV-032 (RPPS).

What was only written with spaces, or in lower case, is corrected; a number that lost its first zero in a spreadsheet is
a correction to confirm, when the key says that it is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import CatalogueError
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault
from sidoba_engine.identifiers import adeli, finess, ins, rpps, siren, siret

FORM = "R-KV-027"
FINESS_KEY = "R-KV-028"
INS_KEY = "R-KV-029"
BUSINESS_KEY = "R-KV-031"
RPPS_KEY = "R-KV-032"

LONGEST = 40
"""Characters of a text that may be a badly typed identifier."""

_COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
_CIM10 = re.compile(r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z+]{1,4})?")
_CIM10_WITHOUT_POINT = re.compile(r"([A-Za-z][0-9]{2})([0-9A-Za-z+]{1,4})")


@dataclass(frozen=True, slots=True)
class _Format:
    """`is_right` says whether a text has the format; `fault` names what is wrong in one that has not."""

    is_right: Callable[[str], bool]
    fault: Callable[[str], ValueFault]


def format_check(indicator: Indicator) -> ValueCheck | None:
    """The check of the format; None when the indicator has none.

    Raises CatalogueError for a format that this engine does not know.
    """
    if indicator.format is None:
        return None
    if indicator.format not in _FORMATS:
        raise CatalogueError(f"indicator {indicator.key}: unknown format {indicator.format}")
    known = _FORMATS[indicator.format]
    return lambda value: None if known.is_right(value) else known.fault(value)


def is_right_format(name: str) -> Callable[[str], bool]:
    """The test of a format that `format_check` knows."""
    return _FORMATS[name].is_right


def from_number(name: str, number: int) -> Replacement | None:
    """The identifier that a number was before a program took its zeros away, to be confirmed."""
    if name == "code_commune" and 1000 <= number < 10_000:
        return Replacement(f"0{number}", certain=False)
    known = _IDENTIFIERS.get(name)
    if known is None or not 0 < number < 10**known.length:
        return None
    written = str(number).zfill(known.length)
    return Replacement(written, certain=False) if known.module.is_valid(written) else None


@dataclass(frozen=True, slots=True)
class _Identifier:
    """How an identifier is checked; `key_rule` is the rule of its key, when it has one."""

    module: ModuleType
    length: int
    key_rule: str | None


_IDENTIFIERS = {
    "finess": _Identifier(finess, 9, FINESS_KEY),
    "siren": _Identifier(siren, 9, BUSINESS_KEY),
    "siret": _Identifier(siret, 14, BUSINESS_KEY),
    "rpps": _Identifier(rpps, 11, RPPS_KEY),
    "ins": _Identifier(ins, 15, INS_KEY),
    "adeli": _Identifier(adeli, 9, None),
}


def _identifier_format(name: str, known: _Identifier) -> _Format:
    module = known.module

    def fault(value: str) -> ValueFault:
        if known.key_rule is not None and module.is_well_formed(value):
            return ValueFault(known.key_rule, {"type": name} if known.key_rule == BUSINESS_KEY else {})
        compacted = module.compact(value[:LONGEST])
        if len(value) <= LONGEST and module.is_valid(compacted):
            return _bad_form(name, Replacement(compacted))
        lost = int(compacted) if compacted.isascii() and compacted.isdigit() and len(compacted) < known.length else 0
        return _bad_form(name, from_number(name, lost))

    return _Format(module.is_valid, fault)


def _pattern_format(name: str, pattern: re.Pattern[str]) -> _Format:
    def is_right(value: str) -> bool:
        return pattern.fullmatch(value) is not None

    def fault(value: str) -> ValueFault:
        trimmed = value.strip()
        if is_right(trimmed):
            return _bad_form(name, Replacement(trimmed))
        if is_right(trimmed.upper()):
            return _bad_form(name, Replacement(trimmed.upper()))
        if trimmed.isascii() and trimmed.isdigit() and (lost := from_number(name, int(trimmed[:LONGEST]))):
            return _bad_form(name, lost)
        pointless = _CIM10_WITHOUT_POINT.fullmatch(trimmed) if pattern is _CIM10 else None
        return _bad_form(name, Replacement(f"{pointless[1]}.{pointless[2]}", certain=False) if pointless else None)

    return _Format(is_right, fault)


def _bad_form(name: str, meant: Replacement | None) -> ValueFault:
    return ValueFault(FORM, {"attendu": name}, replacement=meant)


_FORMATS: dict[str, _Format] = {
    **{name: _identifier_format(name, known) for name, known in _IDENTIFIERS.items()},
    "code_commune": _pattern_format("code_commune", _COMMUNE),
    "cim10": _pattern_format("cim10", _CIM10),
}
