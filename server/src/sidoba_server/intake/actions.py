"""Receiving: refuse before any byte is stored, or store everything and acknowledge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.policies import check_open
from sidoba_server.campaigns.queries import campaign_named, mandated_establishment
from sidoba_server.core import audit, clock, correlation
from sidoba_server.core.actor import Actor
from sidoba_server.core.ids import new_id
from sidoba_server.core.payloads import SealedBody, store
from sidoba_server.directory.models import Establishment
from sidoba_server.filings import actions as filings
from sidoba_server.filings.models import Filing
from sidoba_server.filings.policies import check_accepts_data
from sidoba_server.filings.queries import filing_if_any
from sidoba_server.intake.models import IdempotencyKey, Submission
from sidoba_server.intake.receipts import sign
from sidoba_server.intake.refusals import KeyInvalid, KeyMissing, KeyReused
from sidoba_server.processing.actions import queue_run
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.processing.queries import run_with_id
from sidoba_server.vendors.policies import check_finess

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a sender hands over at one address. `body` gives the bytes in clear, as they come."""

    campaign: str
    finess: str
    kind: str
    mode: str
    key: str | None
    body: Iterable[bytes]

    @property
    def target(self) -> str:
        """The address the key is bound to."""
        return f"{self.kind}|{self.mode}|{self.campaign}|{self.finess}"


@dataclass(frozen=True, slots=True)
class Received:
    """A submission durably stored; `replayed` when an earlier one with the same key stands for it."""

    submission: Submission
    run: ProcessingRun
    replayed: bool


def receive_submission(actor: Actor, delivery: Delivery) -> Received:
    """Check who sends what for whom, take the body, store it, queue its run: acknowledged once this returns.

    Raises a Refusal before any byte is stored (key, FINESS, campaign, mandate, status, length, digest, size).
    """
    key = _checked_key(delivery.key)
    check_finess(delivery.finess, environment=actor.environment)
    campaign = campaign_named(actor, delivery.campaign)
    establishment = mandated_establishment(actor, campaign, delivery.finess)
    if _earlier(actor, key) is None:
        _check_takes_data(campaign, establishment)
    body = SealedBody()
    try:
        for piece in delivery.body:
            body.write(piece)
        body.finish()
        try:
            return _store(actor, delivery, key, campaign, establishment, body)
        except IntegrityError:
            earlier = _earlier(actor, key)
            if earlier is None:
                raise
            return _replayed(actor, earlier, delivery, body)  # the same key came in twice at once: the first one stands
    finally:
        body.close()


@transaction.atomic
def _store(
    actor: Actor, delivery: Delivery, key: str, campaign: Campaign, establishment: Establishment, body: SealedBody
) -> Received:
    filing = filings.lock_at(actor, campaign=campaign, establishment=establishment)
    earlier = _earlier(actor, key)
    if earlier is not None:
        return _replayed(actor, earlier, delivery, body)
    check_open(campaign, at=clock.now())
    check_accepts_data(filing)
    store(body, environment=actor.environment)
    submission = _submission(actor, delivery, filing, body)
    IdempotencyKey.objects.create(
        credential_id=actor.id, key=key, target=delivery.target, payload_digest=body.digest, submission=submission
    )
    run = queue_run(
        filing,
        run_id=submission.run_id,
        submission_id=submission.pk,
        kind=delivery.kind,
        mode=delivery.mode,
        payload_digest=body.digest,
        received_at=submission.received_at,
        correlation_id=submission.correlation_id,
    )
    filings.note_submission(filing, submission_id=submission.pk, received_at=submission.received_at)
    audit.tell(actor, "envoi.recu", filing, envoi=submission.pk, empreinte=body.digest, octets=body.octets)
    return Received(submission, run, replayed=False)


def _submission(actor: Actor, delivery: Delivery, filing: Filing, body: SealedBody) -> Submission:
    submission = Submission(
        filing=filing,
        credential_id=actor.id,
        kind=delivery.kind,
        origin="api",
        payload_digest=body.digest,
        octets=body.octets,
        received_at=clock.now(),
        run_id=new_id(),
        correlation_id=correlation.current(),
    )
    submission.signature = sign(submission)
    submission.save(force_insert=True)
    return submission


def _checked_key(key: str | None) -> str:
    if not key:
        raise KeyMissing
    if not _KEY.fullmatch(key):
        raise KeyInvalid
    return key


def _check_takes_data(campaign: Campaign, establishment: Establishment) -> None:
    check_open(campaign, at=clock.now())
    standing = filing_if_any(campaign, establishment)
    if standing is not None:
        check_accepts_data(standing)


def _earlier(actor: Actor, key: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(credential_id=actor.id, key=key).select_related("submission").first()


def _replayed(actor: Actor, earlier: IdempotencyKey, delivery: Delivery, body: SealedBody) -> Received:
    """The first receipt again. Raises KeyReused when the key served for something else."""
    if earlier.payload_digest != body.digest or earlier.target != delivery.target:
        raise KeyReused(recu_le=clock.wire(earlier.submission.received_at))
    return Received(earlier.submission, run_with_id(actor, earlier.submission.run_id), replayed=True)
