"""Answers written in FHIR: what became of a lot, a resource kept here, what this address serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.api.refusals import NotAcceptable
from sidoba_server.core import clock, correlation
from sidoba_server.core.payloads import unseal
from sidoba_server.filings.models import ResourceVersion
from sidoba_server.processing.models import RunAnomaly

MEDIA_TYPE = "application/fhir+json"
PLAIN = "application/json"
MOST_ISSUES = 500
"""Issues of one OperationOutcome; the list of anomalies of the run has them all."""

_SEVERITIES = {"bloquante": "error", "avertissement": "warning", "information": "information"}
_CODES = {
    "enveloppe": "invalid",
    "structure": "structure",
    "terminologie": "code-invalid",
    "metier": "business-rule",
    "referentiel": "business-rule",
}
_PLACES = {
    "ligne": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line",
    "colonne": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col",
}


def asked_form(request: HttpRequest, *forms: str) -> str:
    """The first of those media types that suits the caller best. Raises NotAcceptable."""
    versioned = [f"{form}; fhirVersion=4.0" for form in forms if form == MEDIA_TYPE]
    found = request.get_preferred_type([*forms, *versioned])
    if found is None:
        raise NotAcceptable(disponibles=", ".join(forms))
    return str(found).partition(";")[0]


def answered(body: Any, *, status: int = 200, media_type: str = MEDIA_TYPE) -> HttpResponse:
    """The answer, in UTF-8 JSON."""
    return HttpResponse(orjson.dumps(body), status=status, content_type=media_type)


def transaction_response(versions: Iterable[ResourceVersion]) -> dict[str, Any]:
    """What the guide (TDDUI 2.4.0, flow 1.2) asks for a lot that was taken: one entry each, in its order."""
    return {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [
            {
                "response": {
                    "status": "201 Created",
                    "location": f"{version.resource.type}/{version.resource_id}/_history/{version.number}",
                    "etag": f'W/"{version.number}"',
                    "lastModified": clock.wire(version.accepted_at),
                }
            }
            for version in versions
        ],
    }


def outcome_of(anomalies: Iterable[RunAnomaly]) -> dict[str, Any]:
    """The anomalies of a run, each told once: rule, severity, place; the blocking ones first."""
    bodies = list(dict.fromkeys(anomaly.body for anomaly in anomalies))
    found = sorted(map(orjson.loads, bodies), key=lambda anomaly: list(_SEVERITIES).index(anomaly["gravite"]))
    return {"resourceType": "OperationOutcome", "issue": [_issue(anomaly) for anomaly in found[:MOST_ISSUES]]}


def kept_resource(version: ResourceVersion) -> HttpResponse:
    """A resource as it stands, in clear: for those who may read it only. Numbers keep every digit they came with."""
    sealed = unseal(bytes(version.sealed), about=str(version.resource_id))
    members = msgspec.json.decode(sealed, type=dict[str, msgspec.Raw])
    meta = msgspec.json.decode(members["meta"]) if "meta" in members else {}
    meta |= {"versionId": str(version.number), "lastUpdated": clock.wire(version.accepted_at)}
    members["meta"] = msgspec.Raw(orjson.dumps(meta))
    response = HttpResponse(msgspec.json.encode(members), content_type=MEDIA_TYPE)
    response["ETag"] = f'W/"{version.number}"'
    response["Last-Modified"] = http_date(version.accepted_at.timestamp())
    return response


def _issue(anomaly: Mapping[str, Any]) -> dict[str, Any]:
    place = anomaly["emplacement"]
    issue: dict[str, Any] = {
        "severity": _SEVERITIES[anomaly["gravite"]],
        "code": _CODES[anomaly["niveau"]],
        "details": {
            "coding": [{"system": f"{installed_catalogue().documentation}/regles", "code": anomaly["regle"]}],
            "text": anomaly["message"],
        },
        "diagnostics": f"{anomaly['aide']} (corrélation {correlation.current()})",
    }
    if "expression" in place:
        issue["expression"] = [place["expression"]]
    lines = [{"url": url, "valueInteger": place[name]} for name, url in _PLACES.items() if name in place]
    return {"extension": lines, **issue} if lines else issue
