"""Worker entry points. One job = one run; the correlation id of the request follows it."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import close_old_connections
from procrastinate import JobContext
from procrastinate.contrib.django import app

from sidoba_server.core import correlation
from sidoba_server.processing.actions import give_up, judge_run
from sidoba_server.processing.retry import RunRetry, attempts_allowed

QUEUE = "traitements"

journal = structlog.get_logger(__name__)


@app.task(queue=QUEUE, retry=RunRetry(), pass_context=True)
def process_run(context: JobContext, *, run_id: str, correlation_id: str) -> None:
    """Judge one run. On the last failed try the run is given up, its payload kept."""
    correlation.bind(correlation_id)
    close_old_connections()
    try:
        judge_run(UUID(run_id))
    except Exception as fault:
        journal.exception("run_failed", run=run_id, attempt=context.job.attempts + 1)
        if context.job.attempts + 1 >= attempts_allowed(fault):
            give_up(UUID(run_id))
        raise
    finally:
        close_old_connections()
