"""Writes of vendors: register a software, give it a credential, record a mandate."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from oauth2_provider.generators import generate_client_id, generate_client_secret

from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment
from sidoba_server.vendors.models import Credential, Mandate, Software, Vendor
from sidoba_server.vendors.scopes import ALL_SCOPES


@transaction.atomic
def register_software(actor: Actor, *, vendor: str, name: str, version: str) -> Software:
    """Add a software and its vendor, or bring its version up to date."""
    owner, _ = Vendor.objects.get_or_create(name=vendor)
    software, _ = Software.objects.update_or_create(vendor=owner, name=name, defaults={"version": version})
    audit.tell(actor, "logiciel.inscrit", software)
    return software


@transaction.atomic
def issue_credential(actor: Actor, *, software: Software, scopes: list[str] | None = None) -> tuple[Credential, str]:
    """A new OAuth 2.0 client in the actor's environment. Returns it with its secret, told once and kept hashed."""
    secret = generate_client_secret()
    credential = Credential.objects.create(
        name=software.name,
        software=software,
        environment=actor.environment,
        scopes=scopes if scopes is not None else list(ALL_SCOPES),
        client_id=generate_client_id(),
        client_secret=secret,
        client_type=Credential.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Credential.GRANT_CLIENT_CREDENTIALS,
    )
    audit.tell(actor, "acces.cree", credential)
    return credential, secret


@transaction.atomic
def record_mandate(
    actor: Actor,
    *,
    software: Software,
    establishment: Establishment,
    report_type: str,
    period: tuple[date, date],
    valid_until: date,
) -> Mandate:
    """The establishment lets the software send that report for that period. Recording it again changes its end only."""
    mandate, made = Mandate.objects.update_or_create(
        software=software,
        establishment=establishment,
        report_type=report_type,
        period_start=period[0],
        period_end=period[1],
        revoked_at=None,
        defaults={"valid_until": valid_until},
        create_defaults={"valid_until": valid_until, "given_at": clock.now()},
    )
    audit.tell(actor, "mandat.donne" if made else "mandat.prolonge", mandate)
    return mandate
