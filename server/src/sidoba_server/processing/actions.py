"""Writes of processing: queue a run, judge it, record its verdict. Recording is safe to run twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction
from sidoba_engine import verdict_json
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor, platform
from sidoba_server.core.payloads import read_payload
from sidoba_server.filings import actions as filings
from sidoba_server.filings.models import Filing
from sidoba_server.processing.facts import facts_for, facts_for_documents, structure_model_of
from sidoba_server.processing.judged import JudgedDocument, judged_documents, tally_of
from sidoba_server.processing.lots import JudgedLot, judge_lot, record_resources
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument

ENDED = ("termine", "annule", "echoue")

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
    if run.kind == "fhir":
        judged = judge_lot(content, catalogue=catalogue, facts=facts_for(run.filing, None))
        record_verdict(run.pk, judged.verdicts, catalogue=catalogue, lot=judged)
        return
    model = structure_model_of(run.filing, catalogue) if run.kind == "structure" else None
    facts = facts_for_documents(run.filing) if run.kind == "cda" else facts_for(run.filing, model)
    verdicts = list(judge(content, catalogue=catalogue, facts=facts, door=DOORS[run.kind], model=model))
    record_verdict(run.pk, verdicts, catalogue=catalogue)


@transaction.atomic
def record_verdict(
    run_id: UUID, verdicts: Sequence[DocumentVerdict], *, catalogue: Catalogue, lot: JudgedLot | None = None
) -> None:
    """The verdict, the accepted data, the tally and the audit event in one transaction, once.

    `lot` is what the verdicts are about when it came in FHIR: its accepted resources are kept.
    """
    run = ProcessingRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.status in ENDED:
        return
    filing = filings.lock(run.filing_id)
    actor = platform(filing.campaign.environment)
    documents = judged_documents(verdicts, mode=run.mode, establishment=filing.establishment)
    _write_documents(run, documents)
    _accept(actor, filing, run, documents)
    if lot is not None:
        record_resources(filing, filings.Source(run.pk, run.received_at), lot, documents)
    tally = tally_of(documents)
    run.tally, run.status, run.ended_at = tally, "termine", clock.now()
    run.catalogue_version, run.catalogue_digest = catalogue.version, catalogue.digest
    run.save()
    audit.tell(actor, "traitement.termine", filing, traitement=run.pk, **tally)
    journal.info("run_ended", run=str(run.pk), filing=str(filing.pk), **tally)


@transaction.atomic
def give_up(run_id: UUID) -> None:
    """All tries failed: the run is `echoue`; its payload stays and can be replayed."""
    run = ProcessingRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.status in ENDED:
        return
    run.status, run.ended_at = "echoue", clock.now()
    run.save()
    filing = filings.lock(run.filing_id)
    audit.tell(platform(filing.campaign.environment), "traitement.echoue", filing, traitement=run.pk)


@transaction.atomic
def _take(run_id: UUID) -> ProcessingRun | None:
    run = (
        ProcessingRun.objects.select_for_update(of=("self",))
        .select_related("filing__campaign", "filing__establishment")
        .get(pk=run_id)
    )
    if run.status in ENDED:
        return None
    run.status = "en_cours"
    run.started_at = run.started_at or clock.now()
    run.attempts += 1
    run.save(update_fields=["status", "started_at", "attempts"])
    return run


def _write_documents(run: ProcessingRun, documents: Sequence[JudgedDocument]) -> None:
    limit = verdict_json.LISTED_BY_THE_API
    rows = RunDocument.objects.bulk_create(
        RunDocument(
            run=run,
            position=document.verdict.index,
            pseudonym=document.pseudonym,
            masked_identifier=document.masked_identifier,
            status=document.status,
            total_anomalies=len(document.verdict.anomalies),
            judgement=verdict_json.encode(verdict_json.judgement_object(document.verdict, limit=limit)).decode(),
        )
        for document in documents
    )
    RunAnomaly.objects.bulk_create(
        (
            RunAnomaly(
                run=run,
                document=row,
                rule=anomaly.rule,
                severity=anomaly.severity.value,
                body=verdict_json.encode(verdict_json.anomaly_object(anomaly)).decode(),
                trail=anomaly.location.trail or "",
            )
            for row, document in zip(rows, documents, strict=True)
            for anomaly in document.verdict.anomalies[:limit]
        ),
        batch_size=1000,
    )


def _accept(actor: Actor, filing: Filing, run: ProcessingRun, documents: Sequence[JudgedDocument]) -> None:
    """Hand the accepted values and documents over to the filing."""
    source = filings.Source(run.pk, run.received_at)
    filings.see_users(filing, [document.pseudonym for document in documents if document.pseudonym])
    filings.record_documents(filing, source, [_accepted(d) for d in documents if d.is_kept and d.pseudonym])
    for document in documents:
        verdict = document.verdict
        if verdict.model is not None and verdict.received is not None:
            filings.note_received(filing, model_code=verdict.model[0], count=verdict.received)
        if document.is_kept and verdict.model is not None and verdict.values is not None:
            payload = filings.AcceptedPayload(verdict.model, verdict.values, verdict.comments or {})
            filings.record_payload(filing, source, payload)
    if any(document.is_kept for document in documents):
        filings.data_accepted(actor, filing)
    else:
        filings.nothing_accepted(filing)


def _accepted(document: JudgedDocument) -> filings.AcceptedDocument:
    verdict = document.verdict
    return filings.AcceptedDocument(
        pseudonym=document.pseudonym,
        masked_identifier=document.masked_identifier,
        type=verdict.type.value,
        status=document.status,
        position=verdict.index,
        warnings=sum(1 for anomaly in verdict.anomalies if anomaly.severity is Severity.WARNING),
        version=document.version,
    )


def _next_rank() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('processing_rank')")
        return int(cursor.fetchone()[0])
