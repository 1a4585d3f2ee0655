"""Numbers beside what is already known: the last period, and similar establishments. Warnings, never a refusal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sidoba_engine.anomaly import Severity, Stage
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.validation import judge

KEY = "nombre_de_places"  # 36 in the example


@pytest.mark.parametrize(
    ("before", "is_reported"),
    [
        ("36", False),
        ("30", False),
        ("24", False),
        ("23", True),
        ("100", True),
        ("72", False),
        ("73", True),
        ("0", True),
    ],
)
def test_the_gap_with_the_last_period(before: str, is_reported: bool, body: Any, judge_one: Any) -> None:
    verdict = judge_one(body(), facts=Facts(previous_values={KEY: Decimal(before)}, peer_ranges={}))
    assert [anomaly.rule for anomaly in verdict.anomalies] == (["R-KV-035"] if is_reported else [])
    assert verdict.is_conformant


def test_a_small_number_may_double(body: Any, judge_one: Any) -> None:
    sent = body()
    facts = Facts(previous_values={"etp_psychologue": Decimal("0.25"), "sorties": Decimal(1)}, peer_ranges={})
    assert judge_one(sent, facts=facts).anomalies == ()


@pytest.mark.parametrize(
    ("low", "high", "is_reported"), [("30", "36", False), ("36", "40", False), ("37", "40", True), ("1", "35.5", True)]
)
def test_the_usual_range_of_similar_establishments(
    low: str, high: str, is_reported: bool, body: Any, judge_one: Any
) -> None:
    verdict = judge_one(body(), facts=Facts(previous_values={}, peer_ranges={KEY: (Decimal(low), Decimal(high))}))
    assert [anomaly.rule for anomaly in verdict.anomalies] == (["R-KV-036"] if is_reported else [])
    for anomaly in verdict.anomalies:
        assert (anomaly.severity, anomaly.stage) == (Severity.WARNING, Stage.REGISTRY)
        assert anomaly.expected == (f"≥ {low}", f"≤ {high}")
        assert anomaly.location.path == f"/donnees/{KEY}"
        assert anomaly.fix is None, "what was filed before is not what is right now"


def test_a_year_is_not_a_quantity_and_a_faulty_value_is_not_compared(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"][KEY] = "36"
    facts = Facts(
        previous_values={KEY: Decimal(900), "annee_tarification": Decimal(2), "categorie": Decimal(1)}, peer_ranges={}
    )
    assert [anomaly.rule for anomaly in judge_one(sent, facts=facts).anomalies] == ["R-KV-021"]


def test_facts_that_are_known_to_be_empty_are_not_unknown(body: Any, judge_one: Any, ssiad_facts: Facts) -> None:
    known = replace(ssiad_facts, previous_values={}, peer_ranges={})
    assert judge_one(body(), facts=known).not_run == ()
    lines = judge_one(body(), facts=ssiad_facts).not_run
    assert [(line.rule, line.detail) for line in lines] == [
        ("R-KV-035", "valeurs_precedentes"),
        ("R-KV-036", "etablissements_comparables"),
    ]


def test_the_data_of_a_service_user_are_not_compared(body: Any, judge_one: Any) -> None:
    rules = {line.rule for line in judge_one(body("rama-usager")).not_run}
    assert not rules & {"R-KV-035", "R-KV-036"}


@pytest.mark.parametrize(
    "model", installed_catalogue().models.values(), ids=lambda model: f"{model.code} {model.version}"
)
def test_no_example_looks_unlikely(model: Any, body: Any, judge_one: Any) -> None:
    assert judge_one(body(model.code, model.version)).anomalies == ()


def test_no_record_of_the_reference_populations_looks_unlikely(shared: Any, catalogue: Any) -> None:
    judged = 0
    for path in sorted((shared / "models" / "examples" / "populations").glob("*.jsonl")):
        model = catalogue.model(path.stem, "2026.0-brouillon")
        for line in path.read_bytes().splitlines():
            (verdict,) = judge(line, catalogue=catalogue, facts=Facts(), model=model)
            assert [a.rule for a in verdict.anomalies if a.rule in ("R-KV-033", "R-KV-034")] == []
            judged += 1
    assert judged > 50
