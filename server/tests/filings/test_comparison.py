"""What the platform alone knows of an establishment's numbers: its last campaign, and what similar ones send."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pytest
import situations
from calling import Scene, body_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec import json
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_server.campaigns.models import Campaign
from sidoba_server.core.actor import platform
from sidoba_server.directory.models import Establishment
from sidoba_server.filings.comparison import two_digits
from sidoba_server.filings.models import Filing, Value
from sidoba_server.filings.queries import FEWEST_PEERS, previous_numbers, usual_ranges
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.facts import facts_for

pytestmark = pytest.mark.django_db

KEY = "nombre_de_places"  # 36 in the example
BEFORE = (date(2023, 6, 1), date(2024, 5, 31))


@pytest.fixture
def filing(scene: Scene) -> Filing:
    return situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)


def accepted(filing: Filing, **changes: Any) -> Filing:
    """The same filing, where the model's example was accepted with these changes."""
    verdict = situations.a_structure_verdict(situations.example_values(**changes))
    situations.a_recorded_run(filing, [replace(verdict, received=len(verdict.values or {}))], kind="structure")
    filing.refresh_from_db()
    return filing


def peers(campaign: Campaign, places: list[Any], *, category: str = "354") -> None:
    """One more establishment of that category for each of these numbers of places, its data accepted."""
    first = Establishment.objects.count()
    for rank, number in enumerate(places, first):
        establishment = situations.an_establishment(finess=f"{rank:09d}", name=f"Service {rank}")
        Establishment.objects.filter(pk=establishment.pk).update(category=category)
        accepted(situations.a_filing(campaign=campaign, establishment=establishment), **{KEY: number})


def test_without_a_campaign_before_nobody_knows(filing: Filing) -> None:
    facts = facts_for(filing, situations.the_model())
    assert facts.previous_values is None and facts.peer_ranges is None
    assert facts.establishment_finess == filing.establishment.finess and facts.campaign is not None


def test_an_establishment_that_filed_nothing_before_has_no_numbers(filing: Filing) -> None:
    situations.a_campaign(code="ssiad-2025", period=BEFORE)
    assert previous_numbers(filing, model_code=situations.SSIAD) == {}


def test_the_numbers_accepted_in_the_campaign_before_are_exact_and_only_those(filing: Filing) -> None:
    """Not those of two years ago, of another report, of another establishment, nor what was replaced since."""
    oldest = situations.a_campaign(code="ssiad-2024", period=(date(2022, 6, 1), date(2023, 5, 31)))
    before = situations.a_campaign(code="ssiad-2025", period=BEFORE)
    other = situations.a_campaign(
        code="rama-2025", model="rama-structure", period=(date(2024, 1, 1), date(2024, 5, 31))
    )
    assert other.report_type != before.report_type
    here, elsewhere = filing.establishment, situations.an_establishment(finess="019999978", name="Un autre")
    accepted(situations.a_filing(campaign=oldest, establishment=here), **{KEY: 11})
    accepted(situations.a_filing(campaign=before, establishment=elsewhere), **{KEY: 12})
    filed = accepted(situations.a_filing(campaign=before, establishment=here), **{KEY: 13})
    accepted(filed, **{KEY: 40, "cout_transports": Decimal("8684.230")})
    numbers = previous_numbers(filing, model_code=situations.SSIAD)
    assert numbers is not None
    assert (numbers[KEY], str(numbers["cout_transports"])) == (Decimal(40), "8684.230")
    sent = situations.example_values()
    assert set(numbers) == {key for key, value in sent.items() if type(value) in (int, float, Decimal)}
    assert previous_numbers(filing, model_code="rama-structure") == {}


def test_the_other_environment_is_another_world(filing: Filing) -> None:
    production = platform("production")
    before = situations.a_campaign(code="ssiad-2025", period=BEFORE, by=production)
    there = situations.an_establishment(finess=filing.establishment.finess, by=production)
    accepted(situations.a_filing(campaign=before, establishment=there, by=production))
    assert previous_numbers(filing, model_code=situations.SSIAD) is None


