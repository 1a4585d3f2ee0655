"""Reads of campaigns."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from sidoba_engine.facts import CampaignFacts

from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.policies import CampaignStatus
from sidoba_server.campaigns.refusals import UnknownCampaign
from sidoba_server.core import clock
from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment
from sidoba_server.vendors.policies import check_mandate
from sidoba_server.vendors.queries import coverage, mandates_of
from sidoba_server.vendors.refusals import UnknownEstablishment


def visible_to(actor: Actor) -> QuerySet[Campaign]:
    """Campaigns of the actor's environment."""
    return Campaign.objects.filter(environment=actor.environment).prefetch_related("published_models")


def campaign_named(actor: Actor, code: str) -> Campaign:
    """Raises UnknownCampaign."""
    campaign = Campaign.objects.filter(environment=actor.environment, code=code).first()
    if campaign is None:
        raise UnknownCampaign
    return campaign


def mandated_establishment(actor: Actor, campaign: Campaign, finess: str) -> Establishment:
    """The establishment for which the actor's software may act in that campaign.

    Raises UnknownEstablishment without any mandate of it, MandateMissing when none covers the campaign.
    """
    mandates = list(mandates_of(actor).filter(establishment__finess=finess))
    check_mandate(
        mandates,
        finess=finess,
        report_type=campaign.report_type,
        period=(campaign.period_start, campaign.period_end),
        today=clock.today_in_paris(),
    )
    return mandates[0].establishment


def covered_for(actor: Actor, campaigns: QuerySet[Campaign], finess: str) -> QuerySet[Campaign]:
    """Only those that a mandate of that establishment covers. Raises UnknownEstablishment without any mandate of it."""
    mandates = list(mandates_of(actor).filter(establishment__finess=finess))
    if not mandates:
        raise UnknownEstablishment
    return campaigns.filter(coverage(mandates))


def of_report_type(campaigns: QuerySet[Campaign], report_type: str) -> QuerySet[Campaign]:
    """Only those that collect that report."""
    return campaigns.filter(report_type=report_type)


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


def campaign_before(campaign: Campaign) -> Campaign | None:
    """The campaign of the same environment and report whose period ends last before this one's begins, if any."""
    return (
        Campaign.objects.filter(
            environment=campaign.environment,
            report_type=campaign.report_type,
            period_end__lt=campaign.period_start,
        )
        .order_by("-period_end", "-period_start", "code")
        .first()
    )
