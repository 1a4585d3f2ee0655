"""The correlation id: taken from the caller or made, returned, logged, and carried into the worker."""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from sidoba_server.core.ids import new_id

HEADER = "X-Correlation-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,100}")


def current() -> str:
    """The correlation id of the work under way; empty outside of any."""
    return str(structlog.contextvars.get_contextvars().get("correlation_id", ""))


def bind(correlation_id: str) -> None:
    """Put everything logged from here on under that correlation id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)


class CorrelationMiddleware:
    """First of all middlewares: whatever is logged or refused after it carries the id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        bind(given if _ACCEPTED.fullmatch(given) else str(new_id()))
        try:
            response = self.get_response(request)
            response[HEADER] = current()
            return response
        finally:
            structlog.contextvars.clear_contextvars()
