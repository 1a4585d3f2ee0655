"""A moment written in another way (ISO 8601, or the day first) → the HL7 form that CDA asks for."""

from __future__ import annotations

import re

from sidoba_engine.checks.spellings import LONGEST, spelled_date
from sidoba_engine.formats.cda.moments import is_moment

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})([.,][0-9]+)?)?"
    r"(?: ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?)?"
)
_FORM = ("AAAA", "MM", "JJ", "hh", "mm", "ss")


def hl7_spelling(written: str) -> tuple[str, bool] | None:
    """The same moment in HL7 form, and whether it can be read in one way only; None when it is no moment.

    Nothing is added: what had no time or no offset has none.

    >>> hl7_spelling("2025-03-14T09:30:00+01:00"), hl7_spelling("2025-03-14")
    (('20250314093000+0100', True), ('20250314', True))
    >>> hl7_spelling("14/03/2025"), hl7_spelling("05/06/2025"), hl7_spelling("2025-02-30")
    (('20250314', True), ('20250605', False), None)
    """
    text = written.strip()
    if len(text) > LONGEST:
        return None
    if is_moment(text):
        return (text, True) if text != written else None
    found = _ISO.fullmatch(text)
    if found is not None:
        *figures, fraction, offset = found.groups(default="")
        moment = "".join(figures) + fraction.replace(",", ".") + offset.replace(":", "").replace("Z", "+0000")
        return (moment, True) if is_moment(moment) else None
    day = spelled_date(text, with_time=False)
    return None if day is None else (str(day.value).replace("-", ""), day.certain)


def form_of(moment: str) -> str:
    """The form of an HL7 moment, as rules tell it to people.

    >>> form_of("20250314093000+0100"), form_of("202503")
    ('AAAAMMJJhhmmss+ZZzz', 'AAAAMM')
    """
    figures = re.match("[0-9]*", moment)
    written = figures[0] if figures else ""
    shown = "".join(part for rank, part in enumerate(_FORM) if len(written) > (2 * rank + 2 if rank else 0))
    return shown + ("+ZZzz" if re.search("[+-]", moment) else "")
