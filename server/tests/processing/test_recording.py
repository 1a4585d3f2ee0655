"""A verdict is recorded once, adds up, and is the one the engine gives anywhere."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
import situations
from calling import Scene
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.verdict import DocumentType, DocumentVerdict
from sidoba_server.core.models import AuditEvent
from sidoba_server.directory.models import Establishment
from sidoba_server.filings.models import Filing, UserDocument, Value
from sidoba_server.processing.actions import give_up, judge_run, record_verdict
from sidoba_server.processing.judged import judged_documents, tally_of
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument


@pytest.fixture
def filing(scene: Scene) -> Filing:
    return situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)


def rows(run: ProcessingRun) -> dict[str, int]:
    """How many rows a run has left."""
    return {
        "documents": RunDocument.objects.filter(run=run).count(),
        "anomalies": RunAnomaly.objects.filter(run=run).count(),
        "values": Value.objects.filter(run_id=run.pk).count(),
        "user documents": UserDocument.objects.filter(run_id=run.pk).count(),
        "events": AuditEvent.objects.filter(tag="traitement.termine", facts__traitement=str(run.pk)).count(),
    }


@pytest.mark.django_db
def test_judged_twice_is_recorded_once(scene: Scene, filing: Filing) -> None:
    run = situations.judged(situations.a_submission(scene.access, filing, situations.a_structure_body()))
    before = rows(run), run.ended_at, run.attempts
    judge_run(run.pk)
    run.refresh_from_db()
    assert (rows(run), run.ended_at, run.attempts) == before
    assert before[0]["events"] == before[0]["documents"] == 1


@pytest.mark.django_db
def test_recorded_twice_is_recorded_once(filing: Filing) -> None:
    """Two workers judged: the second one finds it done."""
    run = situations.a_waiting_run(filing)
    verdicts = [situations.a_user_document(0, situations.an_anomaly("R-CDA-047"))]
    for _ in range(2):
        record_verdict(run.pk, verdicts, catalogue=installed_catalogue())
    assert rows(run) == {"documents": 1, "anomalies": 1, "values": 0, "user documents": 1, "events": 1}


def test_two_workers_at_once(committed_scene: Scene) -> None:
    scene = committed_scene
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    runs = [
        situations.a_submission(scene.access, filing, situations.a_structure_body()).submission.run_id for _ in range(4)
    ]
    gate, faults = threading.Barrier(4), []

    def work() -> None:
        try:
            gate.wait(10)
            for run_id in runs:
                judge_run(run_id)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    for run in ProcessingRun.objects.all():
        assert run.status == "termine" and rows(run)["documents"] == rows(run)["events"] == 1
    assert Value.objects.filter(superseded_at=None).count() == len(situations.example_values())


@pytest.mark.django_db
def test_given_up_is_the_end(scene: Scene, filing: Filing) -> None:
    received = situations.a_submission(scene.access, filing, situations.a_structure_body())
    give_up(received.submission.run_id)
    give_up(received.submission.run_id)
    run = situations.judged(received)
    assert run.status == "echoue" and not RunDocument.objects.exists()
    assert AuditEvent.objects.filter(tag="traitement.echoue").count() == 1


@pytest.mark.django_db
def test_an_ended_run_is_not_given_up(scene: Scene, filing: Filing) -> None:
    run = situations.judged(situations.a_submission(scene.access, filing, situations.a_structure_body()))
    give_up(run.pk)
    run.refresh_from_db()
    assert run.status == "termine"


@given(
    documents=st.lists(st.lists(st.sampled_from(list(Severity)), max_size=4), min_size=1, max_size=30),
    mode=st.sampled_from(["partiel", "tout_ou_rien"]),
)
def test_the_parts_of_a_tally_add_up(documents: list[list[Severity]], mode: str) -> None:
    """Whatever the verdicts and the mode; and each document is counted under its own status."""
    verdicts = [_verdict(index, severities) for index, severities in enumerate(documents)]
    judged = judged_documents(verdicts, mode=mode, establishment=Establishment(finess="019999994"))
    tally = tally_of(judged)
    assert tally["recus"] == len(documents) == sum(tally.values()) - tally["recus"]
    faulty = sum(Severity.BLOCKING in severities for severities in documents)
    expected = len(documents) if mode == "tout_ou_rien" and faulty else faulty
    assert tally["refuses"] == expected
    if expected == faulty:
        warned = sum(Severity.WARNING in severities and Severity.BLOCKING not in severities for severities in documents)
        assert tally["acceptes_avec_avertissement"] == warned


def _verdict(index: int, severities: Sequence[Severity]) -> DocumentVerdict:
    anomaly = situations.an_anomaly("R-CDA-003")
    anomalies = tuple(replace(anomaly, severity=severity) for severity in severities)
    return DocumentVerdict(index, DocumentType.CDA, anomalies, ())


@pytest.mark.django_db
def test_a_run_cannot_be_ended_without_its_tally(filing: Filing) -> None:
    run = situations.a_waiting_run(filing)
    with pytest.raises(IntegrityError, match="run_ended_with_its_tally"), transaction.atomic():
        ProcessingRun.objects.filter(pk=run.pk).update(status="termine")


@pytest.mark.django_db
@pytest.mark.parametrize(("column", "value"), [("status", "fini"), ("kind", "autre"), ("mode", "autre")])
def test_the_database_knows_the_words_of_a_run(filing: Filing, column: str, value: str) -> None:
    run = situations.a_waiting_run(filing)
    with pytest.raises(IntegrityError, match=f"run_{column}_known"), transaction.atomic():
        ProcessingRun.objects.filter(pk=run.pk).update(**{column: value})
