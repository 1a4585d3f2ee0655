"""WS01: the campaigns, open or not."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from ninja import Router

from sidoba_server.api import schemas, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.campaigns.policies import CampaignStatus
from sidoba_server.campaigns.queries import visible_to, with_status
from sidoba_server.core.paging import DEFAULT_LIMIT, page
from sidoba_server.filings.queries import visible_to as visible_filings
from sidoba_server.vendors.policies import check_finess
from sidoba_server.vendors.queries import coverage, mandates_of
from sidoba_server.vendors.refusals import UnknownEstablishment

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
    limite: int = DEFAULT_LIMIT,
) -> HttpResponse:
    """Campaigns of the credential's environment. With `finess`, those a mandate of that establishment covers."""
    campaigns = visible_to(request.actor)
    filings = {}
    if statut is not None:
        campaigns = with_status(campaigns, statut)
    if type_rapport is not None:
        campaigns = campaigns.filter(report_type=type_rapport)
    if finess is not None:
        check_finess(finess, environment=request.actor.environment)
        mandates = list(mandates_of(request.actor).filter(establishment__finess=finess))
        if not mandates:
            raise UnknownEstablishment
        campaigns = campaigns.filter(coverage(mandates))
        mine = visible_filings(request.actor).filter(establishment__finess=finess)
        filings = {filing.campaign_id: filing for filing in mine}
    found = page(campaigns, by="code", after=apres, limit=limite)
    return wire.json_response(
        wire.page_object(
            request,
            found,
            [wire.campaign_object(request, campaign, filings.get(campaign.pk)) for campaign in found.rows],
        )
    )
