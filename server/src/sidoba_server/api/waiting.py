"""`Prefer: wait=N` (RFC 7240): what was received and queued is waited for, within bounds."""

from __future__ import annotations

import re
import threading
import time

from django.http import HttpRequest

from sidoba_server.core.actor import Actor
from sidoba_server.processing.actions import ENDED
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.processing.queries import run_with_id

LONGEST_WAIT_S = 10
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.03, 0.25
MOST_WAITING = 2
"""Requests of one process that may wait at once: the other threads go on receiving."""

_WAIT = re.compile(r"\s*wait\s*=\s*\"?([0-9]{1,6})\"?\s*", re.IGNORECASE)
_places = threading.BoundedSemaphore(MOST_WAITING)


def asked_wait(request: HttpRequest) -> int | None:
    """Seconds the caller is ready to wait, at most `LONGEST_WAIT_S`; None when they ask for no wait."""
    for preference in request.headers.get("Prefer", "").split(","):
        found = _WAIT.fullmatch(preference.partition(";")[0])
        if found:
            return min(int(found[1]), LONGEST_WAIT_S)
    return None


def awaited(actor: Actor, run: ProcessingRun, *, at_most_s: int) -> ProcessingRun:
    """The run once it has ended, or as it stands after that time; at once when too many are waiting already."""
    limit, pause = time.monotonic() + at_most_s, FIRST_PAUSE_S
    if run.status in ENDED or not _places.acquire(blocking=False):
        return run
    try:
        while run.status not in ENDED and (left := limit - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE_S)
            run = run_with_id(actor, run.pk)
    finally:
        _places.release()
    return run
