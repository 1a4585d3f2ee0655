"""Sets the demo's world up, through the same actions as any other: safe to run again on the same data."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction

from sidoba_server.accounts.actions import create_account, entitle
from sidoba_server.accounts.models import Account
from sidoba_server.accounts.queries import account_named
from sidoba_server.campaigns.actions import open_campaign
from sidoba_server.core import clock
from sidoba_server.core.actor import Actor, platform
from sidoba_server.directory.actions import register_establishment
from sidoba_server.directory.models import Establishment
from sidoba_server.filings.actions import open_filing
from sidoba_server.ops.demo import cast
from sidoba_server.ops.demo.keys import Keys
from sidoba_server.ops.exit_codes import Refused
from sidoba_server.ops.people import new_password
from sidoba_server.ops.publication import publish_catalogue
from sidoba_server.publishing.models import PublishedModel
from sidoba_server.vendors.actions import issue_credential, record_mandate, register_software
from sidoba_server.vendors.models import Software
from sidoba_server.vendors.queries import credential_exists

ENVIRONMENT = "bac_a_sable"
OPEN_SINCE_DAYS, OPEN_FOR_DAYS = 12, 120


def set_up(keys: Keys) -> None:
    """Models, establishments, campaigns, filings, software and people. New secrets go to `keys`. Raises Refused."""
    actor = platform(ENVIRONMENT)
    published = publish_catalogue(ENVIRONMENT)
    places = {place.finess: _establishment(actor, place) for place in cast.PLACES}
    software = register_software(actor, vendor=cast.VENDOR, name=cast.SOFTWARE, version=cast.SOFTWARE_VERSION)
    for collection in cast.COLLECTIONS:
        _collection(actor, collection, published, places, software)
    _credential(actor, software, keys)
    for person in cast.PEOPLE:
        account = _account(actor, person, keys)
        entitle(actor, account=account, role=person.role, establishment=places[person.place.finess])


def _establishment(actor: Actor, place: cast.Place) -> Establishment:
    return register_establishment(
        actor,
        finess=place.finess,
        name=place.name,
        category=place.category,
        department=place.department,
        legal_entity_finess=place.manager_finess,
        legal_entity_name=place.manager_name,
    )


def _collection(
    actor: Actor,
    collection: cast.Collection,
    published: list[PublishedModel],
    places: dict[str, Establishment],
    software: Software,
) -> None:
    """The campaign, the filings expected in it, and the mandates of all its establishments but one."""
    today = clock.today_in_paris()
    campaign = open_campaign(
        actor,
        code=collection.code,
        label=collection.label,
        report_type=collection.report_type,
        year=collection.year,
        period=collection.period,
        window=(_midnight_in_paris(-OPEN_SINCE_DAYS), _midnight_in_paris(OPEN_FOR_DAYS + 1)),
        models=[
            model
            for model in published
            if (model.code, model.version) == (f"{collection.report_type}-structure", cast.MODEL_VERSION)
        ],
    )
    for place in collection.places:
        open_filing(actor, campaign=campaign, establishment=places[place.finess])
        if place is not cast.WITHOUT_MANDATE:
            record_mandate(
                actor,
                software=software,
                establishment=places[place.finess],
                report_type=collection.report_type,
                period=collection.period,
                valid_until=today + timedelta(days=365),
            )


def _midnight_in_paris(days: int) -> datetime:
    """The instant at which that day begins, counted from today."""
    day = clock.today_in_paris() + timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=clock.PARIS)


def _credential(actor: Actor, software: Software, keys: Keys) -> None:
    if keys.client_id and credential_exists(keys.client_id):
        return
    with transaction.atomic():
        credential, keys.client_secret = issue_credential(actor, software=software)
        keys.client_id = credential.client_id
        keys.save()  # before the commit: a credential whose secret nobody has must not exist


def _account(actor: Actor, person: cast.Person, keys: Keys) -> Account:
    standing = account_named(person.email)
    if standing is not None:
        if person.email not in keys.people:
            raise Refused(
                f"Le compte de démonstration « {person.email} » existe, mais son mot de passe n'est plus dans "
                f"« {keys.path} ». Effacez les données de la démonstration : `make demo-reset`."
            )
        return standing
    password = new_password()
    with transaction.atomic():
        account, totp = create_account(actor, email=person.email, full_name=person.name, password=password)
        keys.people[person.email] = {"mot_de_passe": password, "totp": totp}
        keys.save()
    return account
