"""Every published rule of key-value data: a body that breaks it, and the same body, right, that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Environment, Facts
from sidoba_engine.recognition import Door

SSIAD_FACTS = Facts(
    Environment.SANDBOX,
    CampaignFacts("c", "ssiad", date(2024, 6, 1), date(2025, 5, 31)),
    "019999994",
    previous_values={"kilometres_parcourus": Decimal("39937.5")},
    peer_ranges={"etp_aide_soignant": (Decimal(5), Decimal(20))},
)


@dataclass(frozen=True)
class Case:
    """`change` breaks a right body (as an object, or as bytes); `path` is where the anomaly must be."""

    change: Callable[[dict[str, Any]], Any]
    path: str
    message: str
    is_made_up: bool = False


def data(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["donnees"].update(values)


def root(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update(members)


def text(change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], bytes]:
    return lambda body: change(json.dumps(body, ensure_ascii=False).encode())


CASES = {
    "R-KV-001": Case(text(lambda content: content + b" " * 11_000_000), "", "octets admis"),
    "R-KV-002": Case(text(lambda content: content.decode().encode("latin-1")), "", "ISO-8859-1 ou Windows-1252"),
    "R-KV-003": Case(text(lambda content: b"\xef\xbb\xbf" + content), "", "marque d'ordre des octets"),
    "R-KV-004": Case(text(lambda content: content[:-1] + b",}"), "", "une virgule est de trop"),
    "R-KV-005": Case(text(lambda content: b"[" * 10_000), "", "plus de 200 niveaux"),
    "R-KV-006": Case(text(lambda content: content[:-2] + b', "x": "\\ud83c"}}'), "", "\\ud83c"),
    "R-KV-007": Case(text(lambda content: b"[" + content + b"]"), "", "reçu : une liste"),
    "R-KV-008": Case(root(finess="019999994"), "/finess", "« finess » n'est pas prévu"),
    "R-KV-009": Case(root(donnees=[40]), "/donnees", "« donnees » de l'enveloppe"),
    "R-KV-010": Case(lambda body: body.pop("modele") and None, "", "Aucun modèle métier"),
    "R-KV-011": Case(root(modele={"code": "rama-struct", "version": "1"}), "/modele/code", "rama-structure"),
    "R-KV-012": Case(root(modele={"code": "ssiad-structure", "version": "0"}), "/modele/version", "2026.0-brouillon"),
    "R-KV-013": Case(
        root(modele={"code": "rama-structure", "version": "2026.0-brouillon"}), "/modele", "« ssiad-structure »"
    ),
    "R-KV-014": Case(data(finess_et="019999986"), "/donnees/finess_et", "fait pour 019999994"),
    "R-KV-015": Case(data(annee_tarification=2025), "/donnees/annee_tarification", "qui attend 2026"),
    "R-KV-016": Case(
        text(lambda content: content.replace(b'"categorie":', b'"categorie": "354", "categorie":')),
        "/donnees/categorie",
        "écrite 2 fois",
    ),
    "R-KV-017": Case(data(nombre_places=36), "/donnees/nombre_places", "proche : nombre_de_places"),
    "R-KV-018": Case(data(nombre_de_places=None), "/donnees/nombre_de_places", "est obligatoire"),
    "R-KV-019": Case(root(commentaires={"etp_manquants": "x"}), "/commentaires/etp_manquants", "Un commentaire"),
    "R-KV-020": Case(data(semaine=[]), "/donnees/semaine", "une cardinalité de 1..2", is_made_up=True),
    "R-KV-021": Case(data(nombre_de_places="36"), "/donnees/nombre_de_places", "(reçu : un texte entre guillemets)"),
    "R-KV-022": Case(
        text(lambda content: content.replace(b'"heures_deplacement": 1900.0', b'"heures_deplacement": NaN')),
        "/donnees/heures_deplacement",
        "Le nombre NaN",
    ),
    "R-KV-023": Case(data(entree="2025-02-29"), "/donnees/entree", "n'existe pas", is_made_up=True),
    "R-KV-024": Case(data(jours_ouverture_semaine=0), "/donnees/jours_ouverture_semaine", "minimum admis, 1."),
    "R-KV-025": Case(data(jours_ouverture_semaine=365), "/donnees/jours_ouverture_semaine", "maximum admis, 7."),
    "R-KV-026": Case(data(statut_etablissement="Public"), "/donnees/statut_etablissement", "prive_non_lucratif"),
    "R-KV-027": Case(data(finess_ej="19999986"), "/donnees/finess_ej", "neuf caractères"),
    "R-KV-028": Case(data(finess_ej="019999987"), "/donnees/finess_ej", "a une clé fausse"),
    "R-KV-029": Case(data(matricule_ins="253072A07300444"), "/donnees/matricule_ins", "« ••••44 »", is_made_up=True),
    "R-KV-031": Case(data(siret="73282932000075"), "/donnees/siret", "Le numéro SIRET « 732", is_made_up=True),
    "R-KV-032": Case(data(rpps="10103441234"), "/donnees/rpps", "Le numéro RPPS « 101", is_made_up=True),
    "R-KV-033": Case(data(part=0.0818), "/donnees/part", "ressemble à une fraction", is_made_up=True),
    "R-KV-034": Case(data(cout_transports=24000.125), "/donnees/cout_transports", "porte 3 décimales ; 2 au plus"),
    "R-KV-035": Case(data(kilometres_parcourus=80000.5), "/donnees/kilometres_parcourus", "39937.5 (écart +40063.0)"),
    "R-KV-036": Case(data(etp_aide_soignant=25.5), "/donnees/etp_aide_soignant", "de 5 à 20"),
    "R-KV-037": Case(
        data(**{f"inconnue_{rank}": rank for rank in range(150_001)}), "/donnees", "plus de 150000 anomalies"
    ),
    "R-KV-030": Case(data(raison_sociale="a\0b"), "/donnees/raison_sociale", "U+0000"),
}


def test_every_rule_has_its_case(catalogue: Catalogue) -> None:
    assert sorted(rule for rule in catalogue.rules if rule.startswith("R-KV-")) == sorted(CASES)


@pytest.fixture
def arguments(rule: str, made_up_catalogue: Catalogue, catalogue: Catalogue) -> dict[str, Any]:
    if CASES[rule].is_made_up:
        return {"catalogue": made_up_catalogue}
    return {"catalogue": catalogue, "facts": SSIAD_FACTS, "door": Door.KEY_VALUE}


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_is_broken_at_its_place(
    rule: str, body: Any, made_up_body: Any, judge_one: Any, arguments: Any, catalogue: Catalogue
) -> None:
    case = CASES[rule]
    sent = made_up_body if case.is_made_up else body()
    assert judge_one(sent, **arguments).anomalies == ()
    changed = case.change(sent)
    verdict = judge_one(sent if changed is None else changed, **arguments)
    found = [anomaly for anomaly in verdict.anomalies if anomaly.rule == rule]
    assert len(found) == 1
    assert found[0].location.path == case.path
    assert case.message in found[0].message
    assert found[0].stage is catalogue.rules[rule].stage
    assert verdict.is_conformant is (found[0].severity is not Severity.BLOCKING)
    assert "{" not in found[0].message + found[0].hint
    assert (verdict.values is None) is catalogue.rules[rule].fatal, "a fatal rule ends the judgement"


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_is_one_of_the_published_ones_and_says_how_to_repair(rule: str, catalogue: Catalogue) -> None:
    published = catalogue.rules[rule]
    assert published.documentation.endswith(f"/regles/{rule}")
    assert len(published.hint) > 60
    assert set(published.examples) == {"conforme", "fautif"}
