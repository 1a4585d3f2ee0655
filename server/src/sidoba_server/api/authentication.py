"""Who calls: the bearer token becomes an `Actor`. Denial by default: every operation names the scope it needs."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security.base import AuthBase

from sidoba_server.core.actor import Actor
from sidoba_server.core.rates import count_request
from sidoba_server.vendors.policies import check_scope
from sidoba_server.vendors.queries import actor_of_token
from sidoba_server.vendors.refusals import TokenMissing, TokenRefused
from sidoba_server.vendors.scopes import ALL_SCOPES


class ApiRequest(HttpRequest):
    """A request that passed `Scope`."""

    actor: Actor
    token_expires: datetime
    rate_headers: dict[str, str]


class Scope(AuthBase):
    """Lets through a valid token that holds the scope (None: any valid token), counted against the rate limit.

    Raises TokenMissing, TokenRefused, TooManyRequests, ScopeMissing.
    """

    openapi_type = "oauth2"

    def __init__(self, scope: str | None = None) -> None:
        self.scope = scope
        self.openapi_flows = {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": ALL_SCOPES}}
        super().__init__()

    def __call__(self, request: HttpRequest) -> Actor:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise TokenMissing
        actor, found = actor_of_token(token.strip())
        if actor.environment not in settings.SIDOBA_ENVIRONMENTS:
            raise TokenRefused
        passed = cast(ApiRequest, request)
        rate = count_request(f"acces:{actor.id}", limit=settings.SIDOBA_RATE_LIMIT)
        passed.rate_headers = rate.headers
        if self.scope is not None:
            check_scope(actor, self.scope)
        passed.actor, passed.token_expires = actor, found.expires
        return actor
