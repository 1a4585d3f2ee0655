"""Completeness: computed from what stands, per model and per service user."""

from __future__ import annotations

import pytest
import situations
from calling import Scene
from django.db import connection
from django.test.utils import CaptureQueriesContext
from sidoba_server.filings.models import Filing
from sidoba_server.filings.queries import completeness_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(scene: Scene) -> Filing:
    return situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)


def test_nothing_received(filing: Filing) -> None:
    completeness = completeness_of(filing)
    assert not completeness.is_complete
    assert completeness.missing_in_words() == ["les données de la structure"]
    assert completeness.as_wire()["usagers"] == {"recus": 0, "acceptes": 0}


def test_a_required_value_missing(filing: Filing) -> None:
    required = [i for i in situations.the_model().indicators.values() if i.required][-1]
    values = situations.example_values(**{required.key: None})
    situations.a_recorded_run(filing, [situations.a_structure_verdict(values)], kind="structure")
    completeness = completeness_of(filing)
    (model,) = completeness.models
    assert model.missing_required == (required.key,) and model.accepted == len(values)
    assert required.label in " ".join(completeness.missing_in_words())


def test_users_announced_by_the_structure_data(filing: Filing) -> None:
    """As many accepted service users as announced; one more does not harm."""
    key = situations.the_model().users_announced_by
    assert key is not None, "the SSIAD model counts its service users"
    situations.a_recorded_run(
        filing, [situations.a_structure_verdict(situations.example_values(**{key: 3}))], kind="structure"
    )
    seen = []
    for number in range(5):
        users = completeness_of(filing).users
        seen.append((users.announced, users.received, users.accepted, completeness_of(filing).is_complete))
        situations.a_recorded_run(filing, [situations.a_user_document(0, user=f"U{number}")])
    assert seen == [(3, n, n, n >= 3) for n in range(5)]


def test_missing_users_in_words(filing: Filing) -> None:
    key = situations.the_model().users_announced_by
    situations.a_recorded_run(
        filing, [situations.a_structure_verdict(situations.example_values(**{key or "": 3}))], kind="structure"
    )
    assert completeness_of(filing).missing_in_words() == ["3 usagers sur 3 annoncés"]
    situations.a_recorded_run(filing, [situations.a_user_document(n) for n in range(2)])
    assert completeness_of(filing).missing_in_words() == ["1 usager sur 3 annoncés"]


def test_the_same_number_of_queries_whatever_the_size(filing: Filing) -> None:
    counts = []
    for number in (1, 40):
        situations.a_recorded_run(filing, [situations.a_user_document(n, user=f"{number}-{n}") for n in range(number)])
        with CaptureQueriesContext(connection) as queries:
            completeness_of(filing)
        counts.append(len(queries))
    assert counts[0] == counts[1]
