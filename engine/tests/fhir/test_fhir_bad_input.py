"""Bad input: a named refusal or anomaly, in bounded time, without a personal value in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir_mutations import MUTATIONS, put
from json_to_xml import as_xml
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict
from test_fhir_mutations import LOT, UNHELD

PERSONAL = ("EXEMPLE", "Odette", "1951-06-08", "2510699123456", "08/06/1951", "5012-", "impasse")
PATIENT = {"resourceType": "Patient", "name": [{"use": "official", "family": "A", "given": ["B"]}]}


def verdict_of(content: Any, catalogue: Catalogue) -> DocumentVerdict:
    written = content if isinstance(content, bytes) else json.dumps(content).encode()
    (verdict,) = judge(written, catalogue=catalogue, facts=Facts(), door=Door.USER_DATA)
    return verdict


def rules_of(verdict: DocumentVerdict) -> set[str]:
    return {anomaly.rule for anomaly in verdict.anomalies}


@pytest.mark.parametrize(
    ("content", "rule", "cause"),
    [
        (b'{"resourceType": "Patient"', "R-ENV-002", "s'arrête avant la fin"),
        (b'{"resourceType": "Patient"} x', "R-ENV-002", "suit la fin"),
        (b'\xef\xbb\xbf{"resourceType": "Patient"}', "R-ENV-002", "(BOM)"),
        ('{"resourceType": "Patient"}'.encode("utf-16"), "R-ENV-002", "encodage"),
        (b'{"resourceType": "Patient", "id": "\\ud800"}', "R-ENV-002", "encodage"),
        (b'{"resourceType": "Patient", "a": ' + b"[" * 10_000, "R-ENV-002", "imbrication"),
        (b'<!DOCTYPE a><Patient xmlns="http://hl7.org/fhir"/>', "R-ENV-002", "DOCTYPE"),
        (b'<Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>', "R-ENV-002", "XML"),
        (b'<Patient xmlns="http://hl7.org/fhir"><id value="1">', "R-ENV-002", "s'arrête avant la fin"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(content: bytes, rule: str, cause: str, catalogue: Catalogue) -> None:
    verdict = verdict_of(content, catalogue)
    (anomaly,) = verdict.anomalies
    assert anomaly.rule == rule and cause in anomaly.message
    assert not verdict.is_conformant


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b'{"resourceType": "Patient", "birthDate": "1950", "birthDate": "1951"}', "R-FHIR-002"),
        (b'<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><gender value="male"/></Patient>', "R-FHIR-002"),
        (b'{"resourceType": "Patient", "multipleBirthInteger": NaN}', "R-FHIR-032"),
        (b'{"resourceType": "Location", "position": {"longitude": 1e400, "latitude": 1}}', "R-FHIR-033"),
        (b'{"resourceType": "Location", "position": {"longitude": Infinity, "latitude": 1}}', "R-FHIR-033"),
        (b'{"resourceType": "Bundle", "type": "searchset", "total": 0}', "R-FHIR-005"),
        (b'{"resourceType": 12}', "R-FHIR-003"),
        (b'{"resourceType": "Bundle", "type": "transaction", "entry": {"a": 1}}', "R-FHIR-031"),
        (b'{"resourceType": "Bundle", "type": "transaction", "entry": [1, null]}', "R-FHIR-031"),
    ],
)
def test_what_can_be_read_is_judged_by_name(content: bytes, rule: str, catalogue: Catalogue) -> None:
    assert rule in rules_of(verdict_of(content, catalogue))


def test_a_lot_of_100_000_entries_is_refused_before_it_is_walked(catalogue: Catalogue) -> None:
    entries = [{"resource": PATIENT}] * 100_000
    verdict = verdict_of({"resourceType": "Bundle", "type": "transaction", "entry": entries}, catalogue)
    assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-FHIR-007"]


def test_thousands_of_anomalies_are_bounded_and_said_to_be(catalogue: Catalogue) -> None:
    resource = {**PATIENT, **{f"inconnu{rank}": rank for rank in range(20_000)}}
    verdict = verdict_of(resource, catalogue)
    limit = catalogue.rules["R-FHIR-070"].parameters["anomalies"]
    assert "R-FHIR-070" in rules_of(verdict)
    assert len([one for one in verdict.anomalies if one.rule == "R-FHIR-030"]) <= limit


def test_references_that_turn_in_a_circle_end(catalogue: Catalogue) -> None:
    lot = json.loads(LOT.read_bytes())
    put(lot, "/entry/4/resource/partOf", {"reference": lot["entry"][5]["fullUrl"]})
    put(lot, "/entry/5/resource/partOf", {"reference": lot["entry"][5]["fullUrl"]})
    for rank in (4, 5):
        put(lot, f"/entry/{rank}/resource/meta", {"profile": ["http://hl7.org/fhir/StructureDefinition/Encounter"]})
    assert verdict_of(lot, catalogue).type.value == "fhir-tddui"


def test_a_deep_resource_does_not_exhaust_the_stack(catalogue: Catalogue) -> None:
    item: dict[str, Any] = {"linkId": "obesite"}
    for _ in range(90):
        item = {"linkId": "obesite", "item": [item]}
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}
    assert verdict_of(response, catalogue).anomalies


def test_no_personal_value_is_told(catalogue: Catalogue) -> None:
    lot = json.loads(LOT.read_bytes())
    for mutation in MUTATIONS:
        verdict = verdict_of(mutation.apply(lot), catalogue)
        for anomaly in verdict.anomalies:
            told = f"{anomaly.message} {anomaly.value} {anomaly.hint} {anomaly.location.path}"
            if anomaly.rule == "R-FHIR-065":
                told = told.replace("3010000000/1012", "")
            assert not [value for value in PERSONAL if value in told], (mutation.name, told)


def test_an_xml_lot_with_the_same_fault_has_the_same_anomalies(catalogue: Catalogue) -> None:
    """For faults that can be written in XML: there a list of one is its element, and a number is a text."""
    lot = json.loads(LOT.read_bytes())
    compared = 0
    for mutation in MUTATIONS:
        changed = mutation.apply(lot)
        in_json = verdict_of(changed, catalogue)
        if not _is_writable(in_json):
            continue
        in_xml = verdict_of(as_xml(changed), catalogue)
        told = sorted((one.rule, one.location.expression or "") for one in in_json.anomalies if one.rule != UNHELD)
        found = sorted((one.rule, one.location.expression or "") for one in in_xml.anomalies if one.rule != UNHELD)
        assert found == told, mutation.name
        compared += 1
    assert compared > 60


def _is_writable(verdict: DocumentVerdict) -> bool:
    return not rules_of(verdict) & {
        "R-FHIR-003",
        "R-FHIR-006",
        "R-FHIR-030",
        "R-FHIR-031",
        "R-FHIR-032",
        "R-FHIR-035",
        "R-FHIR-037",
    }
