"""The words of the wire are said once: schemas, engine, database and catalogue agree, code by code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, get_args

import pytest
from sidoba_engine.anomaly import Severity, Stage
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment
from sidoba_engine.filing_status import FilingStatus
from sidoba_engine.verdict import DocumentType

SERVER = Path(__file__).resolve().parents[2] / "server" / "src" / "sidoba_server"


def literal(schema: str, field: str) -> set[str]:
    """The words that a schema of the wire admits for a field."""
    from sidoba_server.api import schemas

    annotation: Any = getattr(schemas, schema).model_fields[field].annotation
    return set(get_args(annotation))


@pytest.mark.parametrize(
    ("schema", "field", "words"),
    [
        ("Anomalie", "gravite", set(Severity)),
        ("Anomalie", "niveau", set(Stage)),
        ("Jugement", "type", set(DocumentType)),
        ("Collecte", "statut", set(FilingStatus)),
        ("Verdict", "environnement", set(Environment)),
        ("Campagne", "environnement", set(Environment)),
        ("Moi", "environnement", set(Environment)),
    ],
)
def test_words_of_the_engine(schema: str, field: str, words: set[str]) -> None:
    assert literal(schema, field) == {str(word) for word in words}


def test_words_of_the_server() -> None:
    from sidoba_server.api.ws01_campaigns import ReportType
    from sidoba_server.campaigns.policies import CampaignStatus
    from sidoba_server.core.models import ENVIRONMENTS
    from sidoba_server.processing import models as processing
    from sidoba_server.vendors.models import REPORT_TYPES

    assert literal("Campagne", "statut") == {str(status) for status in CampaignStatus}
    assert literal("Campagne", "type_rapport") == set(REPORT_TYPES) == set(get_args(ReportType))
    assert literal("Traitement", "statut") == set(processing.RUN_STATUSES)
    assert literal("Traitement", "mode") == set(processing.MODES)
    assert literal("Document", "statut") == set(processing.DOCUMENT_STATUSES)
    assert {code for code, _ in ENVIRONMENTS} == {str(environment) for environment in Environment}


def test_words_of_the_contract() -> None:
    """Those that nothing else in the code would hold still."""
    assert literal("RegleNonExecutee", "raison") == {
        "cle_absente",
        "cle_fautive",
        "division_par_zero",
        "fait_inconnu",
        "fonction_absente",
        "semaines_non_calculees",
    }
    assert literal("Document", "statut") == {
        "accepte",
        "accepte_avec_avertissement",
        "refuse",
        "inchange",
        "retire",
    }
    assert literal("Traitement", "statut") == {"en_attente", "en_cours", "termine", "echoue", "annule"}


def test_scopes_are_those_of_the_contract() -> None:
    from sidoba_server.vendors.scopes import ALL_SCOPES

    assert set(ALL_SCOPES) == {
        "campagnes:lire",
        "modeles:lire",
        "collecte:ecrire",
        "collecte:lire",
        "collecte:statut",
    }


def test_every_right_of_the_roles_is_asked_somewhere_and_every_right_asked_is_given() -> None:
    """A right nobody asks would be a promise, a right nobody has a dead end."""
    given = {right for role in installed_catalogue().roles for right in role["droits"]}
    asked = {
        node.value
        for path in SERVER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.split(".")[0] in {right.split(".")[0] for right in given} and "." in node.value
    }
    rights_asked = {text for text in asked if text in given or text.startswith("collecte.")}
    told_in_the_audit_trail = {"collecte.ouverte", "collecte.statut"}
    assert rights_asked - told_in_the_audit_trail == given


def test_refusals_have_the_statuses_the_openapi_document_declares(openapi: dict[str, Any]) -> None:
    """No refusal of the API comes with a status the page does not show."""
    shown = {
        int(status)
        for path, item in openapi["paths"].items()
        for said in item.values()
        for status in said["responses"]
        if int(status) >= 400
    }
    elsewhere = {405: "of any address", 412: "of the pages, until WS08"}
    for refusal in installed_catalogue().refusals.values():
        assert refusal.status in shown | set(elsewhere), refusal.code
