"""What the sending webservices share: hand the delivery to intake, answer with the receipt."""

from __future__ import annotations

from django.http import HttpResponse

from sidoba_server.api import wire
from sidoba_server.api.authentication import ApiRequest
from sidoba_server.api.body import body_of, check_media_type
from sidoba_server.core.refusals import InvalidParameter
from sidoba_server.intake.actions import Delivery, Received, receive_submission
from sidoba_server.processing.models import MODES

JSON = ("application/json",)
FHIR_OR_XML = ("application/fhir+json", "application/json", "application/fhir+xml", "application/xml", "text/xml")


def receive(
    request: ApiRequest, *, campaign: str, finess: str, kind: str, mode: str, accepted: tuple[str, ...]
) -> HttpResponse:
    """202 with the receipt, only once the body is durably stored."""
    received = delivered(request, campaign=campaign, finess=finess, kind=kind, mode=mode, accepted=accepted)
    return receipt_answer(request, received)


def delivered(
    request: ApiRequest, *, campaign: str, finess: str, kind: str, mode: str, accepted: tuple[str, ...]
) -> Received:
    """The submission, durably stored. Raises MediaTypeNotAccepted, InvalidParameter and the refusals of intake."""
    check_media_type(request, accepted)
    if mode not in MODES:
        raise InvalidParameter(parametre="mode", attendu=" ou ".join(MODES))
    return receive_submission(
        request.actor,
        Delivery(
            campaign=campaign,
            finess=finess,
            kind=kind,
            mode=mode,
            key=request.headers.get("Idempotency-Key"),
            body=body_of(request),
        ),
    )


def receipt_answer(request: ApiRequest, received: Received) -> HttpResponse:
    """202 with the receipt."""
    receipt = wire.receipt_object(request, received.submission, received.run)
    wait_s = max(1, min(30, receipt["file"]["attente_estimee_s"]["max"]))
    response = wire.json_response(receipt, status=202, Location=receipt["traitement"]["href"], Retry_After=str(wait_s))
    return with_replay(response, received)


def with_replay(response: HttpResponse, received: Received) -> HttpResponse:
    """The answer, saying when it is about a first submission sent again."""
    if received.replayed:
        response["Idempotency-Replayed"] = "true"
    return response
