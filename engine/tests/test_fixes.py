"""Repairs: only the bytes of what is corrected change, and only what is certain is corrected."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.fixes import Repair, apply, repair
from sidoba_engine.validation import judge


@pytest.fixture
def repaired(catalogue: Catalogue) -> Any:
    def call(content: Any, **arguments: Any) -> Repair:
        written = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        return repair(written, **{"catalogue": catalogue, "facts": Facts()} | arguments)

    return call


def test_the_bytes_around_a_correction_are_those_that_were_received(body: Any, repaired: Any) -> None:
    sent = json.dumps(body(), ensure_ascii=False, indent=3).replace("\n", "\r\n\t")
    sent = sent.replace('"heures_deplacement": 1900.0', '"heures_deplacement" :1.9000E3')
    spoiled = sent.replace('"categorie": "354"', '"categorie": 354')
    spoiled = spoiled.replace('"nombre_de_places": 36', '"nombre_de_place" : 36')
    spoiled = spoiled.replace('"places_personnes_agees": 26', '"places_personnes_agees": "26"')
    done = repaired(spoiled.encode())
    expected = sent.replace('"nombre_de_places": 36', '"nombre_de_places" : 36')
    assert done.content.decode() == expected
    assert [anomaly.rule for anomaly in done.applied] == ["R-KV-021", "R-KV-017", "R-KV-021"]
    assert done.verdict.is_conformant and done.verdict.anomalies == ()


def test_what_is_to_be_confirmed_is_left_and_applied_only_when_asked(body: Any, repaired: Any, catalogue: Any) -> None:
    sent = body()
    sent["donnees"] |= {"intervention_nuit": "oui", "departement": 1}
    content = json.dumps(sent).encode()
    done = repaired(content)
    assert done.content == content and done.applied == ()
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts())
    confirmed = apply(content, verdict.anomalies, only_certain=False)
    assert json.loads(confirmed)["donnees"] == sent["donnees"] | {"intervention_nuit": True, "departement": "01"}


def test_a_correction_is_not_offered_when_what_it_writes_is_wrong_as_well(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"] |= {"nombre_de_places": "99999", "finess_ej": "01 999 998 7", "date": "x"}
    fixes = {anomaly.location.path: anomaly.fix for anomaly in judge_one(sent).anomalies}
    assert fixes["/donnees/nombre_de_places"] is None and fixes["/donnees/finess_ej"] is None


@pytest.mark.parametrize(
    ("name", "target", "is_certain"),
    [
        ("Nombre de places", "nombre_de_places", True),
        ("nombreDePlaces", "nombre_de_places", True),
        ("nombre_de_palces", "nombre_de_places", True),
        ("nombre_de_plces", "nombre_de_places", True),
        ("nombre_des_placess", None, False),
        ("nb_places", None, False),
    ],
)
def test_a_misspelled_key(name: str, target: str | None, is_certain: bool, body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"][name] = sent["donnees"].pop("nombre_de_places")
    (fix,) = [anomaly.fix for anomaly in judge_one(sent).anomalies if anomaly.rule == "R-KV-017"]
    if target is None:
        assert fix is None
        return
    assert fix is not None and fix.certain is is_certain
    path = f"/donnees/{name}"
    assert fix.operations == ({"op": "move", "from": path, "path": f"/donnees/{target}"},)


def test_a_key_that_differs_by_a_digit_or_is_near_two_is_not_certain(body: Any, judge_one: Any) -> None:
    sent = body("rama-structure")
    sent["donnees"]["gir_7"] = sent["donnees"].pop("gir_6")
    fix = next(anomaly.fix for anomaly in judge_one(sent).anomalies if anomaly.rule == "R-KV-017")
    assert fix is not None and not fix.certain
    sent["donnees"]["gir_8"] = sent["donnees"].pop("gir_5")
    assert [a.fix for a in judge_one(sent).anomalies if a.rule == "R-KV-017"] == [None, None]


def test_a_key_is_not_renamed_over_another_nor_when_its_value_would_not_stand(body: Any, repaired: Any) -> None:
    for change in (
        {"nombre_de_place": 40},
        {"nombre_de_places": None, "nombre_de_place": 40},
    ):
        sent = body()
        sent["donnees"] |= change
        assert repaired(sent).applied == ()
    sent = body()
    del sent["donnees"]["nombre_de_places"]
    sent["donnees"]["nombre_de_place"] = "beaucoup"
    assert repaired(sent).applied == ()


def test_two_names_that_mean_the_same_key_are_left_to_a_person(body: Any, repaired: Any) -> None:
    sent = body()
    del sent["donnees"]["nombre_de_places"]
    sent["donnees"] |= {"nombre_de_place": 36, "nombre_de_placess": 37}
    done = repaired(sent)
    assert done.applied == ()
    assert [a.fix.certain for a in done.verdict.anomalies if a.rule == "R-KV-017" and a.fix] == [False, False]


def test_a_name_written_twice_is_not_renamed(body: Any, repaired: Any) -> None:
    written = json.dumps(body()).replace('"nombre_de_places": 36', '"nombre_de_place": 36, "nombre_de_place": 37')
    assert repaired(written.encode()).content == written.encode()


def test_the_key_of_a_comment_is_corrected_too(body: Any, repaired: Any) -> None:
    sent = body() | {"commentaires": {"etp_vacant": "Deux recrutements"}}
    done = repaired(sent)
    assert json.loads(done.content)["commentaires"] == {"etp_vacants": "Deux recrutements"}


def test_a_byte_order_mark_is_taken_away_then_the_rest_is_repaired(body: Any, repaired: Any) -> None:
    sent = json.dumps(body()).replace('"categorie": "354"', '"categorie": 354').encode()
    done = repaired(b"\xef\xbb\xbf" + sent)
    assert done.content == sent.replace(b'"categorie": 354', b'"categorie": "354"')
    assert [anomaly.rule for anomaly in done.applied] == ["R-KV-003", "R-KV-021"]


def test_a_total_is_proposed_only_when_every_sum_agrees_on_it(body: Any, judge_one: Any) -> None:
    def proposals(**changes: int) -> dict[str, Any]:
        sent = body("rama-structure")
        sent["donnees"] |= changes
        return {a.rule: a.fix for a in judge_one(sent).anomalies if a.rule in ("RAMA-S-001", "RAMA-S-002")}

    example = body("rama-structure")["donnees"]
    wrong_total = proposals(residents_presents_3112=example["residents_presents_3112"] + 1)
    assert [fix.certain for fix in wrong_total.values()] == [False, False]
    operations = {
        (operation["path"], operation["value"]) for fix in wrong_total.values() for operation in fix.operations
    }
    assert operations == {("/donnees/residents_presents_3112", example["residents_presents_3112"])}
    wrong_part = proposals(femmes_3112=example["femmes_3112"] + 1)
    assert wrong_part == {"RAMA-S-001": None}


def test_a_personal_value_is_neither_repeated_nor_repaired(repaired: Any, body: Any) -> None:
    sent = body("rama-usager")
    sent["donnees"]["annee_naissance"] = str(sent["donnees"]["annee_naissance"])
    done = repaired(sent)
    assert done.applied == () and not done.verdict.is_conformant


def test_other_documents_are_left_as_they_are(repaired: Any, catalogue: Catalogue) -> None:
    model = catalogue.model("ssiad-structure")
    assert model is not None
    for content in (json.dumps(dict(model.data), default=float).encode(), b"<a b='1'/>", b"\x00\x01", b""):
        assert repaired(content).content == content


def test_the_environment_and_the_facts_hold(body: Any, repaired: Any) -> None:
    sent = body()
    sent["donnees"]["finess_ej"] = "480787529"
    assert repaired(sent).verdict.is_conformant
    assert not repaired(sent, facts=Facts(Environment.PRODUCTION)).verdict.is_conformant


def test_ten_thousand_corrections_take_time_in_proportion(catalogue: Catalogue) -> None:
    model = catalogue.model("setmin-usager", "2026.0-brouillon")
    assert model is not None
    presence = {"type_presence": "presence", "date_debut": "01/31/2025"}
    data = dict(model.example) | {"presence": [presence | {"date_debut": "31/01/2025"}] * 10_000}
    named = {"code": model.code, "version": model.version}
    content = json.dumps({"modele": named, "donnees": data}).encode()
    start = time.process_time()
    done = repair(content, catalogue=catalogue, facts=Facts())
    assert len(done.applied) >= 10_000
    assert b"31/01/2025" not in done.content
    assert time.process_time() - start < 20
