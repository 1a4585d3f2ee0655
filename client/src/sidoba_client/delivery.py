"""From the outbox to the platform and back: send, resend after a cut, follow a run to its end.

Every step is written to the outbox before the next one starts, so that any of them may be the last before a crash.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sidoba_client.errors import ApiError, CredentialsRefused, NotAllowed, Refused, Unreachable
from sidoba_client.outbox import Entry, EntryState, Outbox
from sidoba_client.platform import Platform, Received
from sidoba_client.wire import Run

ENDED_STATUSES = frozenset({"termine", "annule"})
FAILED_STATUS = "echoue"
FIRST_POLL_S = 0.5
LONGEST_POLL_S = 15.0


class Delivery:
    """Sends the entries of one outbox to one platform."""

    def __init__(self, outbox: Outbox, platform: Platform, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._outbox = outbox
        self._platform = platform
        self._sleep = sleep

    def deliver(self, entry: Entry) -> Entry:
        """Send one entry, or send it again under the same key, and note the receipt.

        Raises Refused or NotAllowed (the entry ends as refused), CredentialsRefused or Unreachable (the entry waits).
        """
        body = self._outbox.body(entry)
        entry = self._outbox.update(entry, attempts=entry.attempts + 1)
        try:
            receipt = self._platform.submit(entry.target, body, key=entry.key)
        except (Unreachable, CredentialsRefused) as error:
            self._outbox.update(entry, refusal_code=error.code, refusal_detail=error.detail)
            raise
        except (Refused, NotAllowed) as error:
            self._end_refused(entry, error)
            raise
        return self._outbox.update(
            entry,
            state=EntryState.RECEIVED,
            receipt=receipt.raw.decode(),
            run_id=receipt.value.run.id,
            filing_id=receipt.value.filing.id,
            refusal_code=None,
            refusal_detail=None,
        )

    def refresh(self, entry: Entry) -> tuple[Entry, Received[Run]]:
        """Ask once where the run of a received entry stands, and note it."""
        if entry.run_id is None:
            raise ValueError(f"entry {entry.id} has no receipt yet")
        run = self._platform.run(entry.run_id)
        return self.note(entry, run.value), run

    def note(self, entry: Entry, run: Run) -> Entry:
        """Write what is known of the run; its end ends the entry. A failed run can be replayed: the entry stays."""
        state = EntryState.ENDED if run.status in ENDED_STATUSES else entry.state
        if entry.outcome == run.status and entry.state is state:
            return entry
        return self._outbox.update(entry, state=state, outcome=run.status)

    def follow(
        self, entry: Entry, *, progress: Callable[[Run], None], deadline_s: float | None = None
    ) -> tuple[Entry, Received[Run]]:
        """Ask until the run has ended (or failed), as often as the platform suggests.

        `deadline_s` bounds the wait from now: Unreachable `ATTENTE_DEPASSEE` past it. The entry stays received.
        """
        ends_at = None if deadline_s is None else time.monotonic() + deadline_s
        pause = FIRST_POLL_S
        while True:
            entry, run = self.refresh(entry)
            progress(run.value)
            if run.value.status in ENDED_STATUSES | {FAILED_STATUS}:
                return entry, run
            wait = run.retry_after_s if run.retry_after_s is not None else pause
            wait = min(max(wait, FIRST_POLL_S), LONGEST_POLL_S)
            if ends_at is not None and time.monotonic() + wait > ends_at:
                raise Unreachable(
                    f"Le traitement {entry.run_id} n'est pas fini dans le temps donné ; il continue.",
                    code="ATTENTE_DEPASSEE",
                )
            self._sleep(wait)
            pause = min(pause * 1.5, LONGEST_POLL_S)

    def current(self, entry: Entry) -> Entry:
        """The entry as the outbox has it now."""
        return self._outbox.reread(entry.id) or entry

    def _end_refused(self, entry: Entry, error: ApiError) -> None:
        self._outbox.update(entry, state=EntryState.REFUSED, refusal_code=error.code, refusal_detail=error.detail)
