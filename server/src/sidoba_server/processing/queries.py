"""Reads of processing, always scoped to an actor: a run is seen by who may see its filing."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from sidoba_server.core.actor import Actor
from sidoba_server.core.refusals import NotFound
from sidoba_server.filings.models import Filing
from sidoba_server.filings.queries import visible_to as visible_filings
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument


def run_with_id(actor: Actor, run_id: uuid.UUID) -> ProcessingRun:
    """Raises NotFound when it does not exist or the actor may not read it."""
    run = (
        ProcessingRun.objects.filter(pk=run_id, filing__in=visible_filings(actor))
        .select_related("filing__campaign", "filing__establishment")
        .first()
    )
    if run is None:
        raise NotFound
    return run


def documents_of(run: ProcessingRun) -> QuerySet[RunDocument]:
    """The judged documents of a run the actor may read."""
    return RunDocument.objects.filter(run=run)


def anomalies_of(run: ProcessingRun) -> QuerySet[RunAnomaly]:
    """The anomalies of a run the actor may read, with the place of their document."""
    return RunAnomaly.objects.filter(run=run).select_related("document")


def runs_of(filing: Filing) -> QuerySet[ProcessingRun]:
    """The runs of a filing the actor may read, latest first."""
    return ProcessingRun.objects.filter(filing=filing).order_by("-received_at", "-id")


def runs_without_job(*, queue: str) -> QuerySet[ProcessingRun]:
    """Runs not ended that no job of the queue will take: the platform's own sweep, in every environment."""
    live = (
        ProcrastinateJob.objects.filter(queue_name=queue, status__in=["todo", "doing"])
        .alias(run=KeyTextTransform("run_id", "args"))
        .filter(run=Cast(OuterRef("pk"), TextField()))
    )
    return ProcessingRun.objects.filter(~Exists(live), status__in=["en_attente", "en_cours"]).order_by("rank")
