"""Tables of processing: runs, and the verdict of each document they judged."""

from __future__ import annotations

from django.db import models
from sidoba_engine.anomaly import Severity

from sidoba_server.core.ids import new_id
from sidoba_server.filings.models import Filing

RUN_STATUSES = ["en_attente", "en_cours", "termine", "echoue", "annule"]
RUN_KINDS = ["structure", "cda", "fhir"]
MODES = ["partiel", "tout_ou_rien"]
DOCUMENT_STATUSES = ["accepte", "accepte_avec_avertissement", "refuse", "inchange", "retire"]


class ProcessingRun(models.Model):
    """One processing of one submission (*traitement*). It names its payload by digest and its submission by id.

    `rank` is the place in the queue: it only grows, so the position is counted on read.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="runs")
    submission_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    mode = models.CharField(max_length=12)
    payload_digest = models.CharField(max_length=71)
    correlation_id = models.CharField(max_length=100)
    rank = models.BigIntegerField()
    status = models.CharField(max_length=10, default="en_attente")
    attempts = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tally = models.JSONField(null=True, blank=True)
    catalogue_version = models.CharField(max_length=20, blank=True)
    catalogue_digest = models.CharField(max_length=71, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=RUN_STATUSES), name="run_status_known"),
            models.CheckConstraint(condition=models.Q(kind__in=RUN_KINDS), name="run_kind_known"),
            models.CheckConstraint(condition=models.Q(mode__in=MODES), name="run_mode_known"),
            models.CheckConstraint(
                condition=models.Q(status="termine", tally__isnull=False, ended_at__isnull=False)
                | ~models.Q(status="termine"),
                name="run_ended_with_its_tally",
            ),
        ]
        indexes = [
            models.Index(fields=["rank"], condition=models.Q(status="en_attente"), name="run_waiting_rank"),
            models.Index(fields=["ended_at"], name="run_ended_at"),
        ]


class RunDocument(models.Model):
    """The verdict of one document of a run. `judgement` is its object of the contract, as written by the engine."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ProcessingRun, on_delete=models.CASCADE, related_name="documents")
    position = models.PositiveIntegerField()
    pseudonym = models.CharField(max_length=32, blank=True)
    masked_identifier = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=30)
    total_anomalies = models.PositiveIntegerField(default=0)
    judgement = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_document_once"),
            models.CheckConstraint(condition=models.Q(status__in=DOCUMENT_STATUSES), name="run_document_status_known"),
        ]


class RunAnomaly(models.Model):
    """One anomaly of one document, to be listed and counted; `body` is its object of the contract.

    `trail` is its place in words, for the pages: names of templates and ranks, nothing of the document's data.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ProcessingRun, on_delete=models.CASCADE, related_name="anomalies")
    document = models.ForeignKey(RunDocument, on_delete=models.CASCADE, related_name="anomalies")
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=13)
    body = models.TextField()
    trail = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__in=[severity.value for severity in Severity]),
                name="run_anomaly_severity_known",
            ),
        ]
        indexes = [models.Index(fields=["run", "id"], name="run_anomaly_list")]
