"""`X-Correlation-Id`: taken or made, returned, stored with the submission, carried into the worker's log."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import situations
from calling import Caller, Scene, body_of
from procrastinate.contrib.django.models import ProcrastinateJob
from sidoba_server.core.models import AuditEvent
from sidoba_server.intake.models import Submission
from sidoba_server.processing.models import ProcessingRun

HEADER = "X-Correlation-Id"


@pytest.mark.parametrize("given", ["essai.42", "a", "A-Z_0:9", "x" * 100])
def test_taken(given: str) -> None:
    assert Caller().get("/sante/live", X_Correlation_Id=given)[HEADER] == given


@pytest.mark.parametrize("given", ["", "x" * 101, "deux mots", "é", "a\nb", "<script>", '"', "a,b"])
def test_made_when_it_cannot_be_taken(given: str) -> None:
    made = Caller().get("/sante/live", X_Correlation_Id=given)[HEADER]
    assert uuid.UUID(made).version == 7 and made != given


def test_each_request_has_its_own() -> None:
    assert len({Caller().get("/sante/live")[HEADER] for _ in range(5)}) == 5


@pytest.mark.django_db
def test_stored_with_all_a_submission_leaves(scene: Scene) -> None:
    scene.send(X_Correlation_Id="essai-9")
    assert Submission.objects.get().correlation_id == "essai-9"
    assert ProcessingRun.objects.get().correlation_id == "essai-9"
    assert ProcrastinateJob.objects.get().args["correlation_id"] == "essai-9"
    assert AuditEvent.objects.get(tag="envoi.recu").correlation_id == "essai-9"


@pytest.mark.django_db
def test_a_replay_keeps_the_first_one(scene: Scene) -> None:
    scene.send(key="cle", X_Correlation_Id="premier")
    again = scene.send(key="cle", X_Correlation_Id="second")
    assert again[HEADER] == "second" and Submission.objects.get().correlation_id == "premier"


def test_carried_into_the_worker(
    committed_scene: Scene, work_here: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Each run is logged, and told to the audit trail, under the id of the request that brought it."""
    scene = committed_scene
    sent = {f"essai-{number}": body_of(scene.send(X_Correlation_Id=f"essai-{number}")) for number in range(3)}
    with caplog.at_level(logging.INFO):
        work_here()
    ended = {line["run"]: line["correlation_id"] for line in lines(caplog) if line["event"] == "run_ended"}
    assert ended == {receipt["traitement"]["id"]: given for given, receipt in sent.items()}
    told = AuditEvent.objects.filter(tag="traitement.termine").order_by("sequence")
    assert [event.correlation_id for event in told] == list(sent)


@pytest.mark.django_db
def test_in_the_log_of_a_refusal(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        scene.caller.get("/api/v1/collectes/0?nom=DUPONT", X_Correlation_Id="essai-3")
    (line,) = [line for line in lines(caplog) if line["event"] == "refused"]
    assert (line["code"], line["status"], line["correlation_id"]) == ("RESSOURCE_INCONNUE", 404, "essai-3")
    assert "DUPONT" not in str(line), "a query string is not logged"


def test_nothing_is_left_of_it_afterwards(db: None) -> None:
    """What is done outside of any request has no id, never that of the last request served by the thread."""
    Caller().get("/sante/live", X_Correlation_Id="reste")
    situations.a_campaign()
    assert set(AuditEvent.objects.values_list("correlation_id", flat=True)) == {""}


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What our own loggers wrote, key by key."""
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]
