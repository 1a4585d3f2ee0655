"""The examples of the guide: the verdicts that the corpus beside the checkout gives, in JSON and in XML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from json_to_xml import as_xml
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

SHARED = Path(__file__).resolve().parents[4] / "shared"
EXAMPLES = SHARED / "corpus" / "fhir" / "examples"
INVALID = {
    "ServiceRequest-tddui-service-request-demande-orientation-example": ("R-FHIR-062", "/identifier/0/system"),
}

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the folder shared/corpus/fhir/examples is absent")


def verdict_of(content: bytes, catalogue: Catalogue) -> DocumentVerdict:
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts(), door=Door.USER_DATA)
    return verdict


def blocking(verdict: DocumentVerdict) -> list[tuple[str, str]]:
    return [(one.rule, one.location.path) for one in verdict.anomalies if one.severity is Severity.BLOCKING]


def test_every_example_has_the_verdict_of_its_readme(catalogue: Catalogue) -> None:
    wrong = []
    paths = sorted(EXAMPLES.glob("*.json"))
    for path in paths:
        found = blocking(verdict_of(path.read_bytes(), catalogue))
        if found != ([INVALID[path.stem]] if path.stem in INVALID else []):
            wrong.append((path.stem, found))
    assert len(paths) > 40 and not wrong, wrong


def test_both_formats_have_the_same_verdict(catalogue: Catalogue) -> None:
    for path in sorted(EXAMPLES.glob("*.json")):
        in_json = verdict_of(path.read_bytes(), catalogue)
        in_xml = verdict_of(as_xml(json.loads(path.read_bytes())), catalogue)
        assert in_json.is_conformant is in_xml.is_conformant
        told = [(one.rule, one.location.expression, one.message) for one in in_json.anomalies]
        assert [(one.rule, one.location.expression, one.message) for one in in_xml.anomalies] == told, path.stem
        assert in_xml.not_run == in_json.not_run


def test_what_only_the_lot_could_tell_is_among_the_rules_not_run(catalogue: Catalogue) -> None:
    path = EXAMPLES / "Observation-tddui-observation-periodescolaire-example.json"
    verdict = verdict_of(path.read_bytes(), catalogue)
    assert verdict.is_conformant
    assert [(one.rule, one.reason, one.detail) for one in verdict.not_run] == [
        ("R-FHIR-043", "fait_inconnu", "Observation.performer referentScolaire"),
        ("R-FHIR-052", "fait_inconnu", "lot"),
    ]
