"""Reads of accounts: what a person may do, and where."""

from __future__ import annotations

import uuid

from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.accounts.models import Account, Entitlement
from sidoba_server.core.actor import Actor, ActorKind


def environment_of(account: Account) -> str | None:
    """The environment the account works in: that of its entitlements (it never mixes two), None without any."""
    first = Entitlement.objects.filter(account=account, revoked_at__isnull=True).select_related("establishment").first()
    return first.establishment.environment if first else None


def actor_for(account: Account) -> Actor | None:
    """The actor that this person is, None when they are entitled to nothing."""
    environment = environment_of(account)
    return Actor(ActorKind.PERSON, str(account.pk), environment) if environment else None


def establishments_with(actor: Actor, right: str) -> frozenset[uuid.UUID]:
    """Ids of the establishments for which this person has that right. Empty for any other kind of actor."""
    if actor.kind is not ActorKind.PERSON:
        return frozenset()
    roles = [role["code"] for role in installed_catalogue().roles if right in role["droits"]]
    return frozenset(
        Entitlement.objects.filter(
            account_id=actor.id,
            revoked_at__isnull=True,
            role__in=roles,
            establishment__environment=actor.environment,
        ).values_list("establishment_id", flat=True)
    )


def account_named(email: str) -> Account | None:
    """The account with that address, if there is one."""
    return Account.objects.filter(email=email.lower()).first()
