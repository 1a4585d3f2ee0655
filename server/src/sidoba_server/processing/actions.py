"""Writes of processing: queue a run, judge it, record its verdict. Recording is safe to run twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.db import connection, transaction
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor, platform
from sidoba_server.core.payloads import read_payload
from sidoba_server.filings import actions as filings
from sidoba_server.filings.models import Filing
from sidoba_server.processing.facts import facts_for, structure_model_of
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument
from sidoba_server.processing.pseudonyms import masked_identifier_of, pseudonym_of

DOORS = {"structure": Door.KEY_VALUE, "cda": Door.CDA_BUNDLE}

journal = structlog.get_logger(__name__)


def queue_run(
    filing: Filing,
    *,
    run_id: UUID,
    submission_id: UUID,
    kind: str,
    mode: str,
    payload_digest: str,
    received_at: datetime,
    correlation_id: str,
) -> ProcessingRun:
    """Queue the processing of a submission, in the transaction that stores it: run, rank and job together."""
    from sidoba_server.processing.tasks import process_run  # the task calls back into this module

    run = ProcessingRun.objects.create(
        id=run_id,
        filing=filing,
        submission_id=submission_id,
        kind=kind,
        mode=mode,
        payload_digest=payload_digest,
        received_at=received_at,
        correlation_id=correlation_id,
        rank=_next_rank(),
    )
    process_run.defer(run_id=str(run.pk), correlation_id=correlation_id)
    return run


def judge_run(run_id: UUID) -> None:
    """Judge one run and record its verdict. Does nothing when the run has ended already."""
    run = _take(run_id)
    if run is None:
        return
    catalogue = installed_catalogue()
    content = read_payload(environment=run.filing.campaign.environment, digest=run.payload_digest)
    model = structure_model_of(run.filing, catalogue) if run.kind == "structure" else None
    verdicts = list(judge(content, catalogue=catalogue, facts=facts_for(run.filing), door=DOORS[run.kind], model=model))
    comments = _comments_in(content) if run.kind == "structure" and verdicts[0].is_conformant else {}
    record_verdict(run.pk, verdicts, catalogue=catalogue, comments=comments, received=_count_received(run, content))


@transaction.atomic
def record_verdict(
    run_id: UUID,
    verdicts: Sequence[DocumentVerdict],
    *,
    catalogue: Catalogue,
    comments: dict[str, str],
    received: int | None,
) -> None:
    """The verdict, the accepted data, the tally and the audit event in one transaction, once."""
    run = ProcessingRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.status in ("termine", "annule"):
        return
    filing = filings.lock(run.filing_id)
    actor = platform(filing.campaign.environment)
    statuses = _statuses(verdicts, mode=run.mode)
    _write_documents(run, filing, verdicts, statuses)
    _accept(actor, filing, run, verdicts, statuses, comments=comments, received=received)
    run.tally = tally_of(statuses)
    run.status, run.ended_at = "termine", clock.now()
    run.catalogue_version, run.catalogue_digest = catalogue.version, catalogue.digest
    run.save()
    audit.tell(actor, "traitement.termine", filing, traitement=run.pk, **run.tally)
    journal.info("run_ended", run=str(run.pk), filing=str(filing.pk), **run.tally)


@transaction.atomic
def give_up(run_id: UUID) -> None:
    """All tries failed: the run is `echoue`; its payload stays and can be replayed."""
    run = ProcessingRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.status in ("termine", "annule", "echoue"):
        return
    run.status, run.ended_at = "echoue", clock.now()
    run.save()
    filing = filings.lock(run.filing_id)
    audit.tell(platform(filing.campaign.environment), "traitement.echoue", filing, traitement=run.pk)


TALLY = ("recus", "acceptes", "acceptes_avec_avertissement", "refuses", "inchanges")
"""Members of `bilan`, in the order of the contract."""


def tally_of(statuses: Sequence[str]) -> dict[str, int]:
    """`bilan` of the contract: its parts add up to `recus`, always."""
    count = Counter(statuses)
    return {
        "recus": len(statuses),
        "acceptes": count["accepte"],
        "acceptes_avec_avertissement": count["accepte_avec_avertissement"],
        "refuses": count["refuse"],
        "inchanges": count["inchange"],
    }


@transaction.atomic
def _take(run_id: UUID) -> ProcessingRun | None:
    run = (
        ProcessingRun.objects.select_for_update(of=("self",))
        .select_related("filing__campaign", "filing__establishment")
        .get(pk=run_id)
    )
    if run.status in ("termine", "annule", "echoue"):
        return None
    run.status = "en_cours"
    run.started_at = run.started_at or clock.now()
    run.attempts += 1
    run.save(update_fields=["status", "started_at", "attempts"])
    return run


def _statuses(verdicts: Sequence[DocumentVerdict], *, mode: str) -> list[str]:
    """The status of each document; in `tout_ou_rien`, one refused refuses all."""
    if mode == "tout_ou_rien" and not all(verdict.is_conformant for verdict in verdicts):
        return ["refuse"] * len(verdicts)
    return [
        "refuse" if not verdict.is_conformant else "accepte_avec_avertissement" if verdict.has_warnings else "accepte"
        for verdict in verdicts
    ]


def _write_documents(
    run: ProcessingRun, filing: Filing, verdicts: Sequence[DocumentVerdict], statuses: Sequence[str]
) -> None:
    rows = RunDocument.objects.bulk_create(
        RunDocument(
            run=run,
            position=verdict.index,
            pseudonym=pseudonym_of(verdict.service_user, filing.establishment) if verdict.service_user else "",
            masked_identifier=masked_identifier_of(verdict.service_user) if verdict.service_user else "",
            status=status,
            total_anomalies=len(verdict.anomalies),
            judgement=verdict_json.encode(
                verdict_json.judgement_object(verdict, limit=verdict_json.LISTED_BY_THE_API)
            ).decode(),
        )
        for verdict, status in zip(verdicts, statuses, strict=True)
    )
    RunAnomaly.objects.bulk_create(
        (
            RunAnomaly(
                run=run,
                document=row,
                rule=anomaly.rule,
                severity=anomaly.severity.value,
                body=verdict_json.encode(verdict_json.anomaly_object(anomaly)).decode(),
            )
            for row, verdict in zip(rows, verdicts, strict=True)
            for anomaly in verdict.anomalies[: verdict_json.LISTED_BY_THE_API]
        ),
        batch_size=1000,
    )


def _accept(
    actor: Actor,
    filing: Filing,
    run: ProcessingRun,
    verdicts: Sequence[DocumentVerdict],
    statuses: Sequence[str],
    *,
    comments: dict[str, str],
    received: int | None,
) -> None:
    """Hand the accepted values and documents to the filing."""
    kept = [(verdict, status) for verdict, status in zip(verdicts, statuses, strict=True) if status != "refuse"]
    users = {
        pseudonym_of(verdict.service_user, filing.establishment): (verdict, status)
        for verdict, status in kept
        if verdict.service_user is not None
    }
    filings.see_users(
        filing, [pseudonym_of(v.service_user, filing.establishment) for v in verdicts if v.service_user is not None]
    )
    filings.record_documents(
        filing,
        documents=[
            filings.AcceptedDocument(
                pseudonym=pseudonym,
                masked_identifier=masked_identifier_of(verdict.service_user) if verdict.service_user else "",
                type=verdict.type.value,
                status=status,
                position=verdict.index,
                warnings=sum(1 for anomaly in verdict.anomalies if anomaly.severity.value == "avertissement"),
            )
            for pseudonym, (verdict, status) in users.items()
        ],
        run_id=run.pk,
    )
    for verdict, _ in kept:
        if verdict.model is not None and verdict.values is not None:
            filings.record_payload(filing, model=verdict.model, values=verdict.values, comments=comments, run_id=run.pk)
    if run.kind == "structure" and verdicts[0].model is not None and received is not None:
        filings.note_received(filing, model_code=verdicts[0].model[0], count=received)
    if kept:
        filings.data_accepted(actor, filing)
    else:
        filing.save()


def _comments_in(content: bytes) -> dict[str, str]:
    """`commentaires` of a structure body already judged conformant."""
    comments = msgspec.json.decode(content).get("commentaires") or {}
    return {str(key): str(text) for key, text in comments.items()}


def _count_received(run: ProcessingRun, content: bytes) -> int | None:
    """How many values a structure body holds; None when it is not one."""
    if run.kind != "structure":
        return None
    try:
        body: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    values = body.get("donnees") if isinstance(body, dict) else None
    return len(values) if isinstance(values, dict) else None


def _next_rank() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('processing_rank')")
        return int(cursor.fetchone()[0])
