"""Entities of user models: lists of objects, their cardinality, and the controls that run on each element."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def judge_made_up(judge_one: Any, made_up_catalogue: Any) -> Any:
    return lambda content: judge_one(content, catalogue=made_up_catalogue)


def test_elements_are_accepted_and_each_control_runs_on_each_element(made_up_body: Any, judge_made_up: Any) -> None:
    verdict = judge_made_up(made_up_body)
    assert verdict.anomalies == ()
    assert verdict.values["semaine"] == [{"rang": 1, "jours": 7}, {"rang": 2}]
    not_run = [(line.rule, line.reason, line.detail) for line in verdict.not_run if line.rule.startswith("ESSAI")]
    assert not_run == [("ESSAI-001", "cle_absente", "semaine[1].jours")]


def test_a_fault_of_an_element_is_placed_on_it(made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["semaine"] = [{"rang": 1, "jours": 8}, {"jours": 1, "inconnu": 2}, 12]
    verdict = judge_made_up(made_up_body)
    assert [(anomaly.rule, anomaly.location.path) for anomaly in verdict.anomalies] == [
        ("R-KV-020", "/donnees/semaine"),
        ("R-KV-025", "/donnees/semaine/0/jours"),
        ("R-KV-018", "/donnees/semaine/1/rang"),
        ("R-KV-017", "/donnees/semaine/1/inconnu"),
        ("R-KV-021", "/donnees/semaine/2"),
    ]


def test_a_control_of_an_element_sees_the_root_and_is_placed_on_the_element(
    made_up_body: Any, judge_made_up: Any
) -> None:
    made_up_body["donnees"]["taux"] = 3.25
    made_up_body["donnees"]["evenement"][0]["fin"] = "2025-01-14T12:59:59Z"
    verdict = judge_made_up(made_up_body)
    assert [(anomaly.rule, anomaly.location.path, anomaly.value) for anomaly in verdict.anomalies] == [
        ("ESSAI-003", "/donnees/annee_naissance", "taux = 3.25"),
        ("ESSAI-001", "/donnees/semaine/0/jours", "semaine.jours = 7 ; semaine.rang = 1 ; taux = 3.25"),
        (
            "ESSAI-002",
            "/donnees/evenement/0/debut",
            "evenement.debut = 2025-01-14T14:00:00+01:00 ; evenement.fin = 2025-01-14T12:59:59Z ; entree = 2025-01-01",
        ),
    ]


def test_a_personal_key_is_not_quoted_by_a_control(made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["taux"] = 10
    (anomaly,) = judge_made_up(made_up_body).anomalies
    assert (anomaly.rule, anomaly.value) == ("ESSAI-003", "taux = 10")


def test_a_division_by_zero_is_reported(made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["taux"] = 12.5
    (line,) = [line for line in judge_made_up(made_up_body).not_run if line.rule == "ESSAI-003"]
    assert (line.reason, line.detail) == ("division_par_zero", "")


@pytest.mark.parametrize("value", [{"rang": 1}, "texte", 3, True])
def test_an_entity_is_a_list(value: object, made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["semaine"] = value
    (anomaly,) = judge_made_up(made_up_body).anomalies
    assert anomaly.rule == "R-KV-021"
    assert "une liste d'objets" in anomaly.message


def test_a_date_with_a_time_is_for_events_only(made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["entree"] = "2025-01-14T14:00:00+01:00"
    (anomaly,) = judge_made_up(made_up_body).anomalies
    assert (anomaly.rule, anomaly.location.path) == ("R-KV-021", "/donnees/entree")


@pytest.mark.parametrize("written", ["2025-01-14", "2025-01-14T14:00", "2025-07-14T14:00:00.5Z"])
def test_forms_of_a_time(written: str, made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["evenement"] = [{"debut": written, "fin": written}]
    assert judge_made_up(made_up_body).anomalies == ()


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("14/01/2025", "R-KV-021"),
        ("20250114", "R-KV-021"),
        ("2025-W03-2", "R-KV-021"),
        ("2025-01-14 14:00", "R-KV-021"),
        ("2025-01-14T14", "R-KV-021"),
        ("٢٠٢٥-01-14", "R-KV-021"),
        ("2025-02-30", "R-KV-023"),
        ("2025-01-14T25:00", "R-KV-023"),
        ("0000-01-01", "R-KV-023"),
    ],
)
def test_what_is_not_a_date(written: str, rule: str, made_up_body: Any, judge_made_up: Any) -> None:
    made_up_body["donnees"]["evenement"] = [{"debut": written}]
    assert [anomaly.rule for anomaly in judge_made_up(made_up_body).anomalies] == [rule]


def test_a_key_written_twice_in_an_element_is_faulty_there_only(made_up_body: Any, judge_made_up: Any) -> None:
    written = json.dumps(made_up_body).replace('"jours": 7', '"jours": 7, "jours": 6')
    verdict = judge_made_up(written.encode())
    assert [(anomaly.rule, anomaly.location.path) for anomaly in verdict.anomalies] == [
        ("R-KV-016", "/donnees/semaine/0/jours")
    ]
    details = {line.detail: line.reason for line in verdict.not_run if line.rule == "ESSAI-001"}
    assert details == {"semaine[0].jours": "cle_fautive", "semaine[1].jours": "cle_absente"}
