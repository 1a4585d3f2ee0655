"""Nothing to correct: a complete filing goes to signature, by who may, as they have read it."""

from __future__ import annotations

from typing import Any

import pytest
import situations
from calling import Scene
from sidoba_engine.filing_status import FilingStatus
from sidoba_server.accounts.models import Entitlement
from sidoba_server.core import clock
from sidoba_server.core.actor import platform
from sidoba_server.core.models import AuditEvent
from sidoba_server.core.refusals import Refusal
from sidoba_server.filings import actions
from sidoba_server.filings.models import Filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(scene: Scene) -> Filing:
    """A filing whose data are complete, still in progress; no service user is announced."""
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    run = situations.judged(situations.a_submission(scene.access, filing, situations.a_structure_body()))
    assert run.status == "termine"
    filing.refresh_from_db()
    users = actions.completeness_of(filing).users.announced or 0
    if users:
        situations.a_recorded_run(filing, [situations.a_user_document(n) for n in range(users)])
        filing.refresh_from_db()
    return filing


def refused(actor: Any, filing: Filing, **more: Any) -> Refusal:
    """The refusal, once sure that it changed nothing."""
    before = Filing.objects.values().get(pk=filing.pk), AuditEvent.objects.count()
    with pytest.raises(Refusal) as refusal:
        actions.hand_over(actor, filing_id=filing.pk, **more)
    assert (Filing.objects.values().get(pk=filing.pk), AuditEvent.objects.count()) == before
    return refusal.value


@pytest.mark.parametrize("role", ["verificateur", "signataire"])
def test_handed_over(filing: Filing, role: str) -> None:
    person = situations.an_account_with_role(role, filing.establishment)
    moved = actions.hand_over(person.actor, filing_id=filing.pk, revision=filing.revision)
    assert (moved.status, moved.revision) == ("a_verifier", filing.revision + 1)
    assert Filing.objects.get(pk=filing.pk).status == "a_verifier"
    event = AuditEvent.objects.filter(subject_id=str(filing.pk)).order_by("-sequence")[0]
    assert (event.tag, event.actor_kind, event.actor_id) == ("collecte.statut", "personne", str(person.account.pk))
    assert event.facts == {"avant": "en_cours", "apres": "a_verifier"}


def test_without_saying_what_was_read(filing: Filing) -> None:
    person = situations.an_account_with_role("verificateur", filing.establishment)
    assert actions.hand_over(person.actor, filing_id=filing.pk).status == "a_verifier"


def test_not_entitled(filing: Filing) -> None:
    """A reader, somebody of another house, somebody of none, somebody no longer entitled, and no person at all."""
    elsewhere = situations.an_establishment(finess="010000016")
    former = situations.an_account_with_role("signataire", filing.establishment)
    Entitlement.objects.filter(account=former.account).update(revoked_at=clock.now())
    actors = [
        situations.an_account_with_role("lecteur", filing.establishment).actor,
        situations.an_account_with_role("signataire", elsewhere).actor,
        situations.a_person().actor,
        former.actor,
        platform("bac_a_sable"),
    ]
    for actor in actors:
        refusal = refused(actor, filing)
        assert (refusal.status, refusal.code) == (403, "DROIT_ABSENT")


def test_entitled_in_the_other_environment(filing: Filing) -> None:
    person = situations.an_account_with_role("signataire", filing.establishment)
    other = type(person.actor)(person.actor.kind, person.actor.id, "production")
    assert refused(other, filing).code == "DROIT_ABSENT"


@pytest.mark.parametrize("behind", [1, -1])
def test_stale_revision(filing: Filing, behind: int) -> None:
    person = situations.an_account_with_role("verificateur", filing.establishment)
    refusal = refused(person.actor, filing, revision=filing.revision - behind)
    assert (refusal.status, refusal.code) == (412, "ETAT_DEPASSE")


@pytest.mark.parametrize("status", sorted(set(FilingStatus) - {FilingStatus.IN_PROGRESS}))
def test_from_any_other_state(filing: Filing, status: FilingStatus) -> None:
    filing.status = status
    filing.save()
    person = situations.an_account_with_role("verificateur", filing.establishment)
    refusal = refused(person.actor, filing)
    assert (refusal.status, refusal.code) == (409, "TRANSITION_INTERDITE")


def test_incomplete(scene: Scene) -> None:
    """The refusal says what is missing, to the person and as the contract writes it."""
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    situations.a_recorded_run(filing, [situations.a_user_document(0)])
    person = situations.an_account_with_role("verificateur", filing.establishment)
    refusal = refused(person.actor, filing)
    assert (refusal.status, refusal.code) == (409, "COLLECTE_INCOMPLETE")
    assert "les données de la structure" in refusal.detail
    assert refusal.members["completude"] == actions.completeness_of(filing).as_wire()
    assert refusal.members["completude"]["complete"] is False


def test_new_data_bring_it_back(scene: Scene, filing: Filing) -> None:
    """`a_verifier` takes data; once some are accepted, it is in progress again."""
    person = situations.an_account_with_role("verificateur", filing.establishment)
    actions.hand_over(person.actor, filing_id=filing.pk)
    received = situations.a_submission(scene.access, filing, situations.a_structure_body())
    filing.refresh_from_db()
    assert filing.status == "a_verifier", "received is not accepted"
    situations.judged(received)
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_refused_data_do_not(scene: Scene, filing: Filing) -> None:
    person = situations.an_account_with_role("verificateur", filing.establishment)
    actions.hand_over(person.actor, filing_id=filing.pk)
    situations.judged(situations.a_submission(scene.access, filing, b"{}"))
    filing.refresh_from_db()
    assert filing.status == "a_verifier"
