"""The rate limit: announced in every answer, counted per credential, passed with 429 and a time to come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of
from sidoba_server.core import clock

pytestmark = pytest.mark.django_db

INSTANT = datetime(2026, 4, 1, 12, 0, 20, tzinfo=UTC)


def test_announced(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_RATE_LIMIT = 7
    with clock.frozen_at(INSTANT):
        caller = Caller(a_token(scene.access))
        told = [caller.get(address) for address in ("/api/v1/moi", "/api/v1/campagnes", "/api/v1/collectes/0")]
    assert [answer["RateLimit-Policy"] for answer in told] == ['"defaut";q=7;w=60'] * 3
    assert [answer["RateLimit"] for answer in told] == [f'"defaut";r={left};t=40' for left in (6, 5, 4)]


def test_passed(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_RATE_LIMIT = 2
    with clock.frozen_at(INSTANT):
        caller = Caller(a_token(scene.access))
        answers = [caller.get("/api/v1/moi") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    refused = answers[2]
    assert code_of(refused) == (429, "TROP_DE_DEMANDES")
    assert refused["Retry-After"] == "40" and refused["RateLimit"] == '"defaut";r=0;t=40'
    assert "2 demandes" in body_of(refused)["detail"]


def test_the_next_window_is_a_fresh_one(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_RATE_LIMIT = 1
    seen = []
    for after in (0, 1, 39, 40, 41, 100):
        with clock.frozen_at(INSTANT + timedelta(seconds=after)):
            seen.append(Caller(a_token(scene.access)).get("/api/v1/moi").status_code)
    assert seen == [200, 429, 429, 200, 429, 200]


def test_per_credential_not_per_token(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_RATE_LIMIT = 1
    other = situations.an_access(software=scene.access.software)
    with clock.frozen_at(INSTANT):
        tokens = [a_token(scene.access), a_token(scene.access), a_token(other)]
        assert [Caller(token).get("/api/v1/moi").status_code for token in tokens] == [200, 429, 200]


def test_a_refused_sending_leaves_nothing(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_RATE_LIMIT = 0
    assert code_of(scene.send()) == (429, "TROP_DE_DEMANDES")
    assert not scene.campaign.filings.exists()
