"""WS02: a business model as published, in its own JSON, as a JSON Schema or as a FHIR Questionnaire."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from sidoba_engine import model_questionnaire, model_schema, verdict_json
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue

from sidoba_server.api import openapi, schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.caching import kept_answer
from sidoba_server.api.errors import refusals
from sidoba_server.api.refusals import NotAcceptable
from sidoba_server.publishing.models import PublishedModel
from sidoba_server.publishing.queries import published

router = Router(tags=["WS02 Modèles métiers"])

JSON = "application/json"
_WRITERS: dict[str, Callable[[BusinessModel, Catalogue], dict[str, Any]]] = {
    model_schema.MEDIA_TYPE: model_schema.schema_of,
    model_questionnaire.MEDIA_TYPE: model_questionnaire.questionnaire_of,
}
SERVED = (JSON, *_WRITERS)


@router.get(
    "/modeles/{code}/versions/{version}",
    auth=Scope("modeles:lire"),
    response={200: schemas.Modele, 304: None, **refusals(401, 403, 404, 406, 429)},
    operation_id="ws02_modele",
    summary="Un modèle métier publié (version `derniere` admise), en JSON, JSON Schema ou Questionnaire FHIR",
    openapi_extra=openapi.other_forms(*_WRITERS),
)
def get_model(request: ApiRequest, code: str, version: str) -> HttpResponse:
    """The published bytes, frozen by their digest; the two other forms derive from them and from nothing else."""
    form = _asked_form(request)
    model = published(request.actor, code=code, version=version)
    content, etag = _own_form(model) if form == JSON else _other_form(model.content, form)
    return kept_answer(request, content, etag=etag, media_type=form, vary="Accept")


def _asked_form(request: HttpRequest) -> str:
    """The first form that suits the caller best. Raises NotAcceptable."""
    with_version = f"{model_questionnaire.MEDIA_TYPE}; fhirVersion=4.0"
    found = request.get_preferred_type([*SERVED, with_version])
    if found is None:
        raise NotAcceptable(disponibles=", ".join(SERVED))
    return str(found).partition(";")[0]


def _own_form(model: PublishedModel) -> tuple[bytes, str]:
    return model.content.encode(), f'"{model.digest}"'


@lru_cache(maxsize=64)
def _other_form(content: str, form: str) -> tuple[bytes, str]:
    """The bytes of a derived form, and their tag."""
    model = model_from_data(msgspec.json.decode(content))
    written = verdict_json.encode(_WRITERS[form](model, installed_catalogue()))
    return written, f'"sha256:{hashlib.sha256(written).hexdigest()}"'
