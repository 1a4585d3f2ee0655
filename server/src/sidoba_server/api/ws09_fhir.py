"""WS09: user data in FHIR. The address is a FHIR base: a transaction is sent to it, what it keeps is read there."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Router
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.api import fhir_answers, openapi, schemas, waiting, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.capability import capability_statement
from sidoba_server.api.errors import refusals
from sidoba_server.api.reception import FHIR_OR_XML, delivered, receipt_answer, with_replay
from sidoba_server.campaigns.queries import campaign_named, mandated_establishment
from sidoba_server.core.refusals import NotFound
from sidoba_server.filings.queries import filing_at, resource_at, versions_of_run
from sidoba_server.intake.actions import Received
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.processing.queries import anomalies_of
from sidoba_server.vendors.policies import check_finess

router = Router(tags=["WS09 Données d'usagers en FHIR"])

BASE = "/campagnes/{campagne}/etablissements/{finess}/fhir"
WHOLE = "tout_ou_rien"
INTERACTIONS = {"ws09_fhir": "transaction", "ws09_ressource": "read"}
"""Operations that are interactions of FHIR, in its words."""

_READING = refusals(401, 403, 404, 406, 422, 429)


@router.post(
    BASE,
    auth=Scope("collecte:ecrire"),
    response={
        200: schemas.Traitement,
        202: schemas.Recu,
        **refusals(400, 401, 403, 404, 406, 409, 413, 415, 422, 429),
    },
    operation_id="ws09_fhir",
    summary="Envoyer les données d'usagers en FHIR (TDDUI)",
    openapi_extra=openapi.sending_a_lot(fhir_answers.MEDIA_TYPE, "application/fhir+xml"),
)
def post_lot(request: ApiRequest, campagne: str, finess: str, mode: openapi.Mode = "partiel") -> HttpResponse:
    """Received and acknowledged, then judged; waited for when `Prefer` asks it, and then in FHIR when `Accept` does."""
    wait_s = waiting.asked_wait(request)
    form = fhir_answers.asked_form(request, fhir_answers.PLAIN, fhir_answers.MEDIA_TYPE)
    in_fhir = wait_s is not None and form == fhir_answers.MEDIA_TYPE
    received = delivered(
        request,
        campaign=campagne,
        finess=finess,
        kind="fhir",
        mode=WHOLE if in_fhir else mode,
        accepted=FHIR_OR_XML,
    )
    if wait_s is None:
        return receipt_answer(request, received)
    run = waiting.awaited(request.actor, received.run, at_most_s=wait_s)
    if run.status != "termine":
        return receipt_answer(request, received)
    return _ended(request, received, run, in_fhir=in_fhir)


@router.get(
    f"{BASE}/metadata",
    auth=Scope("collecte:lire"),
    response={200: dict, **_READING},
    operation_id="ws09_capacites",
    summary="Ce que sert cette base FHIR (CapabilityStatement)",
    openapi_extra=openapi.in_fhir(),
)
def get_capabilities(request: ApiRequest, campagne: str, finess: str) -> HttpResponse:
    """The statement of this base, for who may send to it."""
    check_finess(finess, environment=request.actor.environment)
    mandated_establishment(request.actor, campaign_named(request.actor, campagne), finess)
    return _capabilities(request, wire.href(request, f"/api/v1/campagnes/{campagne}/etablissements/{finess}/fhir"))


@router.get(
    "/fhir/metadata",
    auth=Scope("collecte:lire"),
    response={200: dict, **refusals(401, 403, 406, 429)},
    operation_id="fhir_capacites",
    summary="Ce que sert toute base FHIR de la plateforme (CapabilityStatement)",
    openapi_extra=openapi.in_fhir(),
)
def get_common_capabilities(request: ApiRequest) -> HttpResponse:
    """The same statement, the base being that of any establishment."""
    return _capabilities(request, wire.href(request, f"/api/v1{BASE}"))


@router.get(
    f"{BASE}/{{type}}/{{id}}",
    auth=Scope("collecte:lire"),
    response={200: dict, **_READING},
    operation_id="ws09_ressource",
    summary="Une ressource conservée, telle qu'elle vaut",
    openapi_extra=openapi.in_fhir(),
)
def get_resource(
    request: ApiRequest, campagne: str, finess: str, type_name: openapi.ResourceType, resource_id: openapi.AnyId
) -> HttpResponse:
    """Read back by those who may read the filing."""
    fhir_answers.asked_form(request, fhir_answers.MEDIA_TYPE, fhir_answers.PLAIN)
    check_finess(finess, environment=request.actor.environment)
    filing = filing_at(request.actor, campaign_named(request.actor, campagne), finess)
    try:
        known_id = UUID(resource_id)
    except ValueError as error:
        raise NotFound from error
    return fhir_answers.kept_resource(resource_at(filing, type_name=type_name, resource_id=known_id))


router.post(f"{BASE}/", auth=Scope("collecte:ecrire"), include_in_schema=False, operation_id="ws09_fhir_barre")(
    post_lot
)
"""FHIR clients write the base with a slash at its end."""


def _ended(request: ApiRequest, received: Received, run: ProcessingRun, *, in_fhir: bool) -> HttpResponse:
    if not in_fhir:
        response = wire.json_response(wire.run_object(request, run))
    elif run.tally is not None and not run.tally["refuses"]:
        response = fhir_answers.answered(fhir_answers.transaction_response(versions_of_run(run.pk)))
    else:
        response = fhir_answers.answered(fhir_answers.outcome_of(anomalies_of(run)), status=422)
    response["Location"] = wire.href(request, f"/api/v1/traitements/{run.pk}")
    return with_replay(response, received)


def _capabilities(request: ApiRequest, base: str) -> HttpResponse:
    form = fhir_answers.asked_form(request, fhir_answers.MEDIA_TYPE, fhir_answers.PLAIN)
    operations = [operation for view in router.path_operations.values() for operation in view.operations]
    served = {INTERACTIONS[one.operation_id] for one in operations if one.operation_id in INTERACTIONS}
    statement = capability_statement(
        installed_catalogue(), base=base, served=served, media_type=fhir_answers.MEDIA_TYPE
    )
    return fhir_answers.answered(statement, media_type=form)
