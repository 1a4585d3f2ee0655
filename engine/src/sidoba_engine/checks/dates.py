"""Dates of key-value data: a day, and in the entity `evenement` a time with its offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?")

_WINTER, _SUMMER = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))


class NotADate(ValueError):
    """The text is not written as a date."""


class NoSuchDay(ValueError):
    """Written as a date (or a time), and the calendar (or the clock) does not have it."""


def read_date(text: str, *, with_time: bool = False) -> date:
    """The day, or the `datetime` with its offset; a time without offset is Europe/Paris.

    Raises NotADate or NoSuchDay.

    >>> read_date("2025-12-31")
    datetime.date(2025, 12, 31)
    """
    day = _DAY.match(text)
    if day is None:
        raise NotADate
    rest = text[10:]
    time = _TIME.fullmatch(rest) if with_time else None
    if rest and time is None:
        raise NotADate
    try:
        if time is None:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoSuchDay from None
    return moment if time["offset"] else moment.replace(tzinfo=paris_offset(moment))


def paris_offset(local: datetime) -> timezone:
    """Offset of a Paris clock reading: summer time from the last Sunday of March, 2:00, to that of October, 3:00.

    Written out (European directive 2000/84/EC) so that a verdict does not depend on the machine's zone files; a reading
    that the autumn change gives twice is taken as summer time.

    >>> paris_offset(datetime(2025, 7, 14)), paris_offset(datetime(2025, 12, 25))
    (datetime.timezone(datetime.timedelta(seconds=7200)), datetime.timezone(datetime.timedelta(seconds=3600)))
    """
    naive = local.replace(tzinfo=None)
    start = _last_sunday(naive.year, 3) + timedelta(hours=2)
    end = _last_sunday(naive.year, 10) + timedelta(hours=3)
    return _SUMMER if start <= naive < end else _WINTER


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, tzinfo=UTC).replace(tzinfo=None)
    return last - timedelta(days=(last.weekday() + 1) % 7)
