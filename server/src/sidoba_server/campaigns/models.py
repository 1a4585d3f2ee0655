"""Tables of campaigns: what is collected, when, with which models."""

from __future__ import annotations

from django.db import models

from sidoba_server.core.ids import new_id
from sidoba_server.core.models import environment_check, environment_field
from sidoba_server.publishing.models import PublishedModel
from sidoba_server.vendors.models import REPORT_TYPES


class Campaign(models.Model):
    """One campaign in one environment. Open from `opens_at` (included) to `closes_at` (excluded)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = environment_field()
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=200)
    report_type = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    period_start = models.DateField()
    period_end = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    published_models = models.ManyToManyField(PublishedModel, related_name="campaigns")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "code"], name="campaign_once"),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="campaign_window"),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_start")), name="campaign_period"
            ),
            models.CheckConstraint(condition=models.Q(report_type__in=REPORT_TYPES), name="campaign_report_type_known"),
            environment_check("campaign"),
        ]
