"""Tables of filings: one campaign × one establishment, its values and user documents with their history."""

from __future__ import annotations

from django.db import models
from sidoba_engine.filing_status import FilingStatus

from sidoba_server.campaigns.models import Campaign
from sidoba_server.core.exact_json import ExactDecoder, ExactEncoder
from sidoba_server.core.ids import new_id
from sidoba_server.directory.models import Establishment

ORIGINS = ["api", "saisie", "calcul", "reprise"]
DOCUMENT_STATUSES = ["accepte", "accepte_avec_avertissement"]


class Filing(models.Model):
    """The state of one collection (*collecte*).

    `revision` grows at every change; `received_counts` is the number of values of the last payload, per model code.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="filings")
    establishment = models.ForeignKey(Establishment, on_delete=models.PROTECT, related_name="filings")
    status = models.CharField(max_length=12, default=FilingStatus.TO_START.value)
    revision = models.PositiveIntegerField(default=1)
    modified_at = models.DateTimeField()
    last_submission_id = models.UUIDField(null=True, blank=True)
    last_received_at = models.DateTimeField(null=True, blank=True)
    received_counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "establishment"], name="filing_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in FilingStatus]), name="filing_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(last_submission_id__isnull=True, last_received_at__isnull=True)
                | models.Q(last_submission_id__isnull=False, last_received_at__isnull=False),
                name="filing_last_submission_whole",
            ),
        ]


class Value(models.Model):
    """One accepted value of one business key; the row without `superseded_at` is the one that stands."""

    id = models.BigAutoField(primary_key=True)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="values")
    model_code = models.CharField(max_length=40)
    model_version = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    value = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    origin = models.CharField(max_length=10)
    run_id = models.UUIDField()
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "model_code", "key"],
                condition=models.Q(superseded_at__isnull=True),
                name="value_stands_once",
            ),
            models.CheckConstraint(condition=models.Q(origin__in=ORIGINS), name="value_origin_known"),
        ]


class Comment(models.Model):
    """What the sender wrote beside a value (`commentaires`); the latest stands."""

    id = models.BigAutoField(primary_key=True)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="comments")
    model_code = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filing", "model_code", "key"], name="comment_once")]


class SeenUser(models.Model):
    """A service user about whom a document was received, accepted or not: what `recus` counts."""

    id = models.BigAutoField(primary_key=True)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="users_seen")
    pseudonym = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filing", "pseudonym"], name="seen_user_once")]


class UserDocument(models.Model):
    """One accepted document about one service user, known by a pseudonym only.

    `set_pseudonym` stands for what all versions of the document have in common (its setId), `version` is its number:
    empty and absent when the document tells neither.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="documents")
    pseudonym = models.CharField(max_length=32)
    masked_identifier = models.CharField(max_length=12)
    type = models.CharField(max_length=12)
    status = models.CharField(max_length=30)
    run_id = models.UUIDField()
    position = models.PositiveIntegerField()
    warnings = models.PositiveIntegerField()
    set_pseudonym = models.CharField(max_length=32, blank=True, default="")
    version = models.PositiveBigIntegerField(null=True, blank=True)
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "pseudonym", "type"],
                condition=models.Q(superseded_at__isnull=True),
                name="user_document_stands_once",
            ),
            models.CheckConstraint(condition=models.Q(status__in=DOCUMENT_STATUSES), name="user_document_status_known"),
            models.CheckConstraint(
                condition=models.Q(set_pseudonym="", version__isnull=True)
                | (~models.Q(set_pseudonym="") & models.Q(version__isnull=False)),
                name="user_document_version_whole",
            ),
        ]


class UserResource(models.Model):
    """One FHIR resource received, known by its business identifier (a pseudonym of it): the same one when resent.

    `id` is its id on the wire. What it says is in its versions, sealed; the latest received stands.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="resources")
    type = models.CharField(max_length=40)
    key_pseudonym = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filing", "type", "key_pseudonym"], name="user_resource_once"),
        ]


class ResourceVersion(models.Model):
    """One version of a resource, numbered from 1: the run that brought it, the rank of its entry, its sealed JSON."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(UserResource, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    run_id = models.UUIDField()
    position = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="resource_version_once"),
            models.UniqueConstraint(fields=["run_id", "position"], name="resource_version_of_entry_once"),
        ]
