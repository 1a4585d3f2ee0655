"""What a dead worker or a lost database left undone is taken back: stalled jobs, and runs without any job."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connections
from procrastinate import App
from procrastinate.jobs import Job, Status

from sidoba_server.processing.actions import give_up
from sidoba_server.processing.queries import runs_without_job
from sidoba_server.processing.tasks import QUEUE, process_run

journal = structlog.get_logger(__name__)

_ONE_AT_A_TIME = 0x51D0BA02


async def take_back_for_ever(app: App) -> None:
    """Look again every third of the time a worker may stay silent."""
    while True:
        await asyncio.sleep(settings.SIDOBA_STALLED_AFTER / 3)
        await take_back(app)


async def take_back(app: App) -> None:
    """Queue again the jobs of silent workers and the runs that lost their job. One worker at a time does it."""
    async with app.connector.pool.connection() as connection, connection.transaction():  # type: ignore[attr-defined]
        cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        (alone,) = await cursor.fetchone()
        if not alone:
            return
        stalled = await app.job_manager.get_stalled_jobs(
            queue=QUEUE, seconds_since_heartbeat=settings.SIDOBA_STALLED_AFTER
        )
        for job in stalled:
            await _try_again(app, job)
        for run_id, correlation_id in await asyncio.to_thread(_orphans):
            journal.warning("run_without_job", run=run_id)
            await process_run.defer_async(run_id=run_id, correlation_id=correlation_id)


async def _try_again(app: App, job: Job) -> None:
    """The job of a silent worker goes back to the queue, unless it was tried enough (it may kill its workers)."""
    run_id = job.task_kwargs["run_id"]
    journal.warning("job_stalled", run=run_id, attempts=job.attempts)
    if job.attempts + 1 < settings.SIDOBA_JOB_ATTEMPTS:
        await app.job_manager.retry_job(job)
        return
    await asyncio.to_thread(_give_up, UUID(str(run_id)))
    await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)


def _orphans() -> list[tuple[str, str]]:
    try:
        return [(str(run.pk), run.correlation_id) for run in runs_without_job(queue=QUEUE)]
    finally:
        connections.close_all()


def _give_up(run_id: UUID) -> None:
    try:
        give_up(run_id)
    finally:
        connections.close_all()
