"""Tables of vendors: software, its credentials, and the mandates establishments give it."""

from __future__ import annotations

from django.db import models
from oauth2_provider.models import AbstractApplication

from sidoba_server.core.ids import new_id
from sidoba_server.core.models import environment_check, environment_field
from sidoba_server.directory.models import Establishment

REPORT_TYPES = ["ssiad", "rama", "camsp", "cmpp", "setmin"]


class Vendor(models.Model):
    """A vendor of DUI software (*éditeur*)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200, unique=True)


class Software(models.Model):
    """One product at one version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="software")
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "name"], name="software_once")]


class Credential(AbstractApplication):
    """An OAuth 2.0 client of one software in one environment; its secret is kept hashed."""

    software = models.ForeignKey(Software, on_delete=models.PROTECT, related_name="credentials")
    environment = environment_field()
    scopes = models.JSONField(default=list)

    class Meta(AbstractApplication.Meta):
        constraints = [environment_check("credential")]


class Mandate(models.Model):
    """An establishment lets a software send one type of report for one period (both days included)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    software = models.ForeignKey(Software, on_delete=models.PROTECT, related_name="mandates")
    establishment = models.ForeignKey(Establishment, on_delete=models.PROTECT, related_name="mandates")
    report_type = models.CharField(max_length=10)
    period_start = models.DateField()
    period_end = models.DateField()
    valid_until = models.DateField()
    given_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(period_end__gte=models.F("period_start")), name="mandate_period"),
            models.CheckConstraint(condition=models.Q(report_type__in=REPORT_TYPES), name="mandate_report_type_known"),
            models.UniqueConstraint(
                fields=["software", "establishment", "report_type", "period_start", "period_end"],
                condition=models.Q(revoked_at__isnull=True),
                name="mandate_once",
            ),
        ]
