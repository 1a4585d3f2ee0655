"""The typed values of FHIRPath that JSON has not: partial dates and times, and quantities with their units."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

CALENDAR_UNITS = {
    written: unit
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for written in (unit, unit + "s")
}
"""The words of durations, singular and plural → singular."""

_SCALES: dict[str, tuple[str, Decimal | int]] = {
    "week": ("s", 604_800), "wk": ("s", 604_800), "day": ("s", 86_400), "d": ("s", 86_400), "hour": ("s", 3_600),
    "h": ("s", 3_600), "minute": ("s", 60), "min": ("s", 60), "second": ("s", 1), "s": ("s", 1),
    "millisecond": ("s", Decimal("0.001")), "ms": ("s", Decimal("0.001")), "year": ("year", 12), "month": ("year", 1),
    "a": ("a", 12), "mo": ("a", 1), "kg": ("g", 1000), "g": ("g", 1), "mg": ("g", Decimal("0.001")),
    "ug": ("g", Decimal("0.000001")), "km": ("m", 1000), "m": ("m", 1), "cm": ("m", Decimal("0.01")),
    "mm": ("m", Decimal("0.001")), "L": ("L", 1), "l": ("L", 1), "dL": ("L", Decimal("0.1")),
    "cL": ("L", Decimal("0.01")), "mL": ("L", Decimal("0.001")),
}  # fmt: skip
"""Units that convert exactly: unit → (dimension, factor). Any other unit only compares with itself."""


MAX_EXPONENT = 1_000
"""Powers of ten beyond which a number is compared, but no longer computed with."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: a UCUM code, or the singular word of a duration ('' and '1' are both "no unit")."""

    value: Decimal
    unit: str

    def scaled(self) -> tuple[str, Decimal]:
        """Dimension and value in its base unit; a number out of measure stays in its own unit."""
        if abs(self.value.adjusted()) > MAX_EXPONENT:
            return self.unit or "1", self.value
        dimension, factor = _SCALES.get(self.unit, (self.unit or "1", 1))
        return dimension, self.value * factor

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.unit in CALENDAR_UNITS else f"{self.value} '{self.unit or 1}'"


class Moment(NamedTuple):
    """A date, a date and time, or a time, as precise as it was written.

    `kind` is 'date', 'dateTime' or 'time'; `parts` goes from year (or hour) down to seconds with their fraction;
    `offset` is minutes east of UTC, None when not written.
    """

    kind: str
    parts: tuple[int | Decimal, ...]
    offset: int | None
    text: str

    def universal(self) -> tuple[int | Decimal, ...]:
        """The parts at UTC, when the offset is known; as written otherwise."""
        if not self.offset or len(self.parts) < 5:
            return self.parts
        year, month, day, hour, minute, *seconds = self.parts
        try:
            local = datetime(int(year), int(month), int(day), int(hour), int(minute))  # noqa: DTZ001 - shifted by hand
            at = local - timedelta(minutes=self.offset)
        except (OverflowError, ValueError):
            return self.parts
        return (at.year, at.month, at.day, at.hour, at.minute, *seconds)

    def __str__(self) -> str:
        return self.text


_DATE = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_CLOCK = r"(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d{1,30})?))?)?"
_ZONE = r"(Z|[+-]\d\d:\d\d)?"
_MOMENT = re.compile(_DATE + r"(T(?:" + _CLOCK + _ZONE + r")?)?", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?\d{1,100}(?:\.\d{1,100})?)\s*(?:'([^']*)'|([a-z]+))?", re.ASCII)


def read_moment(text: str) -> Moment | None:
    """The moment of a literal without its `@`: `2020-02`, `2020-02-01T10:00Z`, `T12:30`; None when it cannot exist."""
    return read_time(text[1:]) if text.startswith("T") else read_date_time(text)


def read_time(text: str) -> Moment | None:
    """A time of day; None when it is not one."""
    match = _TIME.fullmatch(text)
    parts = _clock(match.groups()) if match else None
    return Moment("time", parts, None, text) if parts else None


def read_date_time(text: str) -> Moment | None:
    """A date, or a date and time; None when it is not one, or not in the calendar."""
    if len(text) in (20, 25) and (moment := _read_usual(text)) is not None:
        return moment
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    date = tuple(int(part) for part in match.groups()[:3] if part)
    if not _in_calendar(date):
        return None
    if match[4] is None or match[4] == "T":
        return Moment("date" if match[4] is None else "dateTime", date, None, text)
    clock = _clock(match.groups()[4:7])
    if len(date) < 3 or clock is None:
        return None
    return Moment("dateTime", date + clock, _offset(match[8]), text)


def _read_usual(text: str) -> Moment | None:
    """The usual form, `2020-01-31T10:00:00Z` or with an offset, read at the speed of the interpreter's own reader."""
    if text[4] + text[7] + text[10] + text[13] + text[16] != "--T::" or text[19] not in "Z+-":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = 0 if len(text) == 20 else _offset(text[19:])
    return Moment("dateTime", (at.year, at.month, at.day, at.hour, at.minute, at.second), offset, text)


