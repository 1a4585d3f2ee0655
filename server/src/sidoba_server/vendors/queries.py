"""Reads of vendors: credentials, mandates. Always scoped to an actor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from oauth2_provider.models import AccessToken

from sidoba_server.core import clock
from sidoba_server.core.actor import Actor, ActorKind
from sidoba_server.vendors.models import Credential, Mandate, Software
from sidoba_server.vendors.refusals import TokenRefused


def actor_of_token(token: str) -> tuple[Actor, AccessToken]:
    """The software behind a bearer token. Raises TokenRefused when unknown, expired, or of a retired credential."""
    found = (
        AccessToken.objects.select_related("application")
        .filter(token_checksum=hashlib.sha256(token.encode()).hexdigest(), expires__gt=clock.now())
        .first()
    )
    if found is None or found.application is None:
        raise TokenRefused
    credential: Credential = found.application
    scopes = frozenset(found.scope.split()) & frozenset(credential.scopes)
    actor = Actor(ActorKind.SOFTWARE, str(credential.pk), credential.environment, credential.software_id, scopes)
    return actor, found


def mandates_of(actor: Actor) -> QuerySet[Mandate]:
    """Mandates in force of the actor's software, in its environment."""
    if actor.software_id is None:
        return Mandate.objects.none()
    return Mandate.objects.filter(
        software_id=actor.software_id,
        establishment__environment=actor.environment,
        revoked_at__isnull=True,
        valid_until__gte=clock.today_in_paris(),
    ).select_related("establishment")


def coverage(mandates: Iterable[Mandate], *, campaign: str = "") -> Q:
    """What those mandates cover, as a condition on campaigns (or on rows whose lookup starts with `campaign`)."""
    covered = Q(pk__in=[])
    for mandate in mandates:
        covered |= Q(
            **{
                f"{campaign}report_type": mandate.report_type,
                f"{campaign}period_start__gte": mandate.period_start,
                f"{campaign}period_end__lte": mandate.period_end,
            }
        )
    return covered


def software_of(actor: Actor) -> Software:
    """The actor's software, with its vendor."""
    assert actor.software_id is not None, "only a software has one"  # noqa: S101
    return Software.objects.select_related("vendor").get(pk=actor.software_id)


def credential_exists(client_id: str) -> bool:
    """True when that OAuth 2.0 client is known, in any environment."""
    return Credential.objects.filter(client_id=client_id).exists()
