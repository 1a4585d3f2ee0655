"""Situations the tests start from, named for what they are, made through the platform's own actions.

Each returns what it made. Everything lives in the sandbox environment unless told otherwise; `PLATFORM` is who sets the
scene.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sidoba_engine.anomaly import Anomaly, Location
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment
from sidoba_engine.verdict import DocumentType, DocumentVerdict, ServiceUserIdentity
from sidoba_server.accounts import actions as accounts
from sidoba_server.accounts.models import Account
from sidoba_server.campaigns import actions as campaigns
from sidoba_server.campaigns.models import Campaign
from sidoba_server.core import clock
from sidoba_server.core.actor import Actor, ActorKind, platform
from sidoba_server.core.ids import new_id
from sidoba_server.directory import actions as directory
from sidoba_server.directory.models import Establishment
from sidoba_server.filings import actions as filings
from sidoba_server.filings.models import Filing
from sidoba_server.intake import actions as intake
from sidoba_server.processing import actions as processing
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.publishing import actions as publishing
from sidoba_server.vendors import actions as vendors
from sidoba_server.vendors.models import Credential, Software

PLATFORM = platform("bac_a_sable")
PASSWORD = "Quatre mots bien choisis"
SSIAD = "ssiad-structure"

_numbers = itertools.count(1)


def the_model(code: str = SSIAD) -> BusinessModel:
    """A business model of the installed catalogue, at the version that the campaigns of 2026 collect."""
    model = installed_catalogue().model(code, "2026.0-brouillon")
    assert model is not None
    return model


def an_establishment(
    *, finess: str = "019999994", name: str = "SSIAD des Trois Rivières", by: Actor = PLATFORM, time_zone: str = ""
) -> Establishment:
    """A SSIAD of the Ain (the one the model's example is about); its legal entity comes with it."""
    establishment = directory.register_establishment(
        by,
        finess=finess,
        name=name,
        category="354",
        department="01",
        legal_entity_finess="019999986",
        legal_entity_name="Association des Trois Rivières",
    )
    if time_zone:
        establishment.time_zone = time_zone
        establishment.save(update_fields=["time_zone"])
    return establishment


def a_campaign(
    *,
    code: str = "ssiad-2026",
    label: str = "Rapport d'activité des SSIAD, tarification 2026",
    model: str = SSIAD,
    window: tuple[datetime, datetime] | None = None,
    period: tuple[date, date] = (date(2024, 6, 1), date(2025, 5, 31)),
    by: Actor = PLATFORM,
) -> Campaign:
    """A campaign with its published model: open since a month, for two more months, unless `window` says otherwise."""
    business_model = the_model(model)
    return campaigns.open_campaign(
        by,
        code=code,
        label=label,
        report_type=business_model.report_type,
        year=2026,
        period=period,
        window=window or (clock.now() - timedelta(days=30), clock.now() + timedelta(days=60)),
        models=[publishing.publish_model(by, model=business_model)],
    )


def a_software(*, name: str = "Carnet DUI", version: str = "4.2", by: Actor = PLATFORM) -> Software:
    """A DUI software of a vendor."""
    return vendors.register_software(by, vendor="Éditions Fictives", name=name, version=version)


@dataclass(frozen=True, slots=True)
class Access:
    """A software's access: what its requests carry, and the actor it is on the platform."""

    software: Software
    credential: Credential
    secret: str
    actor: Actor


def an_access(*, software: Software | None = None, scopes: list[str] | None = None, by: Actor = PLATFORM) -> Access:
    """A credential (client id, secret told once) without any mandate yet."""
    software = software or a_software(by=by)
    credential, secret = vendors.issue_credential(by, software=software, scopes=scopes)
    actor = Actor(
        ActorKind.SOFTWARE, str(credential.pk), credential.environment, software.pk, frozenset(credential.scopes)
    )
    return Access(software, credential, secret, actor)


def a_credential_with_mandate(
    campaign: Campaign,
    establishment: Establishment,
    *,
    software: Software | None = None,
    valid_until: date | None = None,
    by: Actor = PLATFORM,
) -> Access:
    """A credential whose software holds the establishment's mandate for the campaign's report and period."""
    access = an_access(software=software, by=by)
    vendors.record_mandate(
        by,
        software=access.software,
        establishment=establishment,
        report_type=campaign.report_type,
        period=(campaign.period_start, campaign.period_end),
        valid_until=valid_until or clock.today_in_paris() + timedelta(days=365),
    )
    return access


def a_filing(
    *, campaign: Campaign | None = None, establishment: Establishment | None = None, by: Actor = PLATFORM
) -> Filing:
    """A filing nobody has sent anything to yet."""
    return filings.open_filing(
        by, campaign=campaign or a_campaign(by=by), establishment=establishment or an_establishment(by=by)
    )


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can log in: their account, and what they know and hold."""

    account: Account
    password: str
    totp_secret: str

    @property
    def actor(self) -> Actor:
        """The actor this person is in the sandbox."""
        return Actor(ActorKind.PERSON, str(self.account.pk), "bac_a_sable")

    def totp_code(self, *, at: float | None = None) -> str:
        """The six digits their telephone shows now, or showed at that instant."""
        return totp_code(self.totp_secret, at=at)


def totp_code(secret: str, *, at: float | None = None) -> str:
    """The code of an authenticator application (RFC 6238: SHA-1, six digits, 30 s) for that base32 secret."""
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0xF
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def a_person(*, email: str = "", full_name: str = "Camille Durand", by: Actor = PLATFORM) -> Person:
    """An account with a password and a TOTP, entitled to nothing yet."""
    email = email or f"personne{next(_numbers)}@exemple.fr"
    account, secret = accounts.create_account(by, email=email, full_name=full_name, password=PASSWORD)
    return Person(account, PASSWORD, secret)


def an_account_with_role(
    role: str, establishment: Establishment, *, email: str = "", full_name: str = "Camille Durand", by: Actor = PLATFORM
) -> Person:
    """A person with that role of `roles.yaml` (`lecteur`, `verificateur`, `signataire`) for one establishment."""
    person = a_person(email=email, full_name=full_name, by=by)
    accounts.entitle(by, account=person.account, role=role, establishment=establishment)
    return person


def example_values(code: str = SSIAD, **changes: Any) -> dict[str, Any]:
    """The model's own valid example, with changes; a key changed to None is left out."""
    values = {**the_model(code).example, **changes}
    return {key: value for key, value in values.items() if value is not None}


def a_structure_body(
    values: Mapping[str, Any] | None = None, *, code: str = SSIAD, comments: Mapping[str, str] | None = None
) -> bytes:
    """The body of WS05 for these values (the model's example by default)."""
    model = the_model(code)
    body: dict[str, Any] = {
        "modele": {"code": model.code, "version": model.version},
        "donnees": dict(example_values(code) if values is None else values),
    }
    if comments:
        body["commentaires"] = dict(comments)
    return msgspec.json.encode(body)


def a_submission(
    access: Access,
    filing: Filing,
    body: bytes,
    *,
    kind: str = "structure",
    mode: str = "partiel",
    key: str | None = None,
) -> intake.Received:
    """A body received through the one door; its run is queued and waits for `judge`."""
    return intake.receive_submission(
        access.actor,
        intake.Delivery(
            campaign=filing.campaign.code,
            finess=filing.establishment.finess,
            kind=kind,
            mode=mode,
            key=key or str(new_id()),
            body=[body],
        ),
    )


def judged(received: intake.Received) -> ProcessingRun:
    """The run of that submission, judged by the real engine and recorded."""
    processing.judge_run(received.submission.run_id)
    return ProcessingRun.objects.get(pk=received.submission.run_id)


def an_anomaly(
    rule: str, *, path: str = "/ClinicalDocument", place: tuple[int, int] | None = None, **facts: Any
) -> Anomaly:
    """An anomaly of a rule of the catalogue, at a place (line, column) of a document."""
    line, column = place or (None, None)
    return installed_catalogue().rules[rule].anomaly(Location(path, line, column), Environment.SANDBOX, **facts)


def a_user_document(index: int, *anomalies: Anomaly, user: str | None = None) -> DocumentVerdict:
    """The verdict of one CDA document about one service user."""
    identity = ServiceUserIdentity(ins=None, local_identifier=user or f"USAGER-{index:05d}")
    return DocumentVerdict(index, DocumentType.CDA, anomalies, (), service_user=identity)


def a_recorded_run(
    filing: Filing, verdicts: Sequence[DocumentVerdict], *, kind: str = "cda", comments: dict[str, str] | None = None
) -> ProcessingRun:
    """A run whose verdict is recorded, the bytes left out: for pages and lists at volume."""
    run = a_waiting_run(filing, kind=kind)
    if comments:
        verdicts = [replace(verdicts[0], comments=comments), *verdicts[1:]]
    processing.record_verdict(run.pk, verdicts, catalogue=installed_catalogue())
    run.refresh_from_db()
    return run


def a_waiting_run(filing: Filing, *, kind: str = "cda") -> ProcessingRun:
    """A run in the queue, nobody having taken it."""
    return processing.queue_run(
        filing,
        run_id=new_id(),
        submission_id=new_id(),
        kind=kind,
        mode="partiel",
        payload_digest="sha256:" + "0" * 64,
        received_at=clock.now(),
        correlation_id="",
    )


def a_structure_verdict(
    values: Mapping[str, Any] | None = None, *anomalies: Anomaly, code: str = SSIAD
) -> DocumentVerdict:
    """The verdict of a structure payload that stands (or of one refused, with blocking anomalies)."""
    model = the_model(code)
    return DocumentVerdict(
        0,
        DocumentType.KEY_VALUE,
        anomalies,
        (),
        values=dict(example_values(code) if values is None else values),
        model=(model.code, model.version),
    )
