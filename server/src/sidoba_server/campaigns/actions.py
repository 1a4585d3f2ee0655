"""Writes of campaigns."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from sidoba_server.campaigns.models import Campaign
from sidoba_server.core import audit
from sidoba_server.core.actor import Actor
from sidoba_server.publishing.models import PublishedModel


@transaction.atomic
def open_campaign(
    actor: Actor,
    *,
    code: str,
    label: str,
    report_type: str,
    year: int,
    period: tuple[date, date],
    window: tuple[datetime, datetime],
    models: list[PublishedModel],
) -> Campaign:
    """Announce a campaign in the actor's environment (or bring it up to date): it opens and closes by the clock."""
    campaign, made = Campaign.objects.update_or_create(
        environment=actor.environment,
        code=code,
        defaults={
            "label": label,
            "report_type": report_type,
            "year": year,
            "period_start": period[0],
            "period_end": period[1],
            "opens_at": window[0],
            "closes_at": window[1],
        },
    )
    campaign.published_models.set(models)
    audit.tell(actor, "campagne.annoncee" if made else "campagne.mise_a_jour", campaign)
    return campaign
