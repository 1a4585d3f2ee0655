"""Calling the API in this process, as a DUI software does: a token in hand, addresses of the contract, real answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import situations
from django.http import HttpResponse
from django.test import Client
from oauth2_provider.models import AccessToken
from sidoba_server.campaigns.models import Campaign
from sidoba_server.core import clock
from sidoba_server.core.actor import Actor
from sidoba_server.core.ids import new_id
from sidoba_server.directory.models import Establishment
from sidoba_server.filings.models import Filing

JSON = "application/json"
FHIR = "application/fhir+json"
PROBLEM = "application/problem+json"


def a_token(access: situations.Access, *, scopes: list[str] | None = None, lives: timedelta | None = None) -> str:
    """A bearer token of that access, as `POST /oauth/token` would have given it (`lives` may be negative)."""
    token = secrets.token_urlsafe(24)
    AccessToken.objects.create(
        application=access.credential,
        token=token,
        expires=clock.now() + (lives or timedelta(minutes=10)),
        scope=" ".join(access.credential.scopes if scopes is None else scopes),
    )
    return token


class Caller:
    """A software calling with its token. Headers are given as on the wire, underscores for hyphens."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: bytes, *, kind: str = JSON, key: str | None = "", **headers: str) -> HttpResponse:
        """Send a body; `key` is a fresh one unless given, none when None."""
        if key is not None:
            headers["Idempotency_Key"] = key or str(new_id())
        return self.call("POST", path, body, kind, **headers)

    def call(self, method: str, path: str, body: bytes = b"", kind: str = JSON, **headers: str) -> HttpResponse:
        """Any method at any address; an address of an answer (`href`, `suivant`) may be given as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        path = path.removeprefix("http://testserver")
        return self._client.generic(method, path, body, content_type=kind, headers=sent)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Scene:
    """One open campaign, one establishment, one software with its mandate, and who calls for it."""

    campaign: Campaign
    establishment: Establishment
    access: situations.Access
    caller: Caller

    def address(self, what: str) -> str:
        """`structure`, `cda` or `collecte` of this establishment in this campaign."""
        return f"/api/v1/campagnes/{self.campaign.code}/etablissements/{self.establishment.finess}/{what}"

    def send(self, body: bytes | None = None, *, key: str | None = "", **headers: str) -> HttpResponse:
        """WS05 with the model's own example, or `body`."""
        return self.caller.post(self.address("structure"), body or situations.a_structure_body(), key=key, **headers)

    @property
    def filing(self) -> Filing:
        """The filing, as it now stands."""
        return Filing.objects.get(campaign=self.campaign, establishment=self.establishment)


def a_scene(
    *,
    campaign: Campaign | None = None,
    establishment: Establishment | None = None,
    software: situations.Software | None = None,
    by: Actor = situations.PLATFORM,
) -> Scene:
    """The scene most tests start from, in the environment of `by`."""
    campaign = campaign or situations.a_campaign(by=by)
    establishment = establishment or situations.an_establishment(by=by)
    access = situations.a_credential_with_mandate(campaign, establishment, software=software, by=by)
    return Scene(campaign, establishment, access, Caller(a_token(access)))


def body_of(response: HttpResponse) -> Any:
    """The JSON of an answer."""
    return msgspec.json.decode(response.content)


def code_of(response: HttpResponse) -> tuple[int, str]:
    """Status and public code of a refusal, once sure that it has the form of one."""
    assert response["Content-Type"] == PROBLEM, response.content
    problem = body_of(response)
    assert problem["status"] == response.status_code
    assert problem["correlation_id"] == response["X-Correlation-Id"]
    return response.status_code, problem["code"]


def kept_rows() -> dict[str, int]:
    """How many rows each table holds that receiving a body writes."""
    from django.apps import apps

    tables = (
        "intake.Submission",
        "intake.IdempotencyKey",
        "core.Payload",
        "core.PayloadBlock",
        "processing.ProcessingRun",
        "procrastinate.ProcrastinateJob",
        "filings.Filing",
        "core.AuditEvent",
    )
    return {table: apps.get_model(table)._default_manager.count() for table in tables}
