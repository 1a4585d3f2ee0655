"""What dead workers left undone: jobs go back to the queue, runs without job get one, and there is an end to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from calling import Scene


def test_a_run_that_lost_its_job_gets_another(committed_scene: Scene) -> None:
    run = _received(committed_scene)
    _sql("DELETE FROM procrastinate_jobs")
    _take_back()
    job = _job()
    assert (job.status, job.args["run_id"]) == ("todo", str(run.pk))
    assert job.args["correlation_id"] == run.correlation_id
    _take_back()
    assert _job().pk == job.pk, "a run that has a job gets no second one"


def test_the_job_of_a_dead_worker_goes_back_to_the_queue(committed_scene: Scene) -> None:
    _received(committed_scene)
    _sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
    _sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    _take_back()
    assert (_job().status, _job().attempts) == ("todo", 1)


def test_the_job_of_a_living_worker_is_left_alone(committed_scene: Scene) -> None:
    _received(committed_scene)
    _sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    _sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    _take_back()
    assert (_job().status, _job().attempts) == ("doing", 0)


def test_a_run_that_kills_every_worker_is_given_up(committed_scene: Scene, settings: Any) -> None:
    run = _received(committed_scene)
    _sql("UPDATE procrastinate_jobs SET status = 'doing', attempts = %s", settings.SIDOBA_JOB_ATTEMPTS - 1)
    _take_back()
    run.refresh_from_db()
    assert (run.status, _job().status) == ("echoue", "failed")
    _take_back()
    assert _job().status == "failed", "a run given up is not queued again"


def _received(scene: Scene) -> Any:
    """The run of one submission, waiting."""
    from sidoba_server.processing.models import ProcessingRun

    assert scene.send().status_code == 202
    return ProcessingRun.objects.get()


def _take_back() -> None:
    from procrastinate.contrib.django import app
    from sidoba_server.ops.recovery import take_back
    from sidoba_server.ops.worker import connector

    async def once() -> None:
        with app.replace_connector(connector()):
            async with app.open_async():
                await take_back(app)

    asyncio.run(once())


def _job() -> Any:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.get()


def _sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
