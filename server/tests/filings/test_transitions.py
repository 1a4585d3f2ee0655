"""The state table of filings, both ways: what it allows passes, all the rest is refused, by us and by the database."""

from __future__ import annotations

import itertools

import pytest
import situations
from django.db import IntegrityError, transaction
from sidoba_engine.filing_status import ACCEPTING_DATA, TRANSITIONS, FilingStatus, targets_of
from sidoba_server.filings import policies
from sidoba_server.filings.models import Filing
from sidoba_server.filings.refusals import FilingClosed, TransitionForbidden

ALLOWED = {(transition.source, transition.target) for transition in TRANSITIONS}
PAIRS = list(itertools.product(FilingStatus, FilingStatus))

CONTRACT = {
    ("a_initier", "en_cours"),
    ("a_initier", "annulee"),
    ("en_cours", "a_verifier"),
    ("en_cours", "annulee"),
    ("a_verifier", "en_cours"),
    ("a_verifier", "signee"),
    ("a_verifier", "annulee"),
    ("signee", "acceptee"),
    ("signee", "rouverte"),
    ("acceptee", "rouverte"),
    ("acceptee", "close"),
    ("rouverte", "en_cours"),
}
"""The table of the contract (API.md §2, `collecte`), written once more: the code's own must not drift from it."""


def test_the_table_is_that_of_the_contract() -> None:
    assert {(source.value, target.value) for source, target in ALLOWED} == CONTRACT
    assert len(TRANSITIONS) == len(ALLOWED), "each transition once"


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair(source: FilingStatus, target: FilingStatus) -> None:
    filing = Filing(status=source)
    if (source, target) in ALLOWED:
        policies.check_transition(filing, target)
        return
    with pytest.raises(TransitionForbidden) as refused:
        policies.check_transition(filing, target)
    assert (refused.value.status, refused.value.code) == (409, "TRANSITION_INTERDITE")
    possible = [status.value for status in targets_of(source)]
    assert refused.value.members == {"transitions_possibles": possible}
    assert source.value in refused.value.detail and target.value in refused.value.detail


@pytest.mark.parametrize("status", FilingStatus)
def test_which_states_take_data(status: FilingStatus) -> None:
    """Those from which accepted data lead to `en_cours`, and `en_cours` itself."""
    leads = status is FilingStatus.IN_PROGRESS or (status, FilingStatus.IN_PROGRESS) in ALLOWED
    assert (status in ACCEPTING_DATA) is leads
    if leads:
        policies.check_accepts_data(Filing(status=status))
    else:
        with pytest.raises(FilingClosed) as refused:
            policies.check_accepts_data(Filing(status=status))
        assert (refused.value.status, refused.value.code) == (409, "COLLECTE_FERMEE")


@pytest.mark.django_db
@pytest.mark.parametrize("status", FilingStatus)
def test_the_database_knows_every_state(status: FilingStatus) -> None:
    filing = situations.a_filing()
    filing.status = status
    filing.save()
    filing.refresh_from_db()
    assert filing.status == status


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["", "inconnu", "EN_COURS", "en_cours "])
def test_the_database_refuses_any_other(status: str) -> None:
    filing = situations.a_filing()
    with pytest.raises(IntegrityError, match="filing_status_known"), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).update(status=status)


@pytest.mark.django_db
def test_one_filing_per_campaign_and_establishment() -> None:
    filing = situations.a_filing()
    again = situations.a_filing(campaign=filing.campaign, establishment=filing.establishment)
    assert again.pk == filing.pk
    with pytest.raises(IntegrityError, match="filing_once"), transaction.atomic():
        Filing.objects.create(
            campaign=filing.campaign, establishment=filing.establishment, modified_at=filing.modified_at
        )
