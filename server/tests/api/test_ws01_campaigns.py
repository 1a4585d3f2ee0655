"""WS01: the campaigns of the caller's environment, filtered by status, establishment and report type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of
from sidoba_server.core import clock

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/campagnes"


@pytest.fixture
def several(scene: Scene) -> Scene:
    """The open SSIAD campaign, an open RAMA, one announced and one closed."""
    now = clock.now()
    situations.a_campaign(code="rama-2026", model="rama-structure")
    situations.a_campaign(code="ssiad-2027", window=(now + timedelta(days=300), now + timedelta(days=400)))
    situations.a_campaign(code="ssiad-2025", window=(now - timedelta(days=400), now - timedelta(days=300)))
    return scene


def codes(scene: Scene, query: str = "") -> list[str]:
    answer = scene.caller.get(f"{ADDRESS}{query}")
    assert answer.status_code == 200, answer.content
    return [campaign["code"] for campaign in body_of(answer)["elements"]]


def test_a_campaign_is_told_whole(scene: Scene) -> None:
    """Also shows the clock: closing is an instant in UTC, the period two days."""
    (campaign,) = body_of(scene.caller.get(ADDRESS))["elements"]
    assert campaign == {
        "code": "ssiad-2026",
        "libelle": scene.campaign.label,
        "type_rapport": "ssiad",
        "annee": 2026,
        "environnement": "bac_a_sable",
        "periode": {"debut": "2024-06-01", "fin": "2025-05-31"},
        "ouverture": clock.wire(scene.campaign.opens_at),
        "cloture": clock.wire(scene.campaign.closes_at),
        "statut": "ouverte",
        "modeles": [{"code": "ssiad-structure", "version": situations.the_model().version}],
    }


def test_all_are_listed_in_the_order_of_their_codes(several: Scene) -> None:
    assert codes(several) == ["rama-2026", "ssiad-2025", "ssiad-2026", "ssiad-2027"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?statut=ouverte", ["rama-2026", "ssiad-2026"]),
        ("?statut=annoncee", ["ssiad-2027"]),
        ("?statut=close", ["ssiad-2025"]),
        ("?type_rapport=rama", ["rama-2026"]),
        ("?type_rapport=camsp", []),
        ("?statut=ouverte&type_rapport=ssiad", ["ssiad-2026"]),
        ("?finess=019999994&statut=ouverte", ["ssiad-2026"]),
    ],
)
def test_filters(several: Scene, query: str, expected: list[str]) -> None:
    assert codes(several, query) == expected


def test_status_follows_the_clock_to_the_instant(scene: Scene) -> None:
    """Open from the opening instant, closed from the closing one: midnight in Paris, on a day of summer time."""
    opens, closes = datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC)
    situations.a_campaign(window=(opens, closes))
    second = timedelta(seconds=1)
    seen = []
    for instant in (opens - second, opens, closes - second, closes):
        with clock.frozen_at(instant):
            caller = Caller(a_token(scene.access))
            seen.append(body_of(caller.get(ADDRESS))["elements"][0]["statut"])
    assert seen == ["annoncee", "ouverte", "ouverte", "close"]
    assert codes(scene, "?statut=close") == ["ssiad-2026"] or clock.now() < closes


def test_finess_gives_the_filing_where_there_is_one(scene: Scene) -> None:
    assert "collecte" not in body_of(scene.caller.get(f"{ADDRESS}?finess=019999994"))["elements"][0]
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    (campaign,) = body_of(scene.caller.get(f"{ADDRESS}?finess=019999994"))["elements"]
    assert campaign["collecte"]["id"] == str(filing.pk)
    assert body_of(scene.caller.get(campaign["collecte"]["href"]))["id"] == str(filing.pk)
    assert "collecte" not in body_of(scene.caller.get(ADDRESS))["elements"][0], "no establishment was named"


def test_finess_keeps_to_the_period_of_the_mandate(scene: Scene) -> None:
    """A campaign of the same report over another period is not one the mandate covers."""
    situations.a_campaign(code="ssiad-autre", period=(date(2023, 6, 1), date(2024, 5, 31)))
    assert codes(scene, "?finess=019999994") == ["ssiad-2026"]


def test_finess_without_mandate_is_unknown(scene: Scene) -> None:
    situations.an_establishment(finess="010000016")
    absent = code_of(scene.caller.get(f"{ADDRESS}?finess=010000024"))
    assert code_of(scene.caller.get(f"{ADDRESS}?finess=010000016")) == absent == (404, "ETABLISSEMENT_INCONNU")


@pytest.mark.parametrize("finess", ["01999999", "0199999944", "01999999X", "ABCDEFGHI", "%00", ""])
def test_finess_badly_formed(scene: Scene, finess: str) -> None:
    assert code_of(scene.caller.get(f"{ADDRESS}?finess={finess}")) == (422, "FINESS_INVALIDE")


@pytest.mark.parametrize("query", ["statut=ouvert", "type_rapport=SSIAD", "limite=0", "limite=x", "apres=%00"])
def test_a_parameter_of_another_form_is_named(scene: Scene, query: str) -> None:
    answer = scene.caller.get(f"{ADDRESS}?{query}")
    assert code_of(answer) == (422, "PARAMETRE_INVALIDE")
    assert query.split("=")[0] in body_of(answer)["detail"]


def test_needs_its_scope(scene: Scene) -> None:
    caller = Caller(a_token(scene.access, scopes=["modeles:lire"]))
    answer = caller.get(ADDRESS)
    assert code_of(answer) == (403, "PORTEE_ABSENTE")
    assert "campagnes:lire" in body_of(answer)["detail"] and "modeles:lire" in body_of(answer)["detail"]
