"""What a value spelled in another way certainly (or probably) means: numbers, booleans and dates written as texts.

A spelling is certain when it can be read in one way only; it is to be confirmed as soon as there are two.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from sidoba_engine.checks.value_fault import Replacement

LONGEST = 40
"""Characters of a text that is read as a spelled value."""

_SPACE = "[ \u00a0\u202f]"  # the spaces that separate thousands in French
_NUMBER = re.compile(rf"\s*(-?(?:0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?:{_SPACE}[0-9]{{3}})+))(?:[.,]([0-9]+))?\s*")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?$")
_SPACED_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}.*)")
_MONTHS_IN_A_YEAR = 12
_THOUSANDS = 3
_BOOLEANS = {
    "true": Replacement(True),
    "false": Replacement(False),
    "oui": Replacement(True, certain=False),
    "non": Replacement(False, certain=False),
    "vrai": Replacement(True, certain=False),
    "faux": Replacement(False, certain=False),
    "1": Replacement(True, certain=False),
    "0": Replacement(False, certain=False),
}


def spelled_number(value: object, *, whole: bool) -> Replacement | None:
    """The number that this text spells; to be confirmed when its comma or point may be that of thousands.

    >>> spelled_number(" 36 ", whole=True), spelled_number("1 900,50", whole=False)
    (Replacement(value=36, certain=True), Replacement(value=Decimal('1900.50'), certain=True))
    >>> spelled_number("1,900", whole=False), spelled_number("36,5", whole=True)
    (Replacement(value=Decimal('1.900'), certain=False), None)
    """
    match = _NUMBER.fullmatch(value) if isinstance(value, str) and len(value) <= LONGEST else None
    if match is None:
        return None
    units, decimals = re.sub(_SPACE, "", match[1]), match[2] or ""
    is_certain = len(decimals) != _THOUSANDS or units.lstrip("-") == "0" or len(units.lstrip("-")) > _THOUSANDS
    if not decimals.strip("0"):
        return Replacement(int(units), is_certain)
    return None if whole else Replacement(Decimal(f"{units}.{decimals}"), is_certain)


def spelled_boolean(value: object) -> Replacement | None:
    """The boolean that this text, or the number 0 or 1, spells.

    >>> spelled_boolean("True "), spelled_boolean("oui"), spelled_boolean(2)
    (Replacement(value=True, certain=True), Replacement(value=True, certain=False), None)
    """
    if type(value) is int:
        return _BOOLEANS.get(str(value))
    return _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) and len(value) <= LONGEST else None


def spelled_date(value: str, *, with_time: bool) -> Replacement | None:
    """The day that this text spells, as `AAAA-MM-JJ`; to be confirmed when day and month may be exchanged.

    >>> spelled_date("31/12/2025", with_time=False), spelled_date("05/06/2025", with_time=False)
    (Replacement(value='2025-12-31', certain=True), Replacement(value='2025-06-05', certain=False))
    >>> spelled_date("20251231", with_time=False), spelled_date("31/31/2025", with_time=False)
    (Replacement(value='2025-12-31', certain=True), None)
    """
    written = value.strip()
    if len(written) > LONGEST:
        return None
    if with_time and (time := _SPACED_TIME.fullmatch(written)):
        return Replacement(f"{time[1]}T{time[2]}")
    written = written if with_time else _MIDNIGHT.sub("", written)
    if match := _YEAR_FIRST.fullmatch(written):
        return _day(int(match[1]), int(match[3]), int(match[4]), is_certain=True)
    if match := _DAY_FIRST.fullmatch(written):
        day, month = int(match[1]), int(match[3])
        return _day(int(match[4]), month, day, is_certain=day > _MONTHS_IN_A_YEAR or day == month)
    return None


def _day(year: int, month: int, day: int, *, is_certain: bool) -> Replacement | None:
    try:
        return Replacement(date(year, month, day).isoformat(), is_certain)
    except ValueError:
        return None
