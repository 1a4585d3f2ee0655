"""The FHIR envelope of WS07: one document an entry, a fault kept to its entry; and the writer of envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.cda.wrap import bundle_of, document_reference
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir_wrapper import read_wrapper
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge, validate
from sidoba_engine.verdict_json import encode, judgement_object
from synthetic_cda import document

FACTS = Facts(
    campaign=CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31)),
    establishment_finess="019999994",
)
DOCUMENTS = [document(finess="019999994", number=number, day=date(2024, 9, 16)) for number in (7, 18, 29)]


@pytest.fixture
def unwrapped(catalogue: Catalogue) -> Callable[[Any], list[Document]]:
    def call(content: Any, first_index: int = 0) -> list[Document]:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        parsed = read_json(text.encode())
        return list(read_wrapper(parsed, catalogue=catalogue, facts=FACTS, first_index=first_index))

    return call


def rules_of(documents: list[Document]) -> list[list[str]]:
    return [[anomaly.rule for anomaly in item.anomalies] for item in documents]


def sheet(bundle: dict[str, Any], rank: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = bundle["entry"][rank]["resource"]
    return found


def attachment(bundle: dict[str, Any], rank: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = sheet(bundle, rank)["content"][0]["attachment"]
    return found


def test_one_document_an_entry_in_order(unwrapped) -> None:
    found = unwrapped(bundle_of(DOCUMENTS), first_index=10)
    assert [item.index for item in found] == [10, 11, 12]
    assert [item.content.source for item in found] == DOCUMENTS
    assert rules_of(found) == [[], [], []]
    assert len({item.service_user.key for item in found}) == 3


def test_one_document_reference_alone(unwrapped) -> None:
    (found,) = unwrapped(document_reference(DOCUMENTS[0]), first_index=3)
    assert (found.index, found.anomalies, found.type) == (3, [], "cda-tddui")


def test_entries_are_read_as_they_are_asked_for(catalogue: Catalogue) -> None:
    """The second entry is broken: the first comes out before anybody looks at it."""
    bundle = bundle_of(DOCUMENTS)
    parsed = read_json(json.dumps(bundle).encode())
    reader = read_wrapper(parsed, catalogue=catalogue, facts=FACTS, first_index=0)
    assert next(reader).anomalies == []
    parsed.value["entry"][1] = None  # type: ignore[index]
    assert [anomaly.rule for anomaly in next(reader).anomalies] == ["R-ENV-006"]


def test_the_same_verdict_bare_or_wrapped(catalogue: Catalogue, official: bytes) -> None:
    """Same environment, catalogue and facts: the same bytes, line and column included."""
    facts = Facts(FACTS.environment, CampaignFacts("c", "ssiad", date(2023, 1, 1), date(2023, 12, 31)), "480787529")
    (bare,) = judge(official, catalogue=catalogue, facts=facts)
    body = json.dumps(bundle_of([DOCUMENTS[0], official])).encode()
    _, wrapped = judge(body, catalogue=catalogue, facts=facts, door=Door.CDA_BUNDLE)
    assert encode(judgement_object(bare)) == encode(judgement_object(wrapped))
    assert len(bare.anomalies) == 12


def delete(holder: Callable[[dict[str, Any]], dict[str, Any]], name: str) -> Callable[[dict[str, Any]], None]:
    return lambda bundle: holder(bundle).pop(name)


def put(holder: Callable[[dict[str, Any]], dict[str, Any]], name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda bundle: holder(bundle).update({name: value})


def entry(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bundle["entry"][1]
    return found


REFUSED = [
    ("R-ENV-006", delete(entry, "resource"), "entry/1"),
    ("R-ENV-006", put(entry, "resource", "x"), "entry/1"),
    ("R-ENV-007", put(entry, "resource", {"resourceType": "Patient"}), "resourceType"),
    ("R-ENV-007", put(entry, "resource", {}), "resourceType"),
    ("R-ENV-008", put(entry, "request", {"method": "DELETE", "url": "DocumentReference/1"}), "request/method"),
    ("R-ENV-008", delete(entry, "request"), "request/method"),
    ("R-ENV-009", delete(sheet, "masterIdentifier"), "masterIdentifier"),
    ("R-ENV-010", put(sheet, "status", "superseded"), "status"),
    ("R-ENV-010", delete(sheet, "status"), "status"),
    ("R-ENV-011", put(sheet, "type", {"coding": [{"code": "11502-2"}]}), "type"),
    ("R-ENV-011", delete(sheet, "type"), "type"),
    ("R-ENV-012", put(sheet, "content", [{}, {}]), "content"),
    ("R-ENV-013", lambda bundle: sheet(bundle)["content"][0].update(format={"code": "urn:ihe:pcc"}), "format/code"),
    ("R-ENV-014", put(attachment, "url", "https://example.org/1.xml"), "attachment/url"),
    ("R-ENV-015", delete(attachment, "data"), "attachment"),
    ("R-ENV-015", put(attachment, "data", "  "), "attachment"),
    ("R-ENV-015", put(attachment, "data", 12), "attachment"),
    ("R-ENV-015", delete(sheet, "content"), "attachment"),
    ("R-ENV-015", put(sheet, "content", {"attachment": {}}), "attachment"),
    ("R-ENV-016", put(attachment, "data", "PD94 bWw*"), "attachment/data"),
    ("R-ENV-017", put(attachment, "size", 12), "attachment/size"),
    ("R-ENV-018", put(attachment, "hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "attachment/hash"),
    ("R-ENV-018", put(attachment, "hash", hashlib.sha1(DOCUMENTS[1]).hexdigest()), "attachment/hash"),  # noqa: S324
    ("R-ENV-019", delete(attachment, "hash"), "attachment"),
    ("R-ENV-020", put(attachment, "contentType", "text/plain"), "contentType"),
    ("R-ENV-020", delete(attachment, "contentType"), "contentType"),
    ("R-ENV-021", delete(attachment, "title"), "attachment"),
    ("R-ENV-022", put(sheet, "masterIdentifier", {"value": "urn:oid:1.2.3"}), "masterIdentifier/value"),
]


@pytest.mark.parametrize(("rule", "change", "place"), REFUSED)
def test_a_fault_is_that_of_its_entry_alone(unwrapped, rule: str, change: Any, place: str) -> None:
    bundle = bundle_of(DOCUMENTS)
    change(bundle)
    found = unwrapped(bundle)
    assert rules_of(found) == [[], [rule], []]
    (anomaly,) = found[1].anomalies
    assert anomaly.location.path.startswith("/entry/1")
    assert anomaly.location.path.endswith(place)
    assert anomaly.location.line is not None
    assert anomaly.stage == "enveloppe"
    assert "{" not in anomaly.message + anomaly.hint


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml; charset=utf-8", "Application/XML"])
def test_content_types_of_xml(unwrapped, content_type: str) -> None:
    bundle = bundle_of(DOCUMENTS[:1])
    attachment(bundle, 0)["contentType"] = content_type
    assert rules_of(unwrapped(bundle)) == [[]]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ("PD94bWwg*A==", "alphabet base64"),
        ("<?xml version='1.0'?>", "alphabet base64"),
        ("data:application/xml;base64,PD94", "alphabet base64"),
        ("PD9-bW_g", "adresses"),
        ("PD94b", "multiple de quatre"),
        ("PD94bWw", "multiple de quatre"),
        ("PD94bW=", "="),
        ("PD94=bWw", "="),
        ("PD94bWwg====", "="),
    ],
)
def test_strict_base64(unwrapped, data: str, cause: str) -> None:
    bundle = bundle_of(DOCUMENTS)
    attachment(bundle)["data"] = data
    _, faulty, _ = unwrapped(bundle)
    (anomaly,) = faulty.anomalies
    assert anomaly.rule == "R-ENV-016"
    assert cause in anomaly.message
    assert faulty.content is None


def test_white_space_in_base64_is_let_through(unwrapped) -> None:
    bundle = bundle_of(DOCUMENTS[:1])
    attachment(bundle, 0)["data"] = base64.encodebytes(DOCUMENTS[0]).decode()
    assert rules_of(unwrapped(bundle)) == [[]]


def test_altered_bytes_are_not_judged(unwrapped) -> None:
    bundle = bundle_of(DOCUMENTS)
    attachment(bundle)["data"] = base64.b64encode(DOCUMENTS[1][:-40]).decode()
    _, altered, _ = unwrapped(bundle)
    assert [anomaly.rule for anomaly in altered.anomalies] == ["R-ENV-017", "R-ENV-018"]
    assert altered.content is None


def test_what_is_no_cda_is_named_in_its_entry(unwrapped, catalogue: Catalogue) -> None:
    found = unwrapped(bundle_of([DOCUMENTS[0], b"%PDF-1.7", DOCUMENTS[2], b"", b"<a>"]))
    assert rules_of(found) == [[], ["R-CDA-010"], [], ["R-ENV-015"], ["R-CDA-001"]]
    verdict = validate(found[2], facts=FACTS, catalogue=catalogue)
    assert verdict.is_conformant


def test_the_same_service_user_twice(unwrapped) -> None:
    again = document(finess="019999994", number=7, day=date(2024, 10, 1))
    found = unwrapped(bundle_of([*DOCUMENTS, again]))
    assert rules_of(found) == [[], [], [], ["R-ENV-025"]]
    assert "entrée 4" in found[3].anomalies[0].message
    assert "entrée 1" in found[3].anomalies[0].message


def test_the_same_service_user_known_by_one_of_two_identifiers(unwrapped) -> None:
    without_ins = document(finess="019999994", number=7, day=date(2024, 10, 1), faults=["R-CDA-036"])
    without_local = document(finess="019999994", number=7, day=date(2024, 10, 2), faults=["R-CDA-049"])
    found = unwrapped(bundle_of([DOCUMENTS[0], without_ins, without_local]))
    assert rules_of(found) == [[], ["R-ENV-025"], ["R-ENV-025"]]


@pytest.mark.parametrize("kind", [None, "document", "batch", 3])
def test_a_bundle_of_another_type_refuses_each_document_and_judges_it(unwrapped, kind: Any) -> None:
    bundle = bundle_of(DOCUMENTS) | {"type": kind}
    attachment(bundle).pop("hash")
    found = unwrapped(bundle)
    assert rules_of(found) == [["R-ENV-004"], ["R-ENV-004", "R-ENV-019"], ["R-ENV-004"]]
    assert all(item.content is not None for item in found)


@pytest.mark.parametrize("entries", [None, [], {}, "x"])
def test_an_empty_bundle(unwrapped, entries: Any) -> None:
    (found,) = unwrapped({"resourceType": "Bundle", "type": "transaction", "entry": entries}, first_index=2)
    assert (found.index, found.type, rules_of([found])) == (2, "inconnu", [["R-ENV-005"]])


@pytest.mark.parametrize("content", [{"resourceType": "Binary"}, {}, [], "x", 1, None, {"resourceType": {"a": 1}}])
def test_another_root(unwrapped, content: Any) -> None:
    (found,) = unwrapped(json.dumps(content))
    assert rules_of([found]) == [["R-ENV-003"]]


def test_a_property_written_twice_is_not_guessed(unwrapped) -> None:
    bundle = json.dumps(bundle_of(DOCUMENTS))
    in_second = bundle.replace('"status": "current"', '"status": "current", "status": "current"')
    assert [[rule for rule in rules if rule == "R-ENV-002"] for rules in rules_of(unwrapped(in_second))] == [
        ["R-ENV-002"]
    ] * 3
    of_the_whole = bundle.replace('"type": "transaction"', '"type": "batch", "type": "transaction"', 1)
    assert rules_of(unwrapped(of_the_whole)) == [["R-ENV-002"]] * 3
    alone = json.dumps(document_reference(DOCUMENTS[0])).replace('"title":', '"title": "x", "title":', 1)
    assert rules_of(unwrapped(alone)) == [["R-ENV-002"]]


def test_nothing_personal_or_strange_is_repeated(unwrapped) -> None:
    bundle = bundle_of(DOCUMENTS)
    sheet(bundle)["status"] = "Monsieur Dupont, né le 3 avril"
    sheet(bundle)["masterIdentifier"] = {"value": "<script>"}
    entry(bundle)["request"]["method"] = {"x": ["y"]}
    written = "".join(anomaly.message + str(anomaly.value) for anomaly in unwrapped(bundle)[1].anomalies)
    assert "Dupont" not in written
    assert "script" not in written


def test_an_xml_envelope_is_refused_by_name(catalogue: Catalogue) -> None:
    content = b'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/></Bundle>'
    (refused,) = judge(content, catalogue=catalogue, facts=FACTS, door=Door.CDA_BUNDLE)
    (anomaly,) = refused.anomalies
    assert (anomaly.rule, refused.type) == ("R-ENV-001", "inconnu")
    assert "FHIR en XML" in anomaly.message


def test_what_the_writer_says_of_a_document(catalogue: Catalogue) -> None:
    written = document_reference(DOCUMENTS[0])
    opened = read_cda(DOCUMENTS[0], catalogue=catalogue, facts=FACTS, index=0)
    own = opened.content.root.find("{urn:hl7-org:v3}id").get("root")
    assert written["masterIdentifier"]["value"] == f"urn:oid:{own}"
    described = written["content"][0]["attachment"]
    assert base64.b64decode(described["data"]) == DOCUMENTS[0]
    assert described["size"] == len(DOCUMENTS[0])
    assert base64.b64decode(described["hash"]) == hashlib.sha1(DOCUMENTS[0]).digest()  # noqa: S324
    assert written["content"][0]["format"]["code"] == "urn:asip:ci-sis:export-dui:2023"
    assert "DELORME" not in json.dumps({**written, "content": None})


def test_the_writer_is_deterministic_and_takes_anything(unwrapped) -> None:
    contents = [DOCUMENTS[0], b"", b"%PDF", DOCUMENTS[0], b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"]
    bundle = bundle_of(contents)
    assert bundle == bundle_of(contents)
    assert len({item["fullUrl"] for item in bundle["entry"]}) == len(contents)
    assert rules_of(unwrapped(bundle)) == [[], ["R-ENV-015"], ["R-CDA-010"], ["R-ENV-025"], ["R-CDA-011"]]


@pytest.mark.parametrize(
    ("identifier", "announced", "is_right"),
    [
        ('<id root="1.2.3" extension="A"/>', "urn:oid:1.2.3^A", True),
        ('<id root="1.2.3" extension="A"/>', "1.2.3.A", True),
        ('<id root="1.2.3" extension="A"/>', "urn:oid:1.2.3", False),
        ('<id root="2DB3E431-03B4-4FC4-99E5-AA2E3CE1D12A"/>', "urn:uuid:2db3e431-03b4-4fc4-99e5-aa2e3ce1d12a", True),
        ('<id root="1.2.3"/>', "urn:oid:1.2.4", False),
    ],
)
def test_the_identifier_of_the_sheet(unwrapped, identifier: str, announced: str, is_right: bool) -> None:
    text = DOCUMENTS[0].decode()
    start = text.index('<id root="1.2.250.1.999')
    content = (text[:start] + identifier + text[text.index("/>", start) + 2 :]).encode()
    bundle = bundle_of([content])
    sheet(bundle, 0)["masterIdentifier"] = {"value": announced}
    assert (rules_of(unwrapped(bundle)) == [[]]) is is_right
