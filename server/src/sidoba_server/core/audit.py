"""The audit trail: every action tells it, in its own transaction."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from django.db import transaction

from sidoba_server.core import clock, correlation
from sidoba_server.core.actor import Actor
from sidoba_server.core.models import AuditEvent


def tell(actor: Actor, tag: str, subject: Any, **facts: object) -> None:
    """Write one audit event about `subject` (a row this transaction has locked or made). Facts: ids and counts only."""
    assert transaction.get_connection().in_atomic_block, "an audit event is part of its action's transaction"  # noqa: S101
    subject_type, subject_id = subject._meta.label_lower, str(subject.pk)
    last = AuditEvent.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-sequence").first()
    event = AuditEvent(
        at=clock.now(),
        environment=actor.environment,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        tag=tag,
        subject_type=subject_type,
        subject_id=subject_id,
        sequence=last.sequence + 1 if last else 1,
        facts={name: str(value) for name, value in facts.items()},
        correlation_id=correlation.current(),
        previous_digest=last.digest if last else "",
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)


def digest_of(event: AuditEvent) -> str:
    """What the event's digest must be, from its content and the digest before it."""
    covered = [
        str(event.pk),
        clock.wire(event.at),
        event.environment,
        event.actor_kind,
        event.actor_id,
        event.tag,
        event.subject_type,
        event.subject_id,
        event.sequence,
        sorted(event.facts.items()),
        event.correlation_id,
        event.previous_digest,
    ]
    return hashlib.sha256(msgspec.json.encode(covered)).hexdigest()


def first_break(subject: Any) -> AuditEvent | None:
    """The first event of the subject's chain that does not hold, or None when the chain is whole."""
    previous = ""
    events = AuditEvent.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
    for sequence, event in enumerate(events.order_by("sequence").iterator(), start=1):
        if event.sequence != sequence or event.previous_digest != previous or digest_of(event) != event.digest:
            return event
        previous = event.digest
    return None
