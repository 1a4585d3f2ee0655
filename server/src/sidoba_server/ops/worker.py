"""The worker: takes runs from the queue until told to stop, whatever PostgreSQL does meanwhile.

A session lasts as long as the database answers. When it is lost, the worker waits and begins another session; a run cut
short stays in the queue's table under a worker that no longer beats, and is taken back (`recovery`).
"""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress

import psycopg
import structlog
from django.conf import settings
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app, connector_params

from sidoba_server.ops import recovery
from sidoba_server.processing.tasks import QUEUE

journal = structlog.get_logger(__name__)

FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 5.0
POOL_TIMEOUT_S = 3.0
"""A database that gives no connection for that long is lost: the session ends, and its own waiting takes over."""


def work() -> None:
    """Work until SIGTERM or SIGINT; the run under way is finished first. Django is set up already."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # a lost session is told once, by us
    asyncio.run(_Worker().run())


def connector() -> PsycopgConnector:
    """The connections of one session, to Django's database."""
    return PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=5, timeout=POOL_TIMEOUT_S)


async def _answers() -> None:
    """Raises psycopg.OperationalError at once when the database does not answer: a pool would wait for it."""
    async with await psycopg.AsyncConnection.connect(**connector_params()):
        pass


class _Worker:
    """One process of the worker."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._delay = FIRST_DELAY_S

    async def run(self) -> None:
        """Session after session until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        while not self._stopping.is_set():
            try:
                await self._session()
            except Exception as fault:  # a worker that ends helps nobody: say it, wait, try again
                journal.warning("worker_session_lost", fault=type(fault).__name__, again_in=self._delay)
            await self._pause()
        journal.info("worker_stopped")

    async def _session(self) -> None:
        with app.replace_connector(connector()):
            await _answers()
            async with app.open_async():
                await recovery.take_back(app)
                journal.info("worker_ready", queue=QUEUE)
                self._delay = FIRST_DELAY_S
                await self._until_first_ends()

    async def _until_first_ends(self) -> None:
        """Until told to stop, or until the database is lost. The run under way ends before this returns."""
        stalled_after = settings.SIDOBA_STALLED_AFTER
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=stalled_after / 4,
                stalled_worker_timeout=stalled_after,
            )
        )
        sides = [asyncio.create_task(recovery.take_back_for_ever(app)), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait([working, *sides], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*sides, working):
                task.cancel()  # procrastinate takes this as a request to stop once the run under way has ended
            await asyncio.gather(*sides, working, return_exceptions=True)
        for task in (*sides, working):
            if not task.cancelled() and (fault := task.exception()):
                raise fault

    async def _pause(self) -> None:
        if not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._delay)
        self._delay = min(self._delay * 2, LONGEST_DELAY_S)
