"""Tables of intake: submissions received, and the idempotency keys they came with."""

from __future__ import annotations

from django.db import models

from sidoba_server.core.ids import new_id
from sidoba_server.filings.models import ORIGINS, Filing
from sidoba_server.processing.models import RUN_KINDS
from sidoba_server.vendors.models import Credential


class Submission(models.Model):
    """Bytes received and durably stored (*envoi*): acknowledged once this row is committed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="submissions")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True, related_name="submissions")
    kind = models.CharField(max_length=10)
    origin = models.CharField(max_length=10)
    payload_digest = models.CharField(max_length=71)
    octets = models.BigIntegerField()
    received_at = models.DateTimeField()
    run_id = models.UUIDField(unique=True)
    correlation_id = models.CharField(max_length=100)
    signature = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=RUN_KINDS), name="submission_kind_known"),
            models.CheckConstraint(condition=models.Q(origin__in=ORIGINS), name="submission_origin_known"),
        ]


class IdempotencyKey(models.Model):
    """A key used once per credential: for that body, at that address."""

    id = models.BigAutoField(primary_key=True)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=255)
    target = models.CharField(max_length=200)
    payload_digest = models.CharField(max_length=71)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="idempotency_keys")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "key"], name="idempotency_key_once")]
