"""WS06: where a collection and its processing runs stand."""

from __future__ import annotations

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from ninja import Router

from sidoba_server.api import openapi, schemas, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.errors import refusals
from sidoba_server.campaigns.queries import campaign_named
from sidoba_server.core.paging import DEFAULT_LIMIT, page
from sidoba_server.filings.models import Filing
from sidoba_server.filings.queries import filing_at, filing_with_id
from sidoba_server.processing.queries import anomalies_of, documents_of, run_with_id
from sidoba_server.vendors.policies import check_finess

router = Router(tags=["WS06 État d'une collecte"], auth=Scope("collecte:lire"))

_REFUSALS = refusals(401, 403, 404, 422, 429)


@router.get(
    "/collectes/{id}",
    response={200: schemas.Collecte, **_REFUSALS},
    operation_id="ws06_collecte",
    summary="Une collecte",
)
def get_filing(request: ApiRequest, filing_id: openapi.Id) -> HttpResponse:
    """The filing, with its completeness and its ETag."""
    return _filing(request, filing_with_id(request.actor, filing_id))


@router.get(
    "/campagnes/{campagne}/etablissements/{finess}/collecte",
    response={200: schemas.Collecte, **_REFUSALS},
    operation_id="ws06_collecte_par_adresse",
    summary="La collecte d'un établissement dans une campagne",
)
def get_filing_at(request: ApiRequest, campagne: str, finess: str) -> HttpResponse:
    """The same, found by campaign and establishment."""
    check_finess(finess, environment=request.actor.environment)
    return _filing(request, filing_at(request.actor, campaign_named(request.actor, campagne), finess))


@router.get(
    "/traitements/{id}",
    response={200: schemas.Traitement, **_REFUSALS},
    operation_id="ws06_traitement",
    summary="Un traitement",
)
def get_run(request: ApiRequest, run_id: openapi.Id) -> HttpResponse:
    """The run; once ended, its tally and verdict."""
    return wire.json_response(wire.run_object(request, run_with_id(request.actor, run_id)))


@router.get(
    "/traitements/{id}/anomalies",
    response={200: schemas.ListeSignalements, **_REFUSALS},
    operation_id="ws06_anomalies",
    summary="Les anomalies d'un traitement",
)
def list_anomalies(
    request: ApiRequest, run_id: openapi.Id, apres: str | None = None, limite: openapi.Limit = DEFAULT_LIMIT
) -> HttpResponse:
    """All anomalies of the run, document after document, with the true total."""
    run = run_with_id(request.actor, run_id)
    found = page(anomalies_of(run), by="id", after=apres, limit=limite)
    total = documents_of(run).aggregate(total=Sum("total_anomalies"))["total"] or 0
    elements = [wire.report_object(run, anomaly) for anomaly in found.rows]
    return wire.json_response(wire.page_object(request, found, elements, total_anomalies=total))


@router.get(
    "/traitements/{id}/documents",
    response={200: schemas.ListeDocuments, **_REFUSALS},
    operation_id="ws06_documents",
    summary="Les documents d'un traitement, chacun avec son verdict",
)
def list_documents(
    request: ApiRequest, run_id: openapi.Id, apres: str | None = None, limite: openapi.Limit = DEFAULT_LIMIT
) -> HttpResponse:
    """The documents of the run, in the order of the submission."""
    run = run_with_id(request.actor, run_id)
    found = page(documents_of(run), by="position", after=apres, limit=limite)
    return wire.json_response(
        wire.page_object(request, found, [wire.document_object(document) for document in found.rows])
    )


def _filing(request: HttpRequest, filing: Filing) -> HttpResponse:
    return wire.json_response(wire.filing_object(request, filing), ETag=f'"{filing.revision}"')