def test_too_few_similar_establishments_tell_nothing(filing: Filing) -> None:
    """Nineteen are too few; itself and those of another category do not count; the twentieth does."""
    peers(filing.campaign, [30] * (FEWEST_PEERS - 1))
    peers(filing.campaign, [30] * 2, category="209")
    accepted(filing)
    assert usual_ranges(filing, model_code=situations.SSIAD) is None
    peers(filing.campaign, [30])
    ranges = usual_ranges(filing, model_code=situations.SSIAD)
    assert ranges is not None and ranges[KEY] == (Decimal(30), Decimal(30))


def test_the_usual_range_leaves_out_the_ends_and_tells_no_exact_amount(filing: Filing) -> None:
    """One in twenty at each end, rounded outwards; a key that few have sent is not compared."""
    peers(filing.campaign, [1, *range(121, 159), 9000])
    others = Filing.objects.exclude(pk=filing.pk)
    Value.objects.filter(filing__in=others[:20], key="cout_transports").delete()
    ranges = usual_ranges(filing, model_code=situations.SSIAD)
    assert ranges is not None and ranges[KEY] == (Decimal(120), Decimal(160))
    assert "intervention_nuit" not in ranges, "true is not a number"
    Value.objects.filter(filing__in=others[:21], key="cout_transports").delete()
    narrowed = usual_ranges(filing, model_code=situations.SSIAD)
    assert narrowed is not None and "cout_transports" in ranges and "cout_transports" not in narrowed


def test_a_run_is_judged_with_them_and_the_engine_says_the_same(scene: Scene, filing: Filing) -> None:
    """Both warnings reach the sender; given the same facts, the engine alone writes the same bytes."""
    before = situations.a_campaign(code="ssiad-2025", period=BEFORE)
    accepted(situations.a_filing(campaign=before, establishment=scene.establishment), **{KEY: 80})
    peers(scene.campaign, list(range(60, 80)))
    body = situations.a_structure_body()
    receipt = body_of(scene.caller.post(scene.address("structure"), body))
    judge_run(receipt["traitement"]["id"])
    run = body_of(scene.caller.get(receipt["traitement"]["href"]))
    (document,) = run["verdict"]["documents"]
    about = {
        anomaly["regle"]: anomaly for anomaly in document["anomalies"] if anomaly["emplacement"]["chemin"].endswith(KEY)
    }
    assert set(about) == {"R-KV-035", "R-KV-036"} and document["conforme"]
    assert "80" in about["R-KV-035"]["message"] and about["R-KV-036"]["attendu"] == ["≥ 60", "≤ 78"]
    assert not {line["regle"] for line in document.get("regles_non_executees", [])} & {"R-KV-035", "R-KV-036"}

    facts = facts_for(filing, situations.the_model())
    (verdict,) = judge(
        body, catalogue=installed_catalogue(), facts=facts, door=Door.KEY_VALUE, model=situations.the_model()
    )
    written = json.decode(verdict_json.encode(verdict_json.judgement_object(verdict, limit=500)))
    assert written == {key: document[key] for key in written}
    (unaware,) = judge(
        body,
        catalogue=installed_catalogue(),
        facts=replace(facts, previous_values=None, peer_ranges=None),
        door=Door.KEY_VALUE,
        model=situations.the_model(),
    )
    assert {line.rule for line in unaware.not_run} >= {"R-KV-035", "R-KV-036"}


def test_as_many_queries_whatever_the_number_of_establishments(filing: Filing) -> None:
    counts = []
    for number in (1, 30):
        peers(filing.campaign, [30] * number)
        with CaptureQueriesContext(connection) as queries:
            facts_for(filing, situations.the_model())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_documents_about_service_users_ask_no_question(filing: Filing) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert facts_for(filing, None).previous_values is None
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        ("0", "0", "0"),
        ("7", "7", "7"),
        ("-1987", "-2000", "-1900"),
        ("99.51", "99", "100"),
        ("1e30", "1" + "0" * 30, "1" + "0" * 30),
    ],
)
def test_two_digits_of_a_number(number: str, low: str, high: str) -> None:
    found = [str(two_digits(Decimal(number), rounding)) for rounding in (ROUND_FLOOR, ROUND_CEILING)]
    assert found == [low, high]
