"""Which faults are tried again, and when: one table."""

from __future__ import annotations

from django.conf import settings
from django.db import InterfaceError, OperationalError
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

TRANSIENT: tuple[type[BaseException], ...] = (OperationalError, InterfaceError, ConnectionError, TimeoutError)
"""Faults of the machines around us: worth trying again as often as allowed."""

UNEXPECTED_ATTEMPTS = 3
"""Any other fault is ours: a few tries, then the run is `echoue`, its payload kept."""


class RunRetry(BaseRetryStrategy):
    """Exponential waits, 1 s to 60 s, by type of fault."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None to give up."""
        if job.attempts + 1 >= attempts_allowed(exception):
            return None
        return RetryDecision(retry_in={"seconds": min(60, 2**job.attempts)})


def attempts_allowed(exception: BaseException) -> int:
    """Tries for that type of fault, the first one included."""
    return settings.SIDOBA_JOB_ATTEMPTS if isinstance(exception, TRANSIENT) else UNEXPECTED_ATTEMPTS