def _in_calendar(date: tuple[int, ...]) -> bool:
    if date[0] < 1 or (len(date) > 1 and not 1 <= date[1] <= 12):
        return False
    return len(date) < 3 or 1 <= date[2] <= 28 or 28 < date[2] <= monthrange(date[0], date[1])[1]


def _clock(written: tuple[str | None, ...]) -> tuple[int | Decimal, ...] | None:
    hour, minute, second = written
    parts: list[int | Decimal] = [int(hour or 0)]
    if minute is not None:
        parts.append(int(minute))
    if second is not None:
        parts.append(Decimal(second) if "." in second else int(second))
    return tuple(parts) if parts[0] < 24 and all(part < 60 for part in parts[1:]) else None


def _offset(zone: str | None) -> int | None:
    if zone is None or zone == "Z":
        return None if zone is None else 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def read_decimal(text: str) -> Decimal | None:
    """A number as FHIRPath writes it; None when the text is not one."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_quantity(text: str) -> Quantity | None:
    """`4 days`, `5.2 'mg'`, `3`; None when the text is not a quantity."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    if match[3]:
        return Quantity(Decimal(match[1]), CALENDAR_UNITS[match[3]]) if match[3] in CALENDAR_UNITS else None
    return Quantity(Decimal(match[1]), match[2] or "1")


def order_of_moments(left: Moment, right: Moment) -> int | None:
    """-1, 0 or 1; None when their precisions, or a missing offset, leave it open."""
    first, second = left.parts, right.parts
    if len(first) > 3 and len(second) > 3:
        if (left.offset is None) != (right.offset is None):
            return None
        first, second = left.universal(), right.universal()
    for one, other in zip(first, second, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(first) == len(second) else None


def moved(moment: Moment, by: Quantity) -> Moment | None:
    """The moment that much later, as precise as it was; None when the unit is no duration or the calendar ends."""
    unit = CALENDAR_UNITS.get(by.unit, {"s": "second", "ms": "millisecond"}.get(by.unit))
    if unit is None:
        return None
    try:
        if moment.kind == "time":
            return _moved_time(moment, unit, by.value)
        if unit in ("year", "month"):
            return _moved_months(moment, int(by.value) * (12 if unit == "year" else 1))
        return _moved_seconds(moment, unit, by.value)
    except (ArithmeticError, ValueError):
        return None


def _rebuilt(moment: Moment, parts: tuple[int | Decimal, ...]) -> Moment:
    """The same kind, precision and offset with other parts, and its text."""
    is_time = moment.kind == "time"
    date, clock = ((), parts) if is_time else (parts[:3], parts[3:])
    text = "-".join(f"{int(part):0{4 if index == 0 else 2}d}" for index, part in enumerate(date))
    if moment.kind == "dateTime":
        text += "T"
    text += ":".join(f"{part:02d}" if isinstance(part, int) else _seconds(part) for part in clock)
    if moment.offset is not None:
        zone = f"{'-' if moment.offset < 0 else '+'}{abs(moment.offset) // 60:02d}:{abs(moment.offset) % 60:02d}"
        text += zone if moment.offset else "Z"
    return Moment(moment.kind, parts, moment.offset, text)


def _seconds(value: Decimal) -> str:
    whole, _, fraction = f"{value:f}".partition(".")
    return whole.zfill(2) + (f".{fraction}" if fraction else "")


def _moved_time(moment: Moment, unit: str, value: Decimal) -> Moment | None:
    if unit in ("year", "month", "week", "day"):
        return None
    hour, minute, second = (*moment.parts, 0, 0)[:3]
    total = (hour * 3600 + minute * 60 + second + value * _SCALES[unit][1]) % 86_400
    parts = (int(total // 3600), int(total % 3600 // 60), Decimal(total % 60))
    return _rebuilt(moment, parts[: len(moment.parts)])


def _moved_months(moment: Moment, months: int) -> Moment | None:
    year, month, *rest = moment.parts if len(moment.parts) > 1 else (*moment.parts, 1)
    count = int(year) * 12 + int(month) - 1 + months
    new_year, new_month = count // 12, count % 12 + 1
    if not 1 <= new_year <= 9999:
        return None
    if rest:
        rest[0] = min(int(rest[0]), monthrange(new_year, new_month)[1])
    return _rebuilt(moment, (new_year, new_month, *rest)[: len(moment.parts)])


def _moved_seconds(moment: Moment, unit: str, value: Decimal) -> Moment | None:
    padded = (*moment.parts, *(1, 1, 1, 0, 0, Decimal(0))[len(moment.parts) :])
    year, month, day, hour, minute, second = padded
    seconds = second + value * _SCALES[unit][1]
    start = datetime(int(year), int(month), int(day), int(hour), int(minute))  # noqa: DTZ001 - the offset is kept apart
    whole = int(seconds // 1)
    at = start + timedelta(seconds=whole)
    parts = (at.year, at.month, at.day, at.hour, at.minute, Decimal(at.second) + (seconds - whole))
    return _rebuilt(moment, parts[: len(moment.parts)])
