"""Rows to the objects of the contract (API.md §4): keys in its order, absent optional members left out."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from sidoba_engine.filing_status import FilingStatus, targets_of

from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.policies import status_of
from sidoba_server.core.clock import now, wire
from sidoba_server.core.paging import Page
from sidoba_server.filings.models import Filing
from sidoba_server.filings.queries import completeness_of
from sidoba_server.intake.models import Submission
from sidoba_server.intake.receipts import acknowledgement_of
from sidoba_server.processing.judged import TALLY
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument
from sidoba_server.processing.queue import QueuePlace, place_of
from sidoba_server.vendors.models import Mandate, Software

VERDICT_DOCUMENTS = 100
"""A run answers with its whole verdict up to this many documents; beyond, the list of documents pages it."""


def json_response(body: Any, *, status: int = 200, **headers: str) -> HttpResponse:
    """The answer, written once: what the engine wrote goes through as the same bytes."""
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def href(request: HttpRequest, path: str) -> str:
    """An absolute address of this API."""
    base = settings.SIDOBA_PUBLIC_URL
    return f"{base}{path}" if base else request.build_absolute_uri(path)


def link(request: HttpRequest, kind: str, row_id: object) -> dict[str, str]:
    """`{"id", "href"}` of a collecte or traitement."""
    return {"id": str(row_id), "href": href(request, f"/api/v1/{kind}/{row_id}")}


def page_object(request: HttpRequest, page: Page[Any], elements: list[Any], **more: Any) -> dict[str, Any]:
    """`{"elements", "suivant"}`: the next page keeps the caller's own filters."""
    return list_object(request, elements, page.next_cursor, **more)


def list_object(request: HttpRequest, elements: list[Any], next_cursor: str | None, **more: Any) -> dict[str, Any]:
    """The same, from the cursor of the next page (None on the last)."""
    following = None
    if next_cursor is not None:
        query = request.GET.copy()
        query["apres"] = next_cursor
        following = href(request, f"{request.path}?{query.urlencode()}")
    return {"elements": elements, "suivant": following, **more}


def campaign_object(request: HttpRequest, campaign: Campaign, filing: Filing | None) -> dict[str, Any]:
    """`campagne`; `collecte` when an establishment was named and has one."""
    written: dict[str, Any] = {
        "code": campaign.code,
        "libelle": campaign.label,
        "type_rapport": campaign.report_type,
        "annee": campaign.year,
        "environnement": campaign.environment,
        "periode": {"debut": campaign.period_start.isoformat(), "fin": campaign.period_end.isoformat()},
        "ouverture": wire(campaign.opens_at),
        "cloture": wire(campaign.closes_at),
        "statut": status_of(campaign, at=now()).value,
        "modeles": [
            {"code": model.code, "version": model.version}
            for model in sorted(campaign.published_models.all(), key=lambda model: (model.code, model.version))
        ],
    }
    if filing is not None:
        written["collecte"] = link(request, "collectes", filing.pk)
    return written


def filing_object(request: HttpRequest, filing: Filing) -> dict[str, Any]:
    """`collecte`."""
    written: dict[str, Any] = {
        "id": str(filing.pk),
        "campagne": filing.campaign.code,
        "etablissement": {"finess": filing.establishment.finess, "nom": filing.establishment.name},
        "statut": filing.status,
        "transitions_possibles": [status.value for status in targets_of(FilingStatus(filing.status))],
        "completude": completeness_of(filing).as_wire(),
    }
    if filing.last_submission_id is not None and filing.last_received_at is not None:
        written["dernier_envoi"] = {"id": str(filing.last_submission_id), "recu_le": wire(filing.last_received_at)}
    written["modifiee_le"] = wire(filing.modified_at)
    return written


def receipt_object(request: HttpRequest, submission: Submission, run: ProcessingRun) -> dict[str, Any]:
    """`recu`."""
    return {
        "accuse": acknowledgement_of(submission),
        "collecte": link(request, "collectes", submission.filing_id),
        "traitement": link(request, "traitements", run.pk),
        "file": queue_object(place_of(run)),
    }


def queue_object(place: QueuePlace) -> dict[str, Any]:
    """`file`."""
    return {"position": place.position, "attente_estimee_s": {"min": place.wait_min_s, "max": place.wait_max_s}}


def run_object(request: HttpRequest, run: ProcessingRun) -> dict[str, Any]:
    """`traitement`."""
    written: dict[str, Any] = {
        "id": str(run.pk),
        "collecte": link(request, "collectes", run.filing_id),
        "envoi": str(run.submission_id),
        "statut": run.status,
        "recu_le": wire(run.received_at),
    }
    if run.started_at is not None:
        written["debut"] = wire(run.started_at)
    if run.ended_at is not None:
        written["fin"] = wire(run.ended_at)
    if run.status == "en_attente":
        written["file"] = queue_object(place_of(run))
    written["mode"] = run.mode
    if run.status == "termine" and run.tally is not None:
        written["bilan"] = {name: run.tally[name] for name in TALLY}
        written["catalogue"] = {"version": run.catalogue_version, "empreinte": run.catalogue_digest}
    written["anomalies_href"] = href(request, f"/api/v1/traitements/{run.pk}/anomalies")
    written["documents_href"] = href(request, f"/api/v1/traitements/{run.pk}/documents")
    if run.status == "termine" and run.tally is not None and run.tally["recus"] <= VERDICT_DOCUMENTS:
        written["verdict"] = _verdict_object(run)
    return written


def document_object(document: RunDocument) -> orjson.Fragment:
    """`document`: what the platform adds, then the engine's own bytes."""
    added: dict[str, Any] = {"index": document.position}
    if document.pseudonym:
        added |= {"usager": document.pseudonym, "identifiant_local": document.masked_identifier}
    added["statut"] = document.status
    return _joined(added, document.judgement)


def report_object(run: ProcessingRun, anomaly: RunAnomaly) -> dict[str, Any]:
    """`signalement`: one anomaly, and where it comes from."""
    return {
        "traitement": str(run.pk),
        "document": anomaly.document.position,
        "finess": run.filing.establishment.finess,
        "anomalie": orjson.Fragment(anomaly.body),
    }


def mandate_object(mandate: Mandate) -> dict[str, Any]:
    """One line of `moi.mandats`."""
    return {
        "finess": mandate.establishment.finess,
        "type_rapport": mandate.report_type,
        "periode": {"debut": mandate.period_start.isoformat(), "fin": mandate.period_end.isoformat()},
        "jusqu_au": mandate.valid_until.isoformat(),
    }


def software_object(software: Software) -> dict[str, Any]:
    """`moi.logiciel`."""
    return {"nom": software.name, "version": software.version, "editeur": software.vendor.name}


def _verdict_object(run: ProcessingRun) -> dict[str, Any]:
    documents = list(RunDocument.objects.filter(run=run).order_by("position"))
    return {
        "conforme": all(orjson.loads(document.judgement)["conforme"] for document in documents),
        "environnement": run.filing.campaign.environment,
        "total_anomalies": sum(document.total_anomalies for document in documents),
        "documents": [_joined({"index": document.position}, document.judgement) for document in documents],
        "catalogue": {"version": run.catalogue_version, "empreinte": run.catalogue_digest},
    }


def _joined(added: dict[str, Any], judgement: str) -> orjson.Fragment:
    """One object out of two, without reading the second."""
    return orjson.Fragment(orjson.dumps(added)[:-1] + b"," + judgement.encode()[1:])
