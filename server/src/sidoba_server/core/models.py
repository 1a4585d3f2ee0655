"""Tables of the core: the audit trail, sealed payloads, rate windows. No decision here."""

from __future__ import annotations

from django.db import models

from sidoba_server.core.ids import new_id

ENVIRONMENTS = [("bac_a_sable", "Bac à sable"), ("production", "Production")]


def environment_field() -> models.CharField[str, str]:
    """The column that separates the two worlds, with its database constraint added by `environment_check`."""
    return models.CharField(max_length=12, choices=ENVIRONMENTS)


def environment_check(table: str) -> models.CheckConstraint:
    """The environment is one of the two, said by the database itself."""
    return models.CheckConstraint(
        condition=models.Q(environment__in=[code for code, _ in ENVIRONMENTS]), name=f"{table}_environment_known"
    )


class AuditEvent(models.Model):
    """One deed: who, what, on which subject. Chained by subject: each digest covers the one before it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    environment = environment_field()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=64)
    tag = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    facts = models.JSONField(default=dict)
    correlation_id = models.CharField(max_length=100)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "sequence"], name="audit_chain_has_no_fork"),
            environment_check("audit"),
        ]


class Payload(models.Model):
    """Sealed bytes, named by the SHA-256 of what they hold. The data key is wrapped by the master key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = environment_field()
    digest = models.CharField(max_length=71)
    octets = models.BigIntegerField()
    wrapped_key = models.BinaryField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "digest"], name="payload_digest_once"),
            environment_check("payload"),
        ]


class PayloadBlock(models.Model):
    """One block of a payload, compressed then encrypted: a big body never stands whole in memory."""

    id = models.BigAutoField(primary_key=True)
    payload = models.ForeignKey(Payload, on_delete=models.CASCADE, related_name="blocks")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payload", "number"], name="payload_block_once")]


class RateWindow(models.Model):
    """Requests counted for one caller in one window of time."""

    caller = models.CharField(max_length=80, primary_key=True)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField()
