"""WS02: a business model, as published. Its own JSON for now; the other forms answer 406."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseNotModified
from ninja import Router

from sidoba_server.api import schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.api.refusals import NotAcceptable
from sidoba_server.publishing.queries import published

router = Router(tags=["WS02 Modèles métiers"])

_SERVED = "application/json"


@router.get(
    "/modeles/{code}/versions/{version}",
    auth=Scope("modeles:lire"),
    response={200: schemas.Modele, 304: None, **refusals(401, 403, 404, 406, 429)},
    operation_id="ws02_modele",
    summary="Un modèle métier publié (version `derniere` admise)",
)
def get_model(request: ApiRequest, code: str, version: str) -> HttpResponse:
    """The published bytes, frozen by their digest, which is also the ETag."""
    if request.get_preferred_type([_SERVED]) is None:
        raise NotAcceptable(disponibles=_SERVED)
    model = published(request.actor, code=code, version=version)
    etag = f'"{model.digest}"'
    known = [value.strip().removeprefix("W/") for value in request.headers.get("If-None-Match", "").split(",")]
    cached = etag in known or known == ["*"]
    response: HttpResponse = HttpResponseNotModified() if cached else HttpResponse(model.content, content_type=_SERVED)
    response["ETag"], response["Cache-Control"] = etag, "private, max-age=300"
    return response
