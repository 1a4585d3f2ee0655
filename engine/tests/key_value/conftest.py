"""A made-up model with what the published structure models do not have: entities, personal keys, other formats."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sidoba_catalogue
from sidoba_engine.catalogue import Catalogue, load_catalogue


def indicator(key: str, kind: str, **attributes: Any) -> dict[str, Any]:
    entity = key.rpartition(".")[0] or "usager"
    given = {"cle": key, "libelle": f"Libellé de {key}", "section": "tout", "type": kind, "entite": entity}
    return given | attributes


MADE_UP_MODEL: dict[str, Any] = {
    "code": "essai-usager",
    "version": "1",
    "libelle": "Modèle d'essai",
    "statut": "brouillon",
    "niveau": "usager",
    "transport": "cda",
    "sections": [{"code": "tout", "libelle": "Tout"}],
    "entites": [
        {"code": "usager", "cardinalite": "1", "libelle": "Usager"},
        {"code": "semaine", "cardinalite": "1..2", "libelle": "Semaine"},
        {"code": "evenement", "cardinalite": "0..*", "libelle": "Évènement"},
    ],
    "indicateurs": [
        indicator("matricule_ins", "texte", format="ins", personnel=True),
        indicator("annee_naissance", "entier", min=1900, max=2030, personnel=True),
        indicator("sexe", "code", valeurs=[{"code": "M", "libelle": "M"}], personnel=True),
        indicator("commune", "texte", format="code_commune"),
        indicator("diagnostic", "texte", format="cim10"),
        indicator("situation", "code", valeurs_de={"nature": "ans", "nom": "JDV_J176"}),
        indicator("entree", "date"),
        indicator("taux", "decimal", min=0.5, max=99.5),
        indicator("part", "decimal", unite="%", min=0, max=100),
        indicator("siren", "texte", format="siren"),
        indicator("siret", "texte", format="siret"),
        indicator("rpps", "texte", format="rpps"),
        indicator("adeli", "texte", format="adeli"),
        indicator("semaine.rang", "entier", obligatoire=True),
        indicator("semaine.jours", "entier", max=7),
        indicator("evenement.debut", "date"),
        indicator("evenement.fin", "date"),
    ],
    "controles": [
        {
            "id": "ESSAI-001",
            "gravite": "bloquante",
            "quand": "semaine.rang > 0",
            "expression": "semaine.jours / semaine.rang <= taux",
            "message": "Trop de jours.",
            "aide": "Recomptez.",
            "source": "Essai",
            "entite": "semaine",
            "cles": ["semaine.jours", "semaine.rang", "taux"],
        },
        {
            "id": "ESSAI-002",
            "gravite": "avertissement",
            "expression": "evenement.debut <= evenement.fin and days(entree, evenement.debut) >= 0",
            "message": "L'évènement finit avant de commencer.",
            "aide": "Vérifiez l'heure.",
            "source": "Essai",
            "entite": "evenement",
            "cles": ["entree", "evenement.debut", "evenement.fin"],
        },
        {
            "id": "ESSAI-003",
            "gravite": "avertissement",
            "expression": "annee_naissance / (taux - 12.5) > 0",
            "message": "Années et taux ne vont pas ensemble.",
            "aide": "Vérifiez.",
            "source": "Essai",
            "entite": "usager",
            "cles": ["annee_naissance", "taux"],
        },
    ],
}


@pytest.fixture(scope="session")
def made_up_catalogue() -> Catalogue:
    """The installed catalogue and the made-up model."""
    compiled = json.loads(sidoba_catalogue.read())
    compiled["modeles"].append(MADE_UP_MODEL)
    return load_catalogue(json.dumps(compiled).encode())


@pytest.fixture
def made_up_body() -> dict[str, Any]:
    """A body that the made-up model accepts."""
    return {
        "modele": {"code": "essai-usager", "version": "1"},
        "donnees": {
            "matricule_ins": "253072A07300443",
            "annee_naissance": 1953,
            "sexe": "M",
            "commune": "2A004",
            "diagnostic": "F84.0",
            "situation": "n'importe quel texte",
            "entree": "2025-01-01",
            "taux": 20.5,
            "part": 8.18,
            "siren": "732829320",
            "siret": "73282932000074",
            "rpps": "10103441233",
            "adeli": "2A9300012",
            "semaine": [{"rang": 1, "jours": 7}, {"rang": 2}],
            "evenement": [{"debut": "2025-01-14T14:00:00+01:00", "fin": "2025-01-14T13:30:00Z"}],
        },
    }
