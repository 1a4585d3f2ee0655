"""What was found faultless once is not checked again: codes, extensions and declarations repeat all over a lot.

Only what says the same wherever it stands is kept: nothing that holds a reference, a free text or a date. The key is
the whole value, with the types of its parts; kept values are few and small, and live as long as the compiled checks.
"""

from __future__ import annotations

import marshal
import re
from typing import TYPE_CHECKING, Any

from sidoba_engine.formats.fhir.run import Found, Run

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check

REMEMBERED = frozenset({"CodeableConcept", "Coding", "Extension", "Meta"})
"""Types of which a document repeats equal values."""

MOST_KEPT = 2000
LONGEST_KEY = 1500
_OF_ONE_PERSON = re.compile(
    rb"reference|text|value(?:String|Markdown|Date|Time|Instant|Identifier|Address|Human|Contact|Ann|Att)"
)


def remembering(check: Check) -> Check:
    """The same check, which answers at once for an equal value that was found faultless."""
    faultless: dict[bytes, tuple[str, ...]] = {}

    def remembered(value: Any, run: Run) -> Found:
        try:
            key = marshal.dumps(value, 2)
        except ValueError:  # an exact decimal, or a number that cannot be stored
            return check(value, run)
        unheld = faultless.get(key)
        if unheld is None:
            return _checked(check, value, run, key)
        for url in unheld:
            run.unheld[url] = None
        return None

    def _checked(check: Check, value: Any, run: Run, key: bytes) -> Found:
        noted, skipped = run.unheld, len(run.not_run)
        run.unheld = {}
        found = check(value, run)
        is_faultless = found is None and len(run.not_run) == skipped
        has_room = len(key) <= LONGEST_KEY and len(faultless) < MOST_KEPT
        if is_faultless and has_room and not _OF_ONE_PERSON.search(key):
            faultless[key] = tuple(run.unheld)
        noted.update(run.unheld)
        run.unheld = noted
        return found

    return remembered
