"""What a content is, from its bytes; and what each door says of what is not its own."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.recognition import Door, Kind, kind_of, kind_of_json
from sidoba_engine.verdict import DocumentType


def archive(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        for name in names:
            opened.writestr(name, "contenu")
    return held.getvalue()


CONTENTS = [
    (b"", Kind.EMPTY),
    (b" \r\n\t", Kind.EMPTY),
    (b" " * 10_000, Kind.EMPTY),
    (b"%PDF-1.7\n...", Kind.PDF),
    (gzip.compress(b"{}"), Kind.GZIP),
    (b"\x28\xb5\x2f\xfd\x00", Kind.ZSTD),
    (archive("a.json"), Kind.ZIP),
    (archive(), Kind.ZIP),
    (archive("[Content_Types].xml", "word/document.xml"), Kind.OFFICE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OFFICE),
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff\xe0", Kind.IMAGE),
    (b"{\\rtf1 texte}", Kind.RTF),
    (b"MSH|^~\\&|DUI", Kind.HL7_V2),
    (b"PD94bWwgdmVyc2lvbj0iMS4wIj8+", Kind.BASE64),
    (b"<!DOCTYPE html><html>", Kind.HTML),
    (b"<html lang='fr'>", Kind.HTML),
    (b"finess;annee\n019999994;2025\n", Kind.CSV),
    (b"finess,annee\n019999994,2025\n", Kind.CSV),
    ("Bonjour, voici le rapport demandé.".encode(), Kind.TEXT),
    ("Café".encode("latin-1"), Kind.TEXT),
    (b"\x00\x01\x02\x03\x04\x05", Kind.BINARY),
    (b"<?xml version='1.0'?><lettre/>", Kind.XML),
    (b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>", Kind.CDA),
    (b"\xef\xbb\xbf<?xml version='1.0'?><!-- <a/> --><h:ClinicalDocument xmlns:h='urn:hl7-org:v3'/>", Kind.CDA),
    ("<?xml version='1.0' encoding='utf-16'?><ClinicalDocument/>".encode("utf-16"), Kind.CDA),
    (b"<!DOCTYPE ClinicalDocument [<!ENTITY a 'b'>]><ClinicalDocument/>", Kind.CDA),
    (b'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/></Bundle>', Kind.FHIR_XML),
    (b"<!-- " + b"x" * 9000 + b' --><f:Bundle xmlns:f="http://hl7.org/fhir"/>', Kind.FHIR_XML),
    (b"<!-- " + b"x" * 9000 + b" --><ClinicalDocument/>", Kind.CDA),
    (b"<!-- " + b"x" * 90_000 + b" --><ClinicalDocument/>", Kind.XML),
    (b'{"a": 1}', Kind.JSON),
    (b"\n\n [1]", Kind.JSON),
    (b"{'a': 1}", Kind.JSON),
    (b"// commentaire\n{}", Kind.JSON),
    (b"\xef\xbb\xbf{}", Kind.JSON),
    ('{"a": 1}'.encode("utf-16"), Kind.JSON),
    ('{"a": 1}'.encode("utf-16-be"), Kind.JSON),
    (b"12", Kind.JSON),
    (b'"texte"', Kind.JSON),
    (b"null\n", Kind.JSON),
    (b"12 rue des Glycines", Kind.TEXT),
    (b" " * 5000 + b"{}", Kind.JSON),
]


@pytest.mark.parametrize(("content", "kind"), CONTENTS)
def test_kinds(content: bytes, kind: Kind) -> None:
    assert kind_of(content) is kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"modele": {}, "donnees": {}}, Kind.KEY_VALUE),
        ({"nombre_de_places": 40}, Kind.JSON),
        ([], Kind.JSON),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}, Kind.FHIR_RESOURCES),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "DocumentReference"}}]}, Kind.FHIR_WRAPPER),
        ({"resourceType": "Bundle"}, Kind.FHIR_WRAPPER),
        ({"resourceType": "Bundle", "entry": [None, 3, {"resource": []}]}, Kind.FHIR_WRAPPER),
        ({"resourceType": "DocumentReference"}, Kind.FHIR_WRAPPER),
        ({"resourceType": "Binary"}, Kind.FHIR_OTHER),
        ({"resourceType": 12}, Kind.FHIR_OTHER),
    ],
)
def test_kinds_of_json(value: object, kind: Kind) -> None:
    assert kind_of_json(value) is kind


def test_every_kind_that_is_refused_has_its_french_words(catalogue: Catalogue) -> None:
    assert {kind.value for kind in Kind} <= set(catalogue.rules["R-ENV-001"].labels["trouve"])


UNREADABLE = [
    (content, kind) for content, kind in CONTENTS if kind not in (Kind.JSON, Kind.CDA, Kind.XML, Kind.FHIR_XML)
]


@pytest.mark.parametrize(("content", "kind"), UNREADABLE)
@pytest.mark.parametrize("door", list(Door))
def test_what_no_door_takes_is_refused_in_the_same_words_everywhere(
    content: bytes, kind: Kind, door: Door, judge_one: Any, catalogue: Catalogue
) -> None:
    verdict = judge_one(content, door=door)
    (anomaly,) = verdict.anomalies
    assert verdict.type is DocumentType.UNKNOWN
    assert (anomaly.rule, anomaly.stage.value, anomaly.location.path) == ("R-ENV-001", "enveloppe", "")
    words = catalogue.rules["R-ENV-001"].labels["trouve"][kind.value]
    assert anomaly.message.startswith(f"Le contenu n'est d'aucun genre attendu ici (reçu : {words}")
    assert judge_one(content).anomalies == verdict.anomalies


CDA = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"
REFERENCE = b'{"resourceType": "DocumentReference"}'
REFERENCE_XML = b'<DocumentReference xmlns="http://hl7.org/fhir"/>'


@pytest.mark.parametrize(
    ("content", "door", "found", "expected", "type_"),
    [
        (CDA, Door.KEY_VALUE, "un document CDA sans", "attendu : un objet JSON", DocumentType.CDA),
        (CDA, Door.CDA_BUNDLE, "un document CDA sans", "une fiche (DocumentReference)", DocumentType.CDA),
        (REFERENCE, Door.KEY_VALUE, "une enveloppe FHIR", "attendu : un objet JSON", DocumentType.UNKNOWN),
        (REFERENCE_XML, Door.KEY_VALUE, "FHIR en XML", "attendu : un objet JSON", DocumentType.UNKNOWN),
        (REFERENCE_XML, Door.USER_MODEL, "FHIR en XML", "attendu : un objet JSON", DocumentType.UNKNOWN),
    ],
)
def test_what_another_door_takes_names_what_is_expected_here(
    content: bytes, door: Door, found: str, expected: str, type_: DocumentType, judge_one: Any
) -> None:
    verdict = judge_one(content, door=door)
    (anomaly,) = verdict.anomalies
    assert anomaly.rule == "R-ENV-001"
    assert found in anomaly.message and expected in anomaly.message
    assert verdict.type is type_


def test_key_value_data_at_the_door_of_cda(body: Any, judge_one: Any) -> None:
    verdict = judge_one(body(), door=Door.CDA_BUNDLE)
    assert verdict.type is DocumentType.KEY_VALUE
    assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-ENV-001"]


@pytest.mark.parametrize(
    ("content", "rule", "cause"),
    [
        (REFERENCE[:-1], "R-ENV-002", "s'arrête avant la fin"),
        (b"\xef\xbb\xbf" + REFERENCE, "R-ENV-002", "(BOM)"),
        (REFERENCE.decode().encode("utf-16"), "R-ENV-002", "encodage"),
        (REFERENCE + b"x", "R-ENV-002", "suit la fin"),
        (b'{"a":' * 300 + REFERENCE, "R-ENV-002", "profonde"),
        (b'{"donnees": {}', "R-KV-004", "s'arrête avant la fin"),
    ],
)
@pytest.mark.parametrize("door", [Door.ANY, Door.KEY_VALUE, Door.CDA_BUNDLE])
def test_broken_json_is_told_by_what_it_was_meant_to_be(
    content: bytes, rule: str, cause: str, door: Door, judge_one: Any
) -> None:
    verdict = judge_one(content, door=door)
    (anomaly,) = verdict.anomalies
    assert anomaly.rule == rule
    assert cause in anomaly.message
    assert verdict.type is DocumentType.UNKNOWN


@pytest.mark.parametrize(
    ("bundle", "rule"),
    [
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}, "R-ENV-001"),
        ({"resourceType": "Binary"}, "R-ENV-003"),
    ],
)
def test_other_fhir_is_refused_by_name(bundle: dict[str, Any], rule: str, judge_one: Any) -> None:
    content = json.dumps(bundle).encode()
    assert [anomaly.rule for anomaly in judge_one(content, door=Door.CDA_BUNDLE).anomalies] == [rule]
    assert judge_one(content).type is DocumentType.FHIR
