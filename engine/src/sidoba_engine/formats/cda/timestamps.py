"""HL7 timestamps (`20230414103000+0200`) and the moments of records (`2023-04-14T10:30:00+02:00`), both ways."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from sidoba_engine.records.values import Moment

_TIMESTAMP = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(\.[0-9]+)?)?)?)?)?)?([+-][0-9]{4})?"
)


@lru_cache(maxsize=1024)
def moment_of(timestamp: str) -> Moment | None:
    """The moment that a timestamp tells, as precise as it is; None when it is not one, or not of the calendar.

    The offset of a mere day is left out: a day has none in a record.

    >>> moment_of("20230414103000+0200"), moment_of("194704"), moment_of("20230230")
    ('2023-04-14T10:30:00+02:00', '1947-04', None)
    """
    found = _TIMESTAMP.fullmatch(timestamp)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups(default="")
    try:
        datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 (is it of the calendar?)
    except ValueError:
        return None
    written = "-".join(filter(None, (year, month, day)))
    if not hour:
        return Moment(written)
    written += "T" + ":".join(filter(None, (hour, minute, second))) + fraction
    return Moment(f"{written}{offset[:3]}:{offset[3:]}" if offset else written)


def timestamp_of(moment: Moment) -> str:
    """The timestamp of a moment.

    >>> timestamp_of(Moment("2023-04-14T10:30:00-04:00")), timestamp_of(Moment("1947-04"))
    ('20230414103000-0400', '194704')
    """
    day, _, time = moment.partition("T")
    if not time:
        return day.replace("-", "")
    sign = "-" if "-" in time else "+"
    clock, _, offset = time.partition(sign)
    written = day.replace("-", "") + clock.replace(":", "")
    return f"{written}{sign}{offset.replace(':', '')}" if offset else written
