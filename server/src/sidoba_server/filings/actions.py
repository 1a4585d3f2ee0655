"""Writes of filings. Each: lock, check, change, tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from sidoba_engine.filing_status import FilingStatus

from sidoba_server.accounts.queries import establishments_with
from sidoba_server.campaigns.models import Campaign
from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment
from sidoba_server.filings import policies
from sidoba_server.filings.models import Comment, Filing, SeenUser, UserDocument, Value
from sidoba_server.filings.queries import completeness_of, filing_if_any


@dataclass(frozen=True, slots=True)
class Source:
    """Where accepted data come from: the run, and when its submission was received. The latest received stands."""

    run_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptedPayload:
    """A conformant structure payload: its model (code, version), its values and comments by key."""

    model: tuple[str, str]
    values: Mapping[str, Any]
    comments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AcceptedDocument:
    """One user document to keep: whom it is about (pseudonym), how it was accepted, and which version of it.

    `version` is the pseudonym of the set of versions and the number, None when the document does not tell.
    """

    pseudonym: str
    masked_identifier: str
    type: str
    status: str
    position: int
    warnings: int
    version: tuple[str, int] | None = None


@transaction.atomic
def open_filing(actor: Actor, *, campaign: Campaign, establishment: Establishment) -> Filing:
    """The filing of that establishment in that campaign, made if it was not expected yet."""
    filing, made = Filing.objects.get_or_create(
        campaign=campaign, establishment=establishment, defaults={"modified_at": clock.now()}
    )
    if made:
        audit.tell(actor, "collecte.ouverte", filing)
    return filing


def lock(filing_id: UUID) -> Filing:
    """The filing, locked until the end of the transaction."""
    return Filing.objects.select_for_update(of=("self",)).select_related("campaign", "establishment").get(pk=filing_id)


def lock_at(actor: Actor, *, campaign: Campaign, establishment: Establishment) -> Filing:
    """The same for the filing at that address, opened if it was not expected yet."""
    standing = filing_if_any(campaign, establishment)
    return lock((standing or open_filing(actor, campaign=campaign, establishment=establishment)).pk)


def note_submission(filing: Filing, *, submission_id: UUID, received_at: datetime) -> None:
    """Remember the latest submission of a locked filing."""
    filing.last_submission_id, filing.last_received_at = submission_id, received_at
    _touch(filing)


def record_payload(filing: Filing, source: Source, payload: AcceptedPayload) -> None:
    """The values of a conformant structure payload replace those of the one before; its absent keys no longer stand.

    A payload received earlier but judged later than the one that stands changes nothing.
    """
    now, (code, version) = clock.now(), payload.model
    standing = {row.key: row for row in Value.objects.filter(filing=filing, model_code=code, superseded_at=None)}
    if any(row.received_at > source.received_at for row in standing.values()):
        return
    same = {key for key, row in standing.items() if key in payload.values and row.value == payload.values[key]}
    Value.objects.filter(pk__in=[row.pk for key, row in standing.items() if key not in same]).update(superseded_at=now)
    Value.objects.filter(pk__in=[standing[key].pk for key in same]).update(received_at=source.received_at)
    Value.objects.bulk_create(
        Value(
            filing=filing,
            model_code=code,
            model_version=version,
            key=key,
            value=value,
            origin="api",
            run_id=source.run_id,
            received_at=source.received_at,
            accepted_at=now,
        )
        for key, value in payload.values.items()
        if key not in same
    )
    Comment.objects.filter(filing=filing, model_code=code).delete()
    Comment.objects.bulk_create(
        Comment(filing=filing, model_code=code, key=key, text=text) for key, text in payload.comments.items()
    )


def note_received(filing: Filing, *, model_code: str, count: int) -> None:
    """How many values the last payload of that model held, conformant or not."""
    filing.received_counts = {**filing.received_counts, model_code: count}


def see_users(filing: Filing, pseudonyms: Sequence[str]) -> None:
    """Count service users about whom something was received."""
    SeenUser.objects.bulk_create(
        (SeenUser(filing=filing, pseudonym=pseudonym) for pseudonym in sorted(set(pseudonyms))), ignore_conflicts=True
    )


def record_documents(filing: Filing, source: Source, documents: Sequence[AcceptedDocument]) -> None:
    """The latest received document of a service user stands; the one before stays in the history."""
    now = clock.now()
    latest = {(document.pseudonym, document.type): document for document in documents}
    before = {
        (row.pseudonym, row.type): row
        for row in UserDocument.objects.filter(
            filing=filing, superseded_at=None, pseudonym__in=[pseudonym for pseudonym, _ in latest]
        )
    }
    replaced = [row for key, row in before.items() if key in latest and row.received_at <= source.received_at]
    outdated = {key for key, row in before.items() if row.received_at > source.received_at}
    UserDocument.objects.filter(pk__in=[row.pk for row in replaced]).update(superseded_at=now)
    UserDocument.objects.bulk_create(
        UserDocument(
            filing=filing,
            pseudonym=document.pseudonym,
            masked_identifier=document.masked_identifier,
            type=document.type,
            status=document.status,
            run_id=source.run_id,
            position=document.position,
            warnings=document.warnings,
            set_pseudonym=document.version[0] if document.version else "",
            version=document.version[1] if document.version else None,
            received_at=source.received_at,
            accepted_at=now,
        )
        for key, document in latest.items()
        if key not in outdated
    )


def data_accepted(actor: Actor, filing: Filing) -> None:
    """A locked filing took accepted data: it is in progress again, whatever it was before."""
    if FilingStatus(filing.status) is not FilingStatus.IN_PROGRESS:
        _move(actor, filing, to=FilingStatus.IN_PROGRESS)
    _touch(filing)


def nothing_accepted(filing: Filing) -> None:
    """A locked filing was sent data that were all refused: what it has received is no longer the same."""
    _touch(filing)


@transaction.atomic
def hand_over(actor: Actor, *, filing_id: UUID, revision: int | None = None) -> Filing:
    """Nothing to correct: `en_cours` → `a_verifier`, ready to be signed. The action WS08 and the front share.

    `revision` is the one the actor has read. Raises EntitlementMissing, StaleRevision, TransitionForbidden,
    FilingIncomplete.
    """
    filing = lock(filing_id)
    policies.check_entitled(establishments_with(actor, "collecte.remettre"), filing)
    policies.check_revision(filing, revision)
    policies.check_transition(filing, FilingStatus.TO_REVIEW)
    policies.check_complete(completeness_of(filing))
    _move(actor, filing, to=FilingStatus.TO_REVIEW)
    _touch(filing)
    return filing


def _move(actor: Actor, filing: Filing, *, to: FilingStatus) -> None:
    policies.check_transition(filing, to)
    before, filing.status = filing.status, to.value
    audit.tell(actor, "collecte.statut", filing, avant=before, apres=to.value)


def _touch(filing: Filing) -> None:
    filing.revision += 1
    filing.modified_at = clock.now()
    filing.save()
