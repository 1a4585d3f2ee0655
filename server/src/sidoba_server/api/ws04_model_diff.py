"""WS04: the gap between two business models, published or given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Router
from sidoba_engine import verdict_json
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.keys import report_duplicates
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats.json_text import JsonText
from sidoba_engine.model_check import inline_model
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.wire import diff_object

from sidoba_server.api import openapi, schemas
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.commands import check_fields, read_command, text_field
from sidoba_server.api.errors import refusals
from sidoba_server.api.refusals import InvalidField, MalformedModel
from sidoba_server.core.actor import Actor
from sidoba_server.publishing.queries import published

router = Router(tags=["WS04 Écart"])

_SIDES = ("source", "cible")
_NAMED = ("code", "version")
_ONLY_IN_A_MODEL = frozenset({"indicateurs", "sections", "libelle"})


@router.get(
    "/modeles/{code}/ecart",
    auth=Scope("modeles:lire"),
    response={200: schemas.Ecart, **refusals(401, 403, 404, 422, 429)},
    operation_id="ws04_ecart_de_versions",
    summary="Écart entre deux versions publiées d'un modèle",
)
def get_diff(request: ApiRequest, code: str, de: str, vers: str) -> HttpResponse:
    """`derniere` is allowed on either side."""
    return _answer(*(_published_model(request.actor, code, version) for version in (de, vers)))


@router.post(
    "/modeles/ecart",
    auth=Scope("modeles:lire"),
    response={200: schemas.Ecart, **refusals(400, 401, 403, 404, 413, 415, 422, 429)},
    operation_id="ws04_ecart",
    summary="Écart entre deux modèles, nommés ou donnés en entier",
    openapi_extra=openapi.judging(openapi.DIFF_BODY),
)
def post_diff(request: ApiRequest) -> HttpResponse:
    """Each side is a name, or a whole model which must be well formed."""
    json, command = read_command(request)
    check_fields(command, _SIDES)
    return _answer(*(_side(request.actor, json, command, side) for side in _SIDES))


def _side(actor: Actor, json: JsonText, command: Mapping[str, Any], side: str) -> BusinessModel:
    value = command.get(side)
    if not isinstance(value, dict):
        raise InvalidField(champ=side, attendu="un objet, {code, version} ou un modèle entier")
    if not _ONLY_IN_A_MODEL.isdisjoint(value):
        return _given_model(actor, json, value, side)
    check_fields(value, _NAMED, prefix=f"{side}.")
    code = text_field(value, "code", prefix=f"{side}.", expected="le code d'un modèle")
    version = text_field(value, "version", prefix=f"{side}.", expected="une version du modèle, ou derniere")
    return _published_model(actor, code, version)


def _published_model(actor: Actor, code: str, version: str) -> BusinessModel:
    return model_from_data(msgspec.json.decode(published(actor, code=code, version=version).content))


def _given_model(actor: Actor, json: JsonText, value: Mapping[str, Any], side: str) -> BusinessModel:
    """The model in the command. Raises MalformedModel with what is wrong in it."""
    judgement = Judgement(json, installed_catalogue(), Facts(Environment(actor.environment)))
    report_duplicates(judgement)
    model = inline_model(judgement, value, f"/{side}")
    if model is None:
        anomalies = judgement.findings.anomalies
        listed = [verdict_json.anomaly_object(one) for one in anomalies[: verdict_json.LISTED_BY_THE_API]]
        raise MalformedModel(champ=side, members={"anomalies": listed, "total_anomalies": len(anomalies)})
    return model


def _answer(source: BusinessModel, target: BusinessModel) -> HttpResponse:
    written = verdict_json.encode(diff_object(diff_models(source, target, installed_catalogue())))
    return HttpResponse(written, content_type="application/json")
