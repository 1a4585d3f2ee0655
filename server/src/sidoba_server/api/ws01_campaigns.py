"""WS01: the campaigns, open or not."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from ninja import Router

from sidoba_server.api import openapi, schemas, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.campaigns.policies import CampaignStatus
from sidoba_server.campaigns.queries import covered_for, of_report_type, visible_to, with_status
from sidoba_server.core.paging import DEFAULT_LIMIT, page
from sidoba_server.filings.queries import filings_of
from sidoba_server.vendors.policies import check_finess

router = Router(tags=["WS01 Campagnes"])

ReportType = Literal["ssiad", "rama", "camsp", "cmpp", "setmin"]


@router.get(
    "/campagnes",
    auth=Scope("campagnes:lire"),
    response={200: schemas.ListeCampagnes, **refusals(401, 403, 404, 422, 429)},
    operation_id="ws01_campagnes",
    summary="Campagnes, filtrées par statut, établissement et type de rapport",
)
def list_campaigns(
    request: ApiRequest,
    statut: CampaignStatus | None = None,
    finess: str | None = None,
    type_rapport: ReportType | None = None,
    apres: str | None = None,
    limite: openapi.Limit = DEFAULT_LIMIT,
) -> HttpResponse:
    """Campaigns of the credential's environment. With `finess`, those a mandate of that establishment covers."""
    campaigns = visible_to(request.actor)
    filings = {}
    if statut is not None:
        campaigns = with_status(campaigns, statut)
    if type_rapport is not None:
        campaigns = of_report_type(campaigns, type_rapport)
    if finess is not None:
        check_finess(finess, environment=request.actor.environment)
        campaigns = covered_for(request.actor, campaigns, finess)
        filings = {filing.campaign_id: filing for filing in filings_of(request.actor, finess)}
    found = page(campaigns, by="code", after=apres, limit=limite)
    return wire.json_response(
        wire.page_object(
            request,
            found,
            [wire.campaign_object(request, campaign, filings.get(campaign.pk)) for campaign in found.rows],
        )
    )
