"""`GET /moi`: what this key may do, for whom, until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of
from oauth2_provider.models import AccessToken
from sidoba_server.core import clock
from sidoba_server.vendors import actions as vendors

pytestmark = pytest.mark.django_db


def test_told_whole(scene: Scene) -> None:
    expires = AccessToken.objects.get().expires
    assert body_of(scene.caller.get("/api/v1/moi")) == {
        "logiciel": {"nom": "Carnet DUI", "version": "4.2", "editeur": "Éditions Fictives"},
        "environnement": "bac_a_sable",
        "portees": ["campagnes:lire", "collecte:ecrire", "collecte:lire", "collecte:statut", "modeles:lire"],
        "mandats": [
            {
                "finess": "019999994",
                "type_rapport": "ssiad",
                "periode": {"debut": "2024-06-01", "fin": "2025-05-31"},
                "jusqu_au": (clock.today_in_paris() + timedelta(days=365)).isoformat(),
            }
        ],
        "expire_le": clock.wire(expires),
    }


def test_any_valid_token_may_ask(scene: Scene) -> None:
    told = body_of(Caller(a_token(scene.access, scopes=["modeles:lire"])).get("/api/v1/moi"))
    assert told["portees"] == ["modeles:lire"]
    assert body_of(Caller(a_token(scene.access, scopes=[])).get("/api/v1/moi"))["portees"] == []


def test_mandates_in_force_only_in_order(scene: Scene) -> None:
    def mandate(finess: str, report: str, *, ends: date) -> None:
        vendors.record_mandate(
            situations.PLATFORM,
            software=scene.access.software,
            establishment=situations.an_establishment(finess=finess),
            report_type=report,
            period=(date(2025, 1, 1), date(2025, 12, 31)),
            valid_until=ends,
        )

    today = clock.today_in_paris()
    mandate("019999994", "rama", ends=today)
    mandate("010000016", "rama", ends=today + timedelta(days=1))
    mandate("010000024", "rama", ends=today - timedelta(days=1))
    told = [(m["finess"], m["type_rapport"]) for m in body_of(scene.caller.get("/api/v1/moi"))["mandats"]]
    assert told == [("010000016", "rama"), ("019999994", "rama"), ("019999994", "ssiad")]


def test_mandates_of_another_software_are_not_told(scene: Scene) -> None:
    other = situations.an_access(software=situations.a_software(name="Autre DUI"))
    assert body_of(Caller(a_token(other)).get("/api/v1/moi"))["mandats"] == []


def test_without_token() -> None:
    assert code_of(Caller().get("/api/v1/moi")) == (401, "JETON_ABSENT")
