"""Refusals and faults as answers: problem+json (RFC 9457), or an OperationOutcome for a caller who asks for FHIR.

No view builds an error body; nothing of a fault leaves but its correlation id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from ninja import NinjaAPI
from ninja.errors import ValidationError

from sidoba_server.api.refusals import MethodNotAllowed
from sidoba_server.core import correlation
from sidoba_server.core.refusals import InternalFault, InvalidParameter, NotFound, Refusal, ServiceUnavailable

API_PREFIXES = ("/api/", "/oauth/", "/sante/")
_FHIR = "application/fhir+json"
_FORMS = ["application/problem+json", _FHIR, f"{_FHIR}; fhirVersion=4.0"]
_ISSUE_CODES = {401: "login", 403: "forbidden", 404: "not-found", 409: "conflict", 413: "too-long", 429: "throttled"}

journal = structlog.get_logger(__name__)


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as the caller asked for it."""
    as_fhir = refusal.status != 401 and request.get_preferred_type(_FORMS) in _FORMS[1:]
    body = _operation_outcome(refusal) if as_fhir else _problem(refusal)
    response = HttpResponse(
        orjson.dumps(body), status=refusal.status, content_type=_FHIR if as_fhir else "application/problem+json"
    )
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="sidoba"'
    if refusal.status == 503:
        response["Retry-After"] = "30"
    for name, value in refusal.headers.items():
        response[name] = value
    journal.info("refused", code=refusal.code, status=refusal.status, path=request.path)
    return response


def install(api: NinjaAPI) -> None:
    """Give the API its handlers."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Refusal: answer,
        ValidationError: _invalid,
        OperationalError: _unavailable,
        InterfaceError: _unavailable,
        Exception: fault,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """We are wrong: full trace in the log, its correlation id outside."""
    journal.error("fault", path=request.path, exc_info=error)
    return answer(request, InternalFault())


class ApiMiddleware:
    """What the framework answers by itself under the API (404, 405) becomes a problem; the rate is announced."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API_PREFIXES):
            return self.get_response(request)
        if "\x00" in request.path:  # no column holds that character: nothing lies there
            return answer(request, NotFound())
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = answer(request, MethodNotAllowed(admises=allowed, headers={"Allow": allowed}))
        elif (
            response.status_code == 404
            and "problem" not in response["Content-Type"]
            and "fhir" not in response["Content-Type"]
        ):
            response = answer(request, NotFound())
        for name, value in getattr(request, "rate_headers", {}).items():
            response[name] = value
        response.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Faults of addresses outside of the API's own handlers (`/oauth`, `/sante`)."""
        if not request.path.startswith(API_PREFIXES):
            return None
        if isinstance(error, Refusal):
            return answer(request, error)
        if isinstance(error, Http404):
            return answer(request, NotFound())
        if isinstance(error, OperationalError | InterfaceError):
            return _unavailable(request, error)
        return fault(request, error)


def _problem(refusal: Refusal) -> dict[str, Any]:
    return {
        "type": refusal.documentation,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "correlation_id": correlation.current(),
        **refusal.members,
    }


def _operation_outcome(refusal: Refusal) -> dict[str, Any]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": _ISSUE_CODES.get(refusal.status, "transient" if refusal.status >= 500 else "processing"),
                "details": {
                    "coding": [{"system": refusal.documentation.rsplit("/", 1)[0], "code": refusal.code}],
                    "text": refusal.title,
                },
                "diagnostics": f"{refusal.detail} (corrélation {correlation.current()})",
            }
        ],
    }


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A query parameter of the wrong form: named, with what was expected. An id in a path is simply not found."""
    place = [str(part) for part in error.errors[0]["loc"]]
    if place[0] == "path":
        return answer(request, NotFound())
    return answer(
        request,
        InvalidParameter(parametre=place[-1], attendu=_EXPECTED.get(error.errors[0]["type"], "voir /api/v1/docs")),
    )


_EXPECTED = {
    "int_parsing": "un nombre entier",
    "enum": "une des valeurs documentées dans /api/v1/docs",
    "literal_error": "une des valeurs documentées dans /api/v1/docs",
    "greater_than_equal": "un nombre dans les bornes documentées",
    "less_than_equal": "un nombre dans les bornes documentées",
}


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    journal.error("infrastructure", path=request.path, fault=type(error).__name__)
    return answer(request, ServiceUnavailable())
