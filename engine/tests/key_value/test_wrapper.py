"""The wrapper of WS05, bare data, and the campaign and establishment they are sent to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sidoba_engine.anomaly import Stage
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.verdict import DocumentType

VERSION = "2026.0-brouillon"

WRAPPERS = [
    ({"modele": "ssiad-structure"}, [("R-KV-009", "/modele")]),
    ({"modele": {}}, [("R-KV-009", "/modele/code"), ("R-KV-009", "/modele/version")]),
    ({"modele": {"code": "ssiad-structure"}}, [("R-KV-009", "/modele/version")]),
    ({"modele": {"code": "ssiad-structure", "version": 2026}}, [("R-KV-009", "/modele/version")]),
    ({"modele": {"code": "ssiad-structure", "version": "derniere"}}, [("R-KV-012", "/modele/version")]),
    ({"modele": {"code": "SSIAD-structure", "version": VERSION}}, [("R-KV-011", "/modele/code")]),
    (
        {"modele": {"code": "ssiad-structure", "version": VERSION, "empreinte": "x"}},
        [("R-KV-008", "/modele/empreinte")],
    ),
    ({"donnees": None}, [("R-KV-009", "/donnees")]),
    ({"donnees": "{}"}, [("R-KV-009", "/donnees")]),
    ({"commentaires": ["x"]}, [("R-KV-009", "/commentaires")]),
    ({"commentaires": None}, []),
    ({"finess": "019999994", "x": 1}, [("R-KV-008", "/finess"), ("R-KV-008", "/x")]),
]


@pytest.mark.parametrize(("members", "expected"), WRAPPERS)
@pytest.mark.parametrize("door", [Door.ANY, Door.KEY_VALUE])
def test_a_wrong_wrapper_is_named_the_same_at_every_door(
    members: dict[str, Any], expected: list[tuple[str, str]], door: Door, body: Any, judge_one: Any
) -> None:
    verdict = judge_one(body() | members, door=door)
    assert [(anomaly.rule, anomaly.location.path) for anomaly in verdict.anomalies] == expected
    assert {anomaly.stage for anomaly in verdict.anomalies} <= {Stage.ENVELOPE}
    assert verdict.type is DocumentType.KEY_VALUE


def test_without_a_model_nothing_else_is_said_about_the_data(body: Any, judge_one: Any) -> None:
    sent = body()
    del sent["modele"]
    sent["donnees"]["nombre_de_places"] = "x"
    assert [anomaly.rule for anomaly in judge_one(sent, door=Door.KEY_VALUE).anomalies] == ["R-KV-010"]


def test_bare_data_need_a_model_beside_them(body: Any, judge_one: Any, catalogue: Any) -> None:
    bare = body()["donnees"]
    without = judge_one(bare)
    assert [anomaly.rule for anomaly in without.anomalies] == ["R-KV-010"]
    beside = judge_one(bare, model=catalogue.model("ssiad-structure", "2026.0-brouillon"))
    assert beside.anomalies == () and len(beside.values) == len(bare)
    bare["categorie"] = 354
    (anomaly,) = judge_one(bare, model=catalogue.model("ssiad-structure", "2026.0-brouillon")).anomalies
    assert anomaly.location.path == "/categorie"
    assert anomaly.fix is not None and anomaly.fix.operations[0]["path"] == "/categorie"


def test_the_call_of_the_platform_always_has_a_wrapper(body: Any, judge_one: Any, catalogue: Any) -> None:
    model = catalogue.model("ssiad-structure", "2026.0-brouillon")
    unnamed = {name: member for name, member in body().items() if name != "modele"}
    for sent in (body()["donnees"], unnamed):
        verdict = judge_one(sent, model=model, door=Door.KEY_VALUE)
        assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-KV-010"]
    assert judge_one(unnamed, model=model).anomalies == ()


def test_another_model_than_the_one_asked_for(body: Any, judge_one: Any, catalogue: Any) -> None:
    asked = catalogue.model("rama-structure", "2026.0-brouillon")
    (anomaly,) = judge_one(body("ssiad-structure"), model=asked).anomalies
    assert anomaly.rule == "R-KV-013"
    assert anomaly.expected == (f"rama-structure {VERSION}",)
    assert judge_one(body("rama-structure"), model=asked).anomalies == ()


def test_users_data_do_not_enter_as_an_establishment(made_up_catalogue: Any, made_up_body: Any, judge_one: Any) -> None:
    (anomaly,) = judge_one(made_up_body, catalogue=made_up_catalogue, door=Door.KEY_VALUE).anomalies
    assert (anomaly.rule, anomaly.expected) == ("R-KV-013", ("essai-structure",))


def test_wrong_campaign_establishment_and_year_come_first(body: Any, judge_one: Any, ssiad_facts: Facts) -> None:
    sent = body()
    sent["donnees"] |= {"finess_et": "019999986", "annee_tarification": 2025, "categorie": 354, "astreinte": True}
    verdict = judge_one(sent, facts=ssiad_facts)
    assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-KV-014", "R-KV-015", "R-KV-021", "R-KV-017"]
    assert [anomaly.stage for anomaly in verdict.anomalies][:2] == [Stage.ENVELOPE] * 2
    assert verdict.anomalies[1].expected == ("2026",)


def test_the_year_of_a_civil_year_campaign(body: Any, judge_one: Any, ssiad_facts: Facts) -> None:
    campaign = replace(
        ssiad_facts.campaign, report_type="rama", period_start=date(2025, 1, 1), period_end=date(2025, 12, 31)
    )
    facts = replace(ssiad_facts, campaign=campaign, previous_values={}, peer_ranges={})
    sent = body("rama-structure")
    assert judge_one(sent, facts=facts).anomalies == ()
    assert judge_one(sent, facts=facts).not_run == ()
    sent["donnees"]["annee"] = 2024
    assert judge_one(sent, facts=facts).anomalies[0].rule == "R-KV-015"


def test_unknown_facts_are_said_and_never_guessed(body: Any, judge_one: Any, ssiad_facts: Facts) -> None:
    sent = body()
    sent["donnees"] |= {"finess_et": "019999986", "annee_tarification": 2025}
    verdict = judge_one(sent, facts=Facts())
    assert verdict.anomalies == ()
    assert [(line.rule, line.reason, line.detail) for line in verdict.not_run] == [
        ("R-KV-013", "fait_inconnu", "campagne"),
        ("R-KV-014", "fait_inconnu", "etablissement"),
        ("R-KV-015", "fait_inconnu", "campagne"),
        ("R-KV-035", "fait_inconnu", "valeurs_precedentes"),
        ("R-KV-036", "fait_inconnu", "etablissements_comparables"),
    ]
    without_campaign = replace(ssiad_facts, campaign=None, previous_values={}, peer_ranges={})
    assert [line.rule for line in judge_one(sent, facts=without_campaign).not_run] == ["R-KV-013", "R-KV-015"]


@pytest.mark.parametrize("member", ["modele", "donnees"])
def test_a_member_of_the_wrapper_written_twice_ends_the_judgement(member: str, body: Any, judge_one: Any) -> None:
    written = json.dumps(body())
    verdict = judge_one(f'{{"{member}": {{}}, {written[1:]}'.encode())
    assert [(anomaly.rule, anomaly.location.path) for anomaly in verdict.anomalies] == [("R-KV-016", f"/{member}")]
    assert not verdict.values
