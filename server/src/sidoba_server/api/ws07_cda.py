"""WS07: user data in CDA, inside a FHIR `Bundle` or `DocumentReference`."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from sidoba_server.api import openapi, schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.api.reception import FHIR_OR_XML, receive

router = Router(tags=["WS07 Données d'usagers en CDA"])


@router.post(
    "/campagnes/{campagne}/etablissements/{finess}/cda",
    auth=Scope("collecte:ecrire"),
    response={202: schemas.Recu, **refusals(400, 401, 403, 404, 409, 413, 415, 422, 429)},
    operation_id="ws07_cda",
    summary="Envoyer les documents CDA des usagers",
    openapi_extra=openapi.sending("application/fhir+json", openapi.CDA_BODY),
)
def post_cda(request: ApiRequest, campagne: str, finess: str, mode: openapi.Mode = "partiel") -> HttpResponse:
    """Received and acknowledged; each document is judged by the run the receipt names."""
    return receive(request, campaign=campagne, finess=finess, kind="cda", mode=mode, accepted=FHIR_OR_XML)
