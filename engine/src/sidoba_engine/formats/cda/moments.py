"""HL7 timestamps (TS): `AAAA[MM[JJ[hh[mm[ss[.f…]]]]]][±hhmm]`, from the year to a fraction of a second."""

from __future__ import annotations

import re
from datetime import date

_MOMENT = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d+))?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?", re.ASCII
)
_FURTHEST_OFFSET = 14 * 60
"""In minutes: no clock on Earth is further from UTC."""
_MINUTES_A_DAY = 24 * 60

Key = tuple[int, int, str]


def is_moment(text: str) -> bool:
    """True when the text is a timestamp that exists: day of its month, hour, minute, second, offset."""
    return moment_key(text) is not None


def moment_key(text: str) -> Key | None:
    """What sorts timestamps by instant: minutes in UTC, seconds, fraction. None when the text is no timestamp.

    Parts left out count as the first moment they could be; without offset, UTC is taken.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, ahead_hours, ahead_minutes = found.groups()
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59 or year == "0000":
        return None
    ahead = 0
    if sign is not None:
        ahead = int(ahead_hours) * 60 + int(ahead_minutes)
        if int(ahead_minutes) > 59 or ahead > _FURTHEST_OFFSET:
            return None
    try:
        days = date(int(year), int(month or 1), int(day or 1)).toordinal()
    except ValueError:
        return None
    elapsed = days * _MINUTES_A_DAY + hours * 60 + minutes
    return elapsed + (ahead if sign == "-" else -ahead), seconds, (fraction or "").rstrip("0")
