"""Refusals of the HTTP border: method, media types."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class MethodNotAllowed(Refusal, code="METHODE_NON_ADMISE"):
    """Fact: `admises`."""


class NotAcceptable(Refusal, code="FORMAT_NON_DISPONIBLE"):
    """Fact: `disponibles`."""


class MediaTypeNotAccepted(Refusal, code="TYPE_NON_ADMIS"):
    """Facts: `type`, `admis`."""
