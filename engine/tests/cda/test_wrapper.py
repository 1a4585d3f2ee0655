"""The FHIR envelope of WS07: one document an entry, a fault kept to its entry; and the writer of envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.cda.limits import limits_of
from sidoba_engine.formats.cda.wrap import bundle_of, document_reference
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir_wrapper import most_entries, read_wrapper
from sidoba_engine.formats.fhir_xml import read_fhir_xml
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


def in_xml(resource: dict[str, Any], prefix: str = "") -> str:
    """The same resource in the XML format of FHIR R4, one element a line."""
    mark = f"{prefix}:" if prefix else ""

    def written(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(written(name, item) for item in value)
        if not isinstance(value, dict):
            return "" if value is None else f"<{mark}{name} value={quoteattr(str(value))}/>\n"
        inside = "".join(written(key, item) for key, item in value.items() if key != "resourceType")
        if kind := value.get("resourceType"):
            inside = f"<{mark}{kind}>\n{inside}</{mark}{kind}>"
        return f"<{mark}{name}>\n{inside}</{mark}{name}>\n"

    kind = resource["resourceType"]
    inside = "".join(written(key, item) for key, item in resource.items() if key != "resourceType")
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    return f'<{mark}{kind} {declared}="http://hl7.org/fhir">\n{inside}</{mark}{kind}>'


@pytest.fixture
def unwrapped(catalogue: Catalogue) -> Callable[..., list[Document]]:
    """The documents of an envelope; a resource is read in JSON and in XML, which must say the same of it."""

    def call(content: Any, first_index: int = 0) -> list[Document]:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        how = {"catalogue": catalogue, "facts": FACTS, "first_index": first_index}
        found = list(read_wrapper(read_json(text.encode()), **how))
        if isinstance(content, dict) and content.get("resourceType"):
            xml = read_fhir_xml(in_xml(content).encode(), limits=limits_of(catalogue), most=most_entries(catalogue))
            assert sayings(read_wrapper(xml, **how)) == sayings(found)
        return found

    return call


def sayings(documents: Iterable[Document]) -> list[Any]:
    """All but the path in the text received, its line and its column."""
    return [
        (
            item.index,
            item.type,
            item.content and item.content.source,
            [(fault.rule, fault.message, fault.location.expression) for fault in item.anomalies],
        )
        for item in documents
    ]


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
    assert {item.rule for item in bare.anomalies} >= {"R-CDA-045", "R-CDA-105", "R-CDA-106", "R-CDA-313"}


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
    ("R-ENV-015", delete(sheet, "content"), "attachment"),
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
    assert (anomaly.location.expression or "").startswith("Bundle.entry[1]")
    assert anomaly.stage == "enveloppe"
    assert "{" not in anomaly.message + anomaly.hint


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("R-ENV-007", put(entry, "resource", {})),
        ("R-ENV-015", put(attachment, "data", 12)),
        ("R-ENV-015", put(sheet, "content", {"attachment": {}})),
    ],
)
def test_faults_that_only_json_can_have(unwrapped, rule: str, change: Any) -> None:
    bundle = bundle_of(DOCUMENTS)
    change(bundle)
    assert rules_of(unwrapped(json.dumps(bundle))) == [[], [rule], []]


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
    assert rules_of(found) == [["R-ENV-025"], [], [], ["R-ENV-025"]]
    assert "entrée 1 est aussi celui de l'entrée 4" in found[0].anomalies[0].message
    assert "entrée 4 est aussi celui de l'entrée 1" in found[3].anomalies[0].message
    assert [item.anomalies[0].location.path for item in (found[0], found[3])] == [
        "/entry/0/resource",
        "/entry/3/resource",
    ]


def test_the_same_service_user_known_by_one_of_two_identifiers(unwrapped) -> None:
    without_ins = document(finess="019999994", number=7, day=date(2024, 10, 1), faults=["R-CDA-036"])
    without_local = document(finess="019999994", number=7, day=date(2024, 10, 2), faults=["R-CDA-049"])
    found = unwrapped(bundle_of([DOCUMENTS[0], without_ins, without_local, DOCUMENTS[1]]))
    assert rules_of(found) == [["R-ENV-025"], ["R-ENV-025"], ["R-ENV-025"], []]


def test_two_people_with_one_local_number_are_told_apart_by_their_ins(unwrapped) -> None:
    ins = re.findall(rb'root="1\.2\.250\.1\.213\.1\.4\.10" extension="([0-9]{15})"', b"".join(DOCUMENTS[:2]))
    assert len(ins) == 2
    other = DOCUMENTS[0].replace(ins[0], ins[1])
    assert rules_of(unwrapped(bundle_of([DOCUMENTS[0], other]))) == [[], []]
    assert rules_of(unwrapped(bundle_of([DOCUMENTS[0], other, DOCUMENTS[1]]))) == [[], ["R-ENV-025"], ["R-ENV-025"]]


def test_a_document_refused_at_the_door_is_nobodys_second_document(unwrapped) -> None:
    """Cut, altered, in another encoding than it says: the other one of the same person is not refused for it."""
    bundle = bundle_of([DOCUMENTS[0], DOCUMENTS[0][:-40], DOCUMENTS[0] + b"\xff", b"<!DOCTYPE x>" + DOCUMENTS[0]])
    assert rules_of(unwrapped(bundle)) == [[], ["R-CDA-001"], ["R-CDA-002"], ["R-CDA-003"]]


def test_who_it_is_about_may_stand_far_from_the_beginning(unwrapped) -> None:
    far = DOCUMENTS[0].replace(b"<recordTarget", b"<!-- " + b"x" * 100_000 + b" --><recordTarget")
    wide = DOCUMENTS[0].decode().replace("UTF-8", "UTF-16").encode("utf-16")
    lined = bundle_of([far, wide, DOCUMENTS[1]])
    for item in lined["entry"]:
        described = item["resource"]["content"][0]["attachment"]
        described["data"] = base64.encodebytes(base64.b64decode(described["data"])).decode()
    assert rules_of(unwrapped(lined)) == [["R-ENV-025"], ["R-ENV-025"], []]


@pytest.mark.parametrize("kind", [None, "document", "batch", 3])
def test_a_bundle_of_another_type_refuses_each_document_and_judges_it(unwrapped, kind: Any) -> None:
    bundle = bundle_of(DOCUMENTS) | {"type": kind}
    attachment(bundle).pop("hash")
    found = unwrapped(bundle)
    assert rules_of(found) == [["R-ENV-004"], ["R-ENV-004", "R-ENV-019"], ["R-ENV-004"]]
    assert all(item.content is not None for item in found)


@pytest.mark.parametrize("entries", [None, [], {}, "x"])
def test_an_empty_bundle(unwrapped, entries: Any) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    (found,) = unwrapped(bundle if entries in (None, []) else json.dumps(bundle), first_index=2)
    assert (found.index, found.type, rules_of([found])) == (2, "inconnu", [["R-ENV-005"]])


@pytest.mark.parametrize("content", [{"resourceType": "Binary"}, {}, [], "x", 1, None, {"resourceType": {"a": 1}}])
def test_another_root(unwrapped, content: Any) -> None:
    (found,) = unwrapped(json.dumps(content))
    assert rules_of([found]) == [["R-ENV-003"]]


def test_a_property_written_twice_is_not_guessed(unwrapped, catalogue: Catalogue) -> None:
    bundle = json.dumps(bundle_of(DOCUMENTS))
    second = bundle_of(DOCUMENTS)
    sheet(second)["status"] = ["current", "current"]
    how = {"catalogue": catalogue, "facts": FACTS, "first_index": 0}
    found = list(read_wrapper(read_fhir_xml(in_xml(second).encode(), limits=limits_of(catalogue), most=9), **how))
    assert rules_of(found) == [[], ["R-ENV-002"], []]
    assert found[1].anomalies[0].location.path == "/Bundle/entry[2]/resource/DocumentReference/status[2]"
    assert "lisible en XML" in found[1].anomalies[0].message
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
    sheet(bundle)["type"] = {"coding": [{"code": "Monsieur Dupont"}]}
    sheet(bundle)["masterIdentifier"] = {"value": "3019999994/Dupont"}
    entry(bundle)["request"]["method"] = "<script>"
    text = json.dumps(bundle).replace('"request"', '"Monsieur Dupont": 1, "Monsieur Dupont": 2, "request"')
    faults = unwrapped(bundle)[1].anomalies + unwrapped(text)[1].anomalies
    assert {fault.rule for fault in faults} == {f"R-ENV-0{number:02}" for number in (2, 8, 10, 11, 22)}
    written = "".join(repr(fault) for fault in faults)
    assert "Dupont" not in written
    assert "script" not in written


def test_a_document_identifier_with_text_in_it_is_not_repeated(unwrapped) -> None:
    start = DOCUMENTS[0].index(b'<id root="1.2.250.1.999')
    strange = (
        DOCUMENTS[0][:start] + b'<id root="Monsieur Dupont"/>' + DOCUMENTS[0][DOCUMENTS[0].index(b"/>", start) + 2 :]
    )
    bundle = bundle_of([strange])
    sheet(bundle, 0)["masterIdentifier"]["value"] = "urn:oid:1.2.3"
    (fault,) = unwrapped(bundle)[0].anomalies
    assert (fault.rule, "Dupont" in repr(fault), "urn:oid:1.2.3" in fault.message) == ("R-ENV-022", False, True)


@pytest.mark.parametrize("door", [Door.ANY, Door.CDA_BUNDLE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_same_verdicts_in_xml(catalogue: Catalogue, official: bytes, door: Door, encoding: str) -> None:
    """Byte for byte: of documents, not of their envelope, places are those of the decoded document."""
    how = {"catalogue": catalogue, "facts": FACTS, "door": door}
    bundle = bundle_of([DOCUMENTS[0], official, b"%PDF-1.7", DOCUMENTS[0][:-3]])
    expected = [encode(judgement_object(item)) for item in judge(json.dumps(bundle).encode(), **how)]
    for prefix in ("", "f"):
        text = f'<?xml version="1.0" encoding="{encoding}"?>\n<!-- {"x" * 5000} -->\n{in_xml(bundle, prefix)}'
        assert [encode(judgement_object(item)) for item in judge(text.encode(encoding), **how)] == expected


def test_places_of_an_envelope_in_xml(catalogue: Catalogue) -> None:
    """Paths without prefixes, indices only where there are several, the line and the column of the element."""
    bundle = bundle_of(DOCUMENTS)
    put(sheet, "status", "superseded")(bundle)
    put(attachment, "size", 12)(bundle)
    delete(sheet, "masterIdentifier")(bundle)
    sheet(bundle)["type"]["coding"] = [{"code": "A"}, {"code": "B"}]
    text = in_xml(bundle, "f").replace("<f:status", "<!-- é --> <f:status")
    found = list(judge(text.encode(), catalogue=catalogue, facts=FACTS, door=Door.CDA_BUNDLE))[1].anomalies
    sheet_path, sheet_expression = "/Bundle/entry[2]/resource/DocumentReference", "Bundle.entry[1].resource"
    assert {item.rule: (item.location.path, item.location.expression) for item in found if "ENV" in item.rule} == {
        "R-ENV-009": (sheet_path, sheet_expression),
        "R-ENV-010": (f"{sheet_path}/status", f"{sheet_expression}.status"),
        "R-ENV-011": (f"{sheet_path}/type", f"{sheet_expression}.type"),
        "R-ENV-017": (
            f"{sheet_path}/content/attachment/size",
            f"{sheet_expression}.content[0].attachment.size",
        ),
    }
    for item in found:
        if "ENV" in item.rule:
            line = text.splitlines()[(item.location.line or 0) - 1]
            name = item.location.path.rpartition("/")[2]
            assert line[(item.location.column or 0) - 1 :].startswith(f"<f:{name}"), item


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        ('<Bundle xmlns="http://hl7.org/fhir"><type value="tran', "R-ENV-002", "s'arrête avant la fin"),
        ('<Bundle xmlns="http://hl7.org/fhir"/><a/>', "R-ENV-002", "suit la fin"),
        ('<Bundle xmlns="http://hl7.org/fhir">é</Bundle>'.encode("latin-1"), "R-ENV-002", "encodage annoncé"),
        ('<!DOCTYPE Bundle [<!ENTITY a "x">]><Bundle xmlns="http://hl7.org/fhir">&a;</Bundle>', "R-ENV-002", "DOCTYPE"),
        ('<Bundle xmlns="http://hl7.org/fhir"><a b="1" b="2"/></Bundle>', "R-ENV-002", "caractère n'a pas sa place"),
        (f'<Bundle xmlns="http://hl7.org/fhir">{"<a>" * 200}{"</a>" * 200}</Bundle>', "R-ENV-002", "profonde"),
        (f'<Bundle xmlns="http://hl7.org/fhir">{"<a/>" * 500_000}</Bundle>', "R-ENV-002", "démesuré"),
        ('<Bundle xmlns="http://hl7.org/fhir"/>', "R-ENV-004 R-ENV-005", ""),
        ('<Patient xmlns="http://hl7.org/fhir"/>', "R-ENV-003", "Patient"),
        (
            '<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Patient/></resource></entry></Bundle>',
            "R-ENV-001",
            "sans document CDA",
        ),
        ('<Bundle xmlns:f="http://hl7.org/fhir"/>', "R-ENV-001", "d'un autre genre"),
    ],
)
def test_an_envelope_in_xml_that_cannot_be_used(
    catalogue: Catalogue, content: str | bytes, rule: str, words: str
) -> None:
    received = content if isinstance(content, bytes) else content.encode()
    (refused,) = judge(received, catalogue=catalogue, facts=FACTS, door=Door.CDA_BUNDLE)
    assert refused.type == "inconnu"
    assert [item.rule for item in refused.anomalies] == rule.split()
    assert words in "".join(item.message for item in refused.anomalies)


def test_the_number_of_entries_is_bounded(unwrapped) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": "x"}] * 10_001}
    (refused,) = unwrapped(bundle)
    (fault,) = refused.anomalies
    assert (fault.rule, "10001 entrées" in fault.message) == ("R-ENV-028", True)
    assert len(unwrapped(json.dumps(bundle | {"entry": bundle["entry"][:-1]}))) == 10_000


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
    assert rules_of(unwrapped(bundle)) == [["R-ENV-025"], ["R-ENV-015"], ["R-CDA-010"], ["R-ENV-025"], ["R-CDA-011"]]


@pytest.mark.parametrize(
    ("identifier", "announced", "is_right"),
    [
        ('<id root="1.2.3" extension="A"/>', "urn:oid:1.2.3^A", True),
        ('<id root="1.2.3" extension="A"/>', "1.2.3.A", True),
        ('<id root="1.2.3" extension="A"/>', "urn:oid:1.2.3", False),
        ('<id root="2DB3E431-03B4-4FC4-99E5-AA2E3CE1D12A"/>', "urn:uuid:2db3e431-03b4-4fc4-99e5-aa2e3ce1d12a", True),
        ('<id root="1.2.3"/>', "urn:oid:1.2.4", False),
        ('<id root="1.2.3"/>', "1.2.3", True),
        ('<id root="1.2.3" extension="A"/>', "1.2.3^A", True),
        ('<id root="1.2.3" extension="A"/>', "A", True),
    ],
)
def test_the_identifier_of_the_sheet(unwrapped, identifier: str, announced: str, is_right: bool) -> None:
    text = DOCUMENTS[0].decode()
    start = text.index('<id root="1.2.250.1.999')
    content = (text[:start] + identifier + text[text.index("/>", start) + 2 :]).encode()
    bundle = bundle_of([content])
    sheet(bundle, 0)["masterIdentifier"] = {"value": announced}
    assert rules_of(unwrapped(bundle)) == ([[]] if is_right else [["R-ENV-022"]])


@pytest.mark.parametrize(
    ("system", "is_right"), [("urn:oid:1.2.3", True), ("urn:oid:1.2.4", False), ("urn:ietf:rfc:3986", True)]
)
def test_the_extension_alone_needs_the_right_issuer(unwrapped, system: str, is_right: bool) -> None:
    start = DOCUMENTS[0].index(b'<id root="1.2.250.1.999')
    end = DOCUMENTS[0].index(b"/>", start) + 2
    bundle = bundle_of([DOCUMENTS[0][:start] + b'<id root="1.2.3" extension="A"/>' + DOCUMENTS[0][end:]])
    sheet(bundle, 0)["masterIdentifier"] = {"system": system, "value": "A"}
    assert rules_of(unwrapped(bundle)) == ([[]] if is_right else [["R-ENV-022"]])
