"""A run that fails is tried again; when all tries have failed it is `echoue`, and what was received is still there."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import situations
from calling import Scene, body_of
from cryptography.exceptions import InvalidTag
from django.db import InterfaceError, OperationalError
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job
from sidoba_server.core import clock
from sidoba_server.core.models import Payload, PayloadBlock
from sidoba_server.core.payloads import read_payload
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.processing.retry import TRANSIENT, UNEXPECTED_ATTEMPTS, RunRetry, attempts_allowed


def until_nothing_waits(work: Callable[[], None]) -> None:
    """Work, wait for what is to be tried again, work again."""
    deadline = time.monotonic() + 60
    while ProcrastinateJob.objects.filter(status="todo").exists():
        assert time.monotonic() < deadline
        work()
        time.sleep(0.2)


def test_tried_again_then_given_up(committed_scene: Scene, work_here: Callable[[], None]) -> None:
    """A block is gone from the store: each try fails the same way. The other run is not held up."""
    scene = committed_scene
    lost = body_of(scene.send())
    PayloadBlock.objects.all().delete()
    PayloadBlock.objects.create(payload=Payload.objects.get(), number=0, sealed=b"abime" * 20)
    good = body_of(scene.send(situations.a_structure_body(situations.example_values(nombre_de_places=41))))
    until_nothing_waits(work_here)
    run = ProcessingRun.objects.get(pk=lost["traitement"]["id"])
    assert (run.status, run.attempts) == ("echoue", UNEXPECTED_ATTEMPTS)
    assert run.ended_at is not None and run.tally is None
    assert Payload.objects.filter(digest=run.payload_digest).exists(), "kept, for a replay"
    assert ProcessingRun.objects.get(pk=good["traitement"]["id"]).status == "termine"
    told = body_of(scene.caller.get(lost["traitement"]["href"]))
    assert told["statut"] == "echoue" and "bilan" not in told


def test_repaired_before_the_last_try(committed_scene: Scene, work_here: Callable[[], None]) -> None:
    scene = committed_scene
    scene.send()
    block = PayloadBlock.objects.get()
    sealed = bytes(block.sealed)
    PayloadBlock.objects.update(sealed=b"abime" * 20)
    work_here()
    assert ProcessingRun.objects.get().status == "en_cours", "between two tries"
    PayloadBlock.objects.update(sealed=sealed)
    until_nothing_waits(work_here)
    run = ProcessingRun.objects.get()
    assert (run.status, run.attempts) == ("termine", 2)


def test_payload_purged(committed_scene: Scene, work_here: Callable[[], None]) -> None:
    committed_scene.send()
    Payload.objects.all().delete()
    until_nothing_waits(work_here)
    assert ProcessingRun.objects.get().status == "echoue"


@pytest.mark.django_db
def test_a_sealed_payload_cannot_be_changed(scene: Scene) -> None:
    """A bit turned in the store is a fault, never other data."""
    scene.send()
    payload, block = Payload.objects.get(), PayloadBlock.objects.get()
    sealed = bytearray(bytes(block.sealed))
    sealed[len(sealed) // 2] ^= 1
    PayloadBlock.objects.update(sealed=bytes(sealed))
    with pytest.raises(InvalidTag):
        read_payload(environment="bac_a_sable", digest=payload.digest)


@pytest.mark.parametrize("fault", [OperationalError(), InterfaceError(), ConnectionError(), TimeoutError()])
def test_faults_of_the_machines_are_tried_longer(fault: Exception, settings: pytest.FixtureRequest) -> None:
    assert isinstance(fault, TRANSIENT)
    assert attempts_allowed(fault) == settings.SIDOBA_JOB_ATTEMPTS > UNEXPECTED_ATTEMPTS  # type: ignore[attr-defined]


def test_waits_grow_to_a_minute() -> None:
    waits = []
    for attempts in range(7):
        job = Job(id=1, lock=None, queueing_lock=None, task_name="t", queue="q", attempts=attempts)
        decision = RunRetry().get_retry_decision(exception=OperationalError(), job=job)
        assert decision is not None and decision.retry_at is not None
        waits.append(round((decision.retry_at - clock.now()).total_seconds()))
    assert waits == [1, 2, 4, 8, 16, 32, 60]
