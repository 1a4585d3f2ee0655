"""Writes of accounts: make one, give it a role, give it a second factor."""

from __future__ import annotations

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from sidoba_server.accounts.models import Account, Entitlement
from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment


@transaction.atomic
def create_account(actor: Actor, *, email: str, full_name: str, password: str) -> tuple[Account, str]:
    """A new account with its password and a TOTP second factor.

    Returns the account and the TOTP secret (base32), to be handed over once.
    """
    account = Account.objects.create_user(email=email, password=password, full_name=full_name)
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    audit.tell(actor, "compte.cree", account)
    return account, secret


@transaction.atomic
def entitle(actor: Actor, *, account: Account, role: str, establishment: Establishment) -> Entitlement:
    """Give `role` to `account` for one establishment; giving it twice changes nothing."""
    entitlement, made = Entitlement.objects.get_or_create(
        account=account,
        role=role,
        establishment=establishment,
        revoked_at=None,
        defaults={"given_at": clock.now()},
    )
    if made:
        audit.tell(actor, "habilitation.donnee", entitlement, role=role)
    return entitlement
