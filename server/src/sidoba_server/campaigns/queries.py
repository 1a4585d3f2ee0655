"""Reads of campaigns."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from sidoba_engine.facts import CampaignFacts

from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.policies import CampaignStatus
from sidoba_server.campaigns.refusals import UnknownCampaign
from sidoba_server.core import clock
from sidoba_server.core.actor import Actor


def visible_to(actor: Actor) -> QuerySet[Campaign]:
    """Campaigns of the actor's environment."""
    return Campaign.objects.filter(environment=actor.environment).prefetch_related("published_models")


def campaign_named(actor: Actor, code: str) -> Campaign:
    """Raises UnknownCampaign."""
    campaign = visible_to(actor).filter(code=code).first()
    if campaign is None:
        raise UnknownCampaign
    return campaign


def with_status(campaigns: QuerySet[Campaign], status: CampaignStatus) -> QuerySet[Campaign]:
    """Only those of that status now."""
    now = clock.now()
    return campaigns.filter(
        {
            CampaignStatus.ANNOUNCED: Q(opens_at__gt=now),
            CampaignStatus.OPEN: Q(opens_at__lte=now, closes_at__gt=now),
            CampaignStatus.CLOSED: Q(closes_at__lte=now),
        }[status]
    )


def facts_of(campaign: Campaign) -> CampaignFacts:
    """The campaign as the engine needs it."""
    return CampaignFacts(campaign.code, campaign.report_type, campaign.period_start, campaign.period_end)
