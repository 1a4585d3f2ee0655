"""`GET /moi`: what this key may do, for whom, until when."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from sidoba_server.api import schemas, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.core.clock import wire as instant
from sidoba_server.vendors.queries import mandates_of, software_of

router = Router(tags=["Accès"])


@router.get(
    "/moi",
    auth=Scope(),
    response={200: schemas.Moi, **refusals(401, 429)},
    operation_id="moi",
    summary="Ce que cet accès peut faire, pour qui, jusqu'à quand",
)
def get_me(request: ApiRequest) -> HttpResponse:
    """Any valid token may ask."""
    mandates = mandates_of(request.actor).order_by("establishment__finess", "report_type", "period_start")
    return wire.json_response(
        {
            "logiciel": wire.software_object(software_of(request.actor)),
            "environnement": request.actor.environment,
            "portees": sorted(request.actor.oauth_scopes),
            "mandats": [wire.mandate_object(mandate) for mandate in mandates],
            "expire_le": instant(request.token_expires),
        }
    )
