"""Values of key-value data: types, absence, bounds, lists, identifiers, and the corrections that invent nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts

# key, JSON written, rule expected (None: accepted), correction expected (None: none), is it certain
VALUES = [
    ("nombre_de_places", "36", None, None),
    ("nombre_de_places", "36.0", None, None),
    ("nombre_de_places", "3.6e1", None, None),
    ("nombre_de_places", "36.5", "R-KV-021", None),
    ("nombre_de_places", '"36"', "R-KV-021", (36, True)),
    ("nombre_de_places", '" 36 "', "R-KV-021", (36, True)),
    ("nombre_de_places", '"36,0"', "R-KV-021", (36, True)),
    ("nombre_de_places", '"36,5"', "R-KV-021", None),
    ("nombre_de_places", '"36 places"', "R-KV-021", None),
    ("nombre_de_places", '"1 036"', "R-KV-021", (1036, True)),
    ("nombre_de_places", '"1\u202f036"', "R-KV-021", (1036, True)),
    ("nombre_de_places", '"10 36"', "R-KV-021", None),
    ("nombre_de_places", '"36.000"', "R-KV-021", (36, False)),
    ("nombre_de_places", '"-1"', "R-KV-021", None),
    ("nombre_de_places", '"99999"', "R-KV-021", None),
    ("nombre_de_places", '"036"', "R-KV-021", None),
    ("nombre_de_places", '"trente-six"', "R-KV-021", None),
    ("nombre_de_places", "true", "R-KV-021", None),
    ("nombre_de_places", "[36]", "R-KV-021", None),
    ("nombre_de_places", '{"valeur": 36}', "R-KV-021", None),
    ("nombre_de_places", '""', "R-KV-021", None),
    ("nombre_de_places", "null", "R-KV-018", None),
    ("nombre_de_places", "-1", "R-KV-024", None),
    ("nombre_de_places", "2000", None, None),
    ("nombre_de_places", "2001", "R-KV-025", None),
    ("nombre_de_places", "1e400", "R-KV-022", None),
    ("nombre_de_places", "1" * 400, "R-KV-022", None),
    ("nombre_de_places", "Infinity", "R-KV-022", None),
    ("heures_deplacement", "1900", None, None),
    ("heures_deplacement", "1900.25", None, None),
    ("heures_deplacement", '"1900.25"', "R-KV-021", (Decimal("1900.25"), True)),
    ("heures_deplacement", '"1900,25"', "R-KV-021", (Decimal("1900.25"), True)),
    ("heures_deplacement", '"1,900"', "R-KV-021", (Decimal("1.900"), False)),
    ("heures_deplacement", '"1.900"', "R-KV-021", (Decimal("1.900"), False)),
    ("heures_deplacement", '"0,975"', "R-KV-021", (Decimal("0.975"), True)),
    ("heures_deplacement", '"1 900,50"', "R-KV-021", (Decimal("1900.50"), True)),
    ("heures_deplacement", "13.399999999999999", "R-KV-034", (Decimal("13.4"), False)),
    ("cout_transports", "24000.125", "R-KV-034", (Decimal("24000.13"), False)),
    ("cout_transports", "24000.1200000", None, None),
    ("cout_transports", "2400000012", "R-KV-025", None),
    ("forfait_structure_par_place", "868423", "R-KV-025", (Decimal("8684.23"), False)),
    ("heures_deplacement", "-0.01", "R-KV-024", None),
    ("heures_deplacement", "1e308", "R-KV-022", None),
    ("heures_deplacement", "9.9e307", "R-KV-025", None),
    ("heures_deplacement", "1e-999999", "R-KV-022", None),
    ("heures_deplacement", "0." + "1" * 100, "R-KV-022", None),
    ("heures_deplacement", "NaN", "R-KV-022", None),
    ("intervention_nuit", "true", None, None),
    ("intervention_nuit", "1", "R-KV-021", (True, False)),
    ("intervention_nuit", "2", "R-KV-021", None),
    ("intervention_nuit", "0", "R-KV-021", (False, False)),
    ("intervention_nuit", '"true"', "R-KV-021", (True, True)),
    ("intervention_nuit", '"True"', "R-KV-021", (True, True)),
    ("intervention_nuit", '"oui"', "R-KV-021", (True, False)),
    ("intervention_nuit", '"peut-être"', "R-KV-021", None),
    ("categorie", '"354"', None, None),
    ("categorie", "354", "R-KV-021", ("354", True)),
    ("categorie", "999", "R-KV-021", None),
    ("categorie", '" 354"', "R-KV-026", ("354", True)),
    ("categorie", '"354\\u00a0"', "R-KV-026", ("354", True)),
    ("categorie", '"SSIAD"', "R-KV-026", ("354", False)),
    ("statut_etablissement", '"Prive_Non_Lucratif"', "R-KV-026", ("prive_non_lucratif", True)),
    ("statut_etablissement", '"Privé non lucratif"', "R-KV-026", ("prive_non_lucratif", False)),
    ("categorie", '""', "R-KV-026", None),
    ("categorie", "null", "R-KV-018", None),
    ("departement", '"01"', None, None),
    ("departement", '"2A"', None, None),
    ("departement", '"1"', "R-KV-026", ("01", False)),
    ("departement", '"2a "', "R-KV-026", ("2A", True)),
    ("departement", "1", "R-KV-021", ("01", False)),
    ("raison_sociale", '"Les Glycines"', None, None),
    ("raison_sociale", '"Ligne 1\\nLigne 2\\t!"', None, None),
    ("raison_sociale", '"  "', "R-KV-018", None),
    ("raison_sociale", '"\\u00a0\\n"', "R-KV-018", None),
    ("raison_sociale", "12", "R-KV-021", None),
    ("raison_sociale", '"a\\u0000"', "R-KV-030", ("a", True)),
    ("raison_sociale", '"a\\u0000b"', "R-KV-030", None),
    ("raison_sociale", '"\\u0000"', "R-KV-030", None),
    ("finess_ej", '"019999986"', None, None),
    ("finess_ej", '"01 999 998 6"', "R-KV-027", ("019999986", True)),
    ("finess_ej", '"01999998"', "R-KV-027", None),
    ("finess_ej", '"019999987"', "R-KV-028", None),
    ("finess_ej", '"19999986"', "R-KV-027", ("019999986", False)),
    ("finess_ej", "19999986", "R-KV-021", ("019999986", False)),
    ("finess_ej", "19999987", "R-KV-021", None),
]


@pytest.mark.parametrize(("key", "written", "rule", "correction"), VALUES)
def test_one_value(
    key: str, written: str, rule: str | None, correction: tuple[object, bool] | None, body: Any, judge_one: Any
) -> None:
    sent = body()
    sent["donnees"][key] = "HERE"
    verdict = judge_one(json.dumps(sent).replace('"HERE"', written).encode())
    anomalies = [anomaly for anomaly in verdict.anomalies if anomaly.location.path == f"/donnees/{key}"]
    controls_apart = [anomaly for anomaly in anomalies if anomaly.rule.startswith("R-KV")]
    assert [anomaly.rule for anomaly in controls_apart] == ([rule] if rule else [])
    if rule is None:
        return
    fix = controls_apart[0].fix
    assert (fix is not None) == (correction is not None)
    if fix is not None and correction is not None:
        value, is_certain = correction
        assert fix.operations == ({"op": "replace", "path": f"/donnees/{key}", "value": value},)
        assert type(fix.operations[0]["value"]) is type(value)
        assert fix.certain is is_certain


def test_a_faulty_value_is_not_also_missing_and_its_controls_are_not_run(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"]["nombre_de_places"] = "36"
    verdict = judge_one(sent)
    assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-KV-021"]
    not_run = {line.rule: (line.reason, line.detail) for line in verdict.not_run}
    assert not_run["SSIAD-S-004"] == ("cle_fautive", "nombre_de_places")
    assert "SSIAD-S-003" not in not_run


def test_nothing_is_accepted_of_refused_data(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"]["categorie"] = "000"
    sent["commentaires"] = {"etp_vacants": "Deux recrutements"}
    verdict = judge_one(sent)
    assert not verdict.is_conformant
    assert verdict.values == {}
    assert verdict.comments is None


def test_a_wrong_finess_key_warns_in_the_sandbox_and_blocks_in_production(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"]["finess_ej"] = "480787529"
    sandbox = judge_one(sent, facts=Facts(Environment.SANDBOX))
    production = judge_one(sent, facts=Facts(Environment.PRODUCTION))
    assert sandbox.anomalies[0].severity is Severity.WARNING
    assert sandbox.is_conformant and sandbox.values["finess_ej"] == "480787529"
    assert production.anomalies[0].severity is Severity.BLOCKING
    assert not production.is_conformant and production.values == {}


def test_absent_values_are_left_out_and_whole_numbers_are_kept_whole(
    body: Any, judge_one: Any, catalogue: Catalogue
) -> None:
    optional = [
        key
        for key, known in catalogue.model("ssiad-structure", "2026.0-brouillon").indicators.items()
        if not known.required
    ]
    sent = body()
    sent["donnees"] |= {"nombre_de_places": 36.0} | dict.fromkeys(optional)
    verdict = judge_one(sent)
    assert optional and not set(optional) & set(verdict.values)
    assert verdict.values is not None
    assert type(verdict.values["nombre_de_places"]) is int


def test_comments_are_texts_on_keys_of_the_model(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["commentaires"] = {"etp_vacants": "Deux recrutements", "sorties": " ", "admissions": None}
    verdict = judge_one(sent)
    assert verdict.anomalies == ()
    assert verdict.comments == {"etp_vacants": "Deux recrutements"}
    sent["commentaires"] = {"etp_vacants": 2, "sortie": "x"}
    wrong = judge_one(sent)
    assert [(a.rule, a.location.path) for a in wrong.anomalies] == [
        ("R-KV-021", "/commentaires/etp_vacants"),
        ("R-KV-019", "/commentaires/sortie"),
    ]
    assert "proche : sorties" in wrong.anomalies[1].message


def test_personal_values_are_masked_everywhere_and_not_repeated_in_a_correction(
    made_up_catalogue: Any, made_up_body: Any, judge_one: Any
) -> None:
    made_up_body["donnees"] |= {
        "matricule_ins": "253072A07300499",
        "annee_naissance": "1953",
        "sexe": " M",
        "diagnostic": "F840",
    }
    verdict = judge_one(made_up_body, catalogue=made_up_catalogue)
    by_path = {anomaly.location.path.rsplit("/", 1)[1]: anomaly for anomaly in verdict.anomalies}
    assert {key: anomaly.rule for key, anomaly in by_path.items()} == {
        "matricule_ins": "R-KV-029",
        "annee_naissance": "R-KV-021",
        "sexe": "R-KV-026",
        "diagnostic": "R-KV-027",
    }
    assert [by_path[key].value for key in ("matricule_ins", "annee_naissance", "sexe")] == ["••••99", "••••", "••••"]
    assert all(by_path[key].fix is None for key in ("matricule_ins", "annee_naissance", "sexe"))
    written = " ".join(anomaly.message + anomaly.hint for anomaly in verdict.anomalies)
    assert "253072A073004" not in written and "1953" not in written
    assert by_path["diagnostic"].value == "F840"


def test_messages_quote_one_short_line_of_a_value(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"]["categorie"] = "a\n\x1b[31m" + "x" * 5000
    (anomaly,) = judge_one(sent).anomalies
    assert anomaly.value is not None and len(anomaly.value) == 80
    assert anomaly.value.isprintable() and anomaly.message.isprintable()
