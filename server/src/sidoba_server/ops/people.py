"""`sidoba-server user create`: an account, its second factor, and what it may do for whom."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.accounts.actions import create_account, entitle
from sidoba_server.core.actor import Actor, platform
from sidoba_server.directory.models import Establishment
from sidoba_server.directory.queries import establishment_of
from sidoba_server.ops.exit_codes import Misused, Refused
from sidoba_server.ops.publication import require_environment


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is told once to whoever made the account."""

    email: str
    password: str
    totp_secret: str

    def as_lines(self) -> list[tuple[str, str]]:
        """Label and value, for the screen."""
        return [
            ("Identifiant", self.email),
            ("Mot de passe (à changer)", self.password),
            ("Secret du second facteur (TOTP)", self.totp_secret),
        ]


def create_person(*, email: str, full_name: str, role: str, finess: Sequence[str], environment: str) -> NewPerson:
    """Make the account and entitle it, in one transaction. Raises Misused, Refused."""
    actor = platform(require_environment(environment))
    roles = [known["code"] for known in installed_catalogue().roles]
    if role not in roles:
        raise Misused(f"Le rôle « {role} » n'existe pas : donnez {', '.join(roles)}.")
    establishments = [_establishment(actor, number) for number in finess]
    password = new_password()
    try:
        with transaction.atomic():
            account, totp_secret = create_account(actor, email=email, full_name=full_name, password=password)
            for establishment in establishments:
                entitle(actor, account=account, role=role, establishment=establishment)
    except IntegrityError as clash:
        raise Refused(f"Un compte « {email} » existe déjà.") from clash
    return NewPerson(account.email, password, totp_secret)


def new_password() -> str:
    """Random, long, easy to copy."""
    return secrets.token_urlsafe(18)


def _establishment(actor: Actor, number: str) -> Establishment:
    found = establishment_of(actor, number)
    if found is None:
        raise Refused(f"Aucun établissement {number} dans l'environnement {actor.environment}.")
    return found
