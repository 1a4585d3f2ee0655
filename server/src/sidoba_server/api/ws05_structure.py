"""WS05: structure data, one key-value payload."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from sidoba_server.api import openapi, schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.api.reception import JSON, receive

router = Router(tags=["WS05 Données de structure"])


@router.post(
    "/campagnes/{campagne}/etablissements/{finess}/structure",
    auth=Scope("collecte:ecrire"),
    response={202: schemas.Recu, **refusals(400, 401, 403, 404, 409, 413, 415, 422, 429)},
    operation_id="ws05_structure",
    summary="Envoyer les données d'une structure",
    openapi_extra=openapi.sending("application/json", openapi.STRUCTURE_BODY),
)
def post_structure(request: ApiRequest, campagne: str, finess: str, mode: openapi.Mode = "partiel") -> HttpResponse:
    """Received and acknowledged; judged by the run the receipt names."""
    return receive(request, campaign=campagne, finess=finess, kind="structure", mode=mode, accepted=JSON)
