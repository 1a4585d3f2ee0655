"""WS03: what would be said of a model, or of data. Nothing is stored."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.model_check import judge_model
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict, Verdict

from sidoba_server.api import openapi, schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.commands import whole_body
from sidoba_server.api.errors import refusals
from sidoba_server.publishing.queries import UnknownModel, published

router = Router(tags=["WS03 Validation"])

_REFUSALS = refusals(400, 401, 403, 413, 415, 429)


@router.post(
    "/modeles/validation",
    auth=Scope("modeles:lire"),
    response={200: schemas.Verdict, **_REFUSALS},
    operation_id="ws03_modele",
    summary="Un modèle tel que le logiciel le tient : est-il bien formé, s'accorde-t-il avec sa référence ?",
    openapi_extra=openapi.judging(openapi.MODEL_BODY),
)
def judge_a_model(request: ApiRequest) -> HttpResponse:
    """Judged at once against the installed catalogue."""
    facts = _facts(request)
    return _answer(facts, judge_model(whole_body(request), catalogue=installed_catalogue(), facts=facts))


@router.post(
    "/modeles/{code}/versions/{version}/validation",
    auth=Scope("modeles:lire"),
    response={200: schemas.Verdict, **_REFUSALS, **refusals(404)},
    operation_id="ws03_donnees",
    summary="Des données, jugées sans être conservées (corps de WS05)",
    openapi_extra=openapi.judging(openapi.STRUCTURE_BODY),
)
def judge_data(request: ApiRequest, code: str, version: str) -> HttpResponse:
    """The verdict of WS05, less the rules that need what the platform alone knows: they are named."""
    catalogue, facts = installed_catalogue(), _facts(request)
    named = published(request.actor, code=code, version=version)
    model = catalogue.models.get((named.code, named.version))
    if model is None:
        raise UnknownModel(versions=named.version)
    door = Door.KEY_VALUE if model.data_level == "structure" else Door.USER_MODEL
    documents = judge(whole_body(request), catalogue=catalogue, facts=facts, door=door, model=model)
    return _answer(facts, *documents)


def _facts(request: ApiRequest) -> Facts:
    """The environment of the credential; no campaign, no establishment."""
    return Facts(Environment(request.actor.environment))


def _answer(facts: Facts, *documents: DocumentVerdict) -> HttpResponse:
    catalogue = installed_catalogue()
    verdict = Verdict(facts.environment, documents, catalogue.version, catalogue.digest)
    written = verdict_json.encode(verdict_json.verdict_object(verdict, limit=verdict_json.LISTED_BY_THE_API))
    return HttpResponse(written, content_type="application/json")
