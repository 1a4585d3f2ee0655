"""Is the campaign open? No query here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.refusals import CampaignClosed, CampaignNotOpen
from sidoba_server.core.clock import wire


class CampaignStatus(StrEnum):
    """Computed from the clock, never stored."""

    ANNOUNCED = "annoncee"
    OPEN = "ouverte"
    CLOSED = "close"


def status_of(campaign: Campaign, *, at: datetime) -> CampaignStatus:
    """Where the campaign stands at that instant."""
    if at < campaign.opens_at:
        return CampaignStatus.ANNOUNCED
    return CampaignStatus.OPEN if at < campaign.closes_at else CampaignStatus.CLOSED


def check_open(campaign: Campaign, *, at: datetime) -> None:
    """Raises CampaignNotOpen before, CampaignClosed after."""
    status = status_of(campaign, at=at)
    if status is CampaignStatus.ANNOUNCED:
        raise CampaignNotOpen(campagne=campaign.code, ouverture=wire(campaign.opens_at))
    if status is CampaignStatus.CLOSED:
        raise CampaignClosed(campagne=campaign.code, cloture=wire(campaign.closes_at))
