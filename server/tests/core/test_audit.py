"""The audit trail: one event per deed, chained by subject; a change to the past shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import situations
from calling import Scene
from django.db import IntegrityError, transaction
from sidoba_server.core import audit
from sidoba_server.core.models import AuditEvent
from sidoba_server.filings.models import Filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(scene: Scene) -> Filing:
    """A filing with a history: opened, three times sent and judged."""
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    for _ in range(3):
        situations.judged(situations.a_submission(scene.access, filing, situations.a_structure_body()))
    return filing


def events(filing: Filing) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(subject_id=str(filing.pk)).order_by("sequence"))


def test_a_whole_chain_holds(filing: Filing) -> None:
    told = events(filing)
    assert [event.sequence for event in told] == list(range(1, len(told) + 1))
    assert {"collecte.ouverte", "envoi.recu", "collecte.statut", "traitement.termine"} == {event.tag for event in told}
    assert audit.first_break(filing) is None


def test_every_subject_of_a_story_has_its_own_chain(filing: Filing) -> None:
    for subject in (filing, filing.campaign, filing.establishment):
        assert audit.first_break(subject) is None
        assert AuditEvent.objects.filter(subject_id=str(subject.pk)).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tag", "autre"),
        ("actor_id", "autre"),
        ("actor_kind", "personne"),
        ("environment", "production"),
        ("facts", {"avant": "x"}),
        ("correlation_id", "autre"),
        ("previous_digest", "0" * 64),
        ("digest", "0" * 64),
        ("at", None),
        ("sequence", 99),
    ],
)
def test_a_changed_event_breaks_it(filing: Filing, field: str, value: Any) -> None:
    event = events(filing)[2]
    changed = event.at + timedelta(milliseconds=1) if field == "at" else value
    AuditEvent.objects.filter(pk=event.pk).update(**{field: changed})
    found = audit.first_break(filing)
    assert found is not None and found.sequence >= 3


def test_a_removed_event_breaks_it(filing: Filing) -> None:
    events(filing)[1].delete()
    found = audit.first_break(filing)
    assert found is not None and found.sequence == 3


def test_a_rewritten_event_breaks_the_next_one(filing: Filing) -> None:
    """Even when its own digest is made again to match."""
    event = events(filing)[1]
    event.facts = {**event.facts, "octets": "1"}
    event.digest = audit.digest_of(event)
    event.save()
    found = audit.first_break(filing)
    assert found is not None and found.sequence == 3


def test_no_fork(filing: Filing) -> None:
    event = events(filing)[1]
    event.pk, event._state.adding = situations.new_id(), True
    with pytest.raises(IntegrityError, match="audit_chain_has_no_fork"), transaction.atomic():
        event.save(force_insert=True)


def test_an_event_belongs_to_the_transaction_of_its_deed(filing: Filing) -> None:
    count = len(events(filing))

    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        audit.tell(situations.PLATFORM, "essai", filing)
        raise Undone
    assert len(events(filing)) == count
