"""Refusals about campaigns."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class UnknownCampaign(Refusal, code="CAMPAGNE_INCONNUE"):
    """No campaign of that code in the caller's environment."""


class CampaignNotOpen(Refusal, code="CAMPAGNE_PAS_OUVERTE"):
    """The campaign opens later. Facts: `campagne`, `ouverture`."""


class CampaignClosed(Refusal, code="CAMPAGNE_CLOSE"):
    """The campaign closed before the submission arrived. Facts: `campagne`, `cloture`."""
