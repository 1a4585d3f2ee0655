"""WS07: CDA documents inside a FHIR Bundle or DocumentReference, each judged on its own."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from calling import FHIR, Scene, body_of
from sidoba_engine.formats.cda.wrap import bundle_of, document_reference
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def good(corpus: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((corpus / "cda" / "valides").glob("*.xml"))]


@pytest.fixture(scope="module")
def faulty(corpus: Path) -> bytes:
    return (corpus / "cda" / "fautes" / "R-CDA-003-doctype.xml").read_bytes()


def judged(scene: Scene, body: Any, *, query: str = "", kind: str = FHIR) -> dict[str, Any]:
    """Send, judge, read the run back."""
    answer = scene.caller.post(
        scene.address("cda") + query, body if isinstance(body, bytes) else msgspec.json.encode(body), kind=kind
    )
    assert answer.status_code == 202, answer.content
    address = body_of(answer)["traitement"]["href"]
    judge_run(ProcessingRun.objects.order_by("-rank")[0].pk)
    run: dict[str, Any] = body_of(scene.caller.get(address))
    assert run["statut"] == "termine"
    return run


def documents(scene: Scene, run: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body_of(scene.caller.get(run["documents_href"]))["elements"]
    return found


def test_a_bundle_of_conformant_documents(scene: Scene, good: list[bytes]) -> None:
    run = judged(scene, bundle_of(good))
    count = len(good)
    warned = sum(b'root="1.2.250.1.213.1.4.10"' in content for content in good)
    assert warned > 1
    assert run["bilan"] == {
        "recus": count,
        "acceptes": count - warned,
        "acceptes_avec_avertissement": warned,
        "refuses": 0,
        "inchanges": 0,
    }, "the INS authority of synthetic documents is the test one: a warning each, in the sandbox"
    assert run["verdict"]["conforme"] is True
    found = documents(scene, run)
    assert [document["index"] for document in found] == list(range(count))
    assert len({document["usager"] for document in found}) == count
    assert scene.filing.status == "en_cours"
    assert body_of(scene.caller.get(scene.address("collecte")))["completude"]["usagers"]["acceptes"] == count


def test_a_document_reference_alone(scene: Scene, good: list[bytes]) -> None:
    assert judged(scene, document_reference(good[0]))["bilan"]["recus"] == 1


def test_a_bundle_in_xml(scene: Scene, good: list[bytes], faulty: bytes) -> None:
    """The same documents as in JSON, with the same verdicts; a fault of one sheet is that of one entry."""
    sheet = (
        '<masterIdentifier><value value="urn:oid:1.2.3"/></masterIdentifier><status value="current"/>'
        '<type><coding><code value="EXPORT_DUI"/></coding></type>'
        '<content><attachment><contentType value="{kind}"/><data value="{data}"/></attachment></content>'
    )
    entries = "".join(
        f"<entry><resource><DocumentReference>{sheet.format(kind=kind, data=base64.b64encode(content).decode())}"
        '</DocumentReference></resource><request><method value="POST"/></request></entry>'
        for kind, content in (("text/xml", good[0]), ("text/plain", good[1]), ("text/xml", faulty))
    )
    body = f'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>{entries}</Bundle>'
    run = judged(scene, body.encode(), kind="application/fhir+xml")
    first, second, third = documents(scene, run)
    assert [document["conforme"] for document in (first, second, third)] == [True, True, False]
    assert third["anomalies"][-1]["regle"] == "R-CDA-003"
    (place,) = [item["emplacement"] for item in second["anomalies"] if item["regle"] == "R-ENV-020"]
    assert place["chemin"] == "/Bundle/entry[2]/resource/DocumentReference/content/attachment/contentType"
    assert place["expression"] == "Bundle.entry[1].resource.content[0].attachment.contentType"
    assert (place["ligne"], place["colonne"]) == (1, body.index('<contentType value="text/plain"') + 1)


def test_the_same_service_user_twice_refuses_both_and_nobody_else(scene: Scene, good: list[bytes]) -> None:
    run = judged(scene, bundle_of([good[0], good[1], good[0]]))
    found = documents(scene, run)
    assert [document["conforme"] for document in found] == [False, True, False]
    assert all("R-ENV-025" in {item["regle"] for item in found[rank]["anomalies"]} for rank in (0, 2))
    assert (run["bilan"]["recus"], run["bilan"]["refuses"], scene.filing.documents.count()) == (3, 2, 1)


def test_one_refused_among_good_ones(scene: Scene, good: list[bytes], faulty: bytes) -> None:
    run = judged(scene, bundle_of([good[0], faulty, good[1]]))
    assert [document["statut"] for document in documents(scene, run)] == [
        "accepte_avec_avertissement",
        "refuse",
        "accepte_avec_avertissement",
    ]
    assert (run["bilan"]["acceptes_avec_avertissement"], run["bilan"]["refuses"]) == (2, 1)
    refused = documents(scene, run)[1]
    assert refused["conforme"] is False and refused["anomalies"][0]["regle"] == "R-CDA-003"


def test_all_or_nothing_refuses_all_and_says_which_were_faultless(
    scene: Scene, good: list[bytes], faulty: bytes
) -> None:
    run = judged(scene, bundle_of([good[0], faulty]), query="?mode=tout_ou_rien")
    assert run["bilan"]["refuses"] == run["bilan"]["recus"] == 2
    assert [(d["statut"], d["conforme"]) for d in documents(scene, run)] == [("refuse", True), ("refuse", False)]
    assert scene.filing.status == "a_initier" and not scene.filing.documents.exists()


def test_all_or_nothing_without_fault_takes_all(scene: Scene, good: list[bytes]) -> None:
    run = judged(scene, bundle_of(good), query="?mode=tout_ou_rien")
    assert run["bilan"]["refuses"] == 0 and scene.filing.documents.count() == len(good)


def test_a_document_says_whom_it_is_about_by_pseudonym_only(scene: Scene, good: list[bytes]) -> None:
    (document,) = documents(scene, judged(scene, document_reference(good[0])))
    assert list(document)[:4] == ["index", "usager", "identifiant_local", "statut"]
    assert document["identifiant_local"].startswith("••••") and len(document["identifiant_local"]) <= 6
    assert len(document["usager"]) == 32 and document["usager"].encode() not in good[0]
    (again,) = documents(scene, judged(scene, bundle_of([good[0]])))
    assert again["usager"] == document["usager"], "the same person, the same pseudonym"


def test_every_document_of_the_corpus_breaks_the_rule_it_is_named_after(scene: Scene, corpus: Path) -> None:
    """Through the platform, in one bundle."""
    paths = sorted((corpus / "cda" / "fautes").glob("*.xml"))
    run = judged(scene, bundle_of(path.read_bytes() for path in paths))
    found = {path.name: document for path, document in zip(paths, documents(scene, run), strict=True)}
    for name, document in found.items():
        rules = {anomaly["regle"] for anomaly in document["anomalies"]}
        assert "-".join(name.split("-")[:3]) in rules, (name, rules)
    assert run["bilan"]["recus"] == len(paths)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "R-ENV-001"),
        (b"<ClinicalDocument/>", "R-ENV-001"),
        (b"%PDF-1.7", "R-ENV-001"),
        (b'{"resourceType":"Patient"}', "R-ENV-003"),
        (b'{"resourceType":"Bundle","type":"tran', "R-ENV-002"),
        (b'{"resourceType":"DocumentReference"}', None),
        (b'<Patient xmlns="http://hl7.org/fhir"/>', "R-ENV-003"),
        (b'<Bundle xmlns="http://hl7.org/fhir"><type value="tran', "R-ENV-002"),
        (b'<!DOCTYPE Bundle><Bundle xmlns="http://hl7.org/fhir"/>', "R-ENV-002"),
        (b'{"resourceType":"Bundle","type":"transaction","entry":[]}', None),
    ],
)
def test_a_wrapper_that_cannot_be_used(scene: Scene, body: bytes, rule: str | None) -> None:
    run = judged(scene, body)
    (document,) = documents(scene, run)
    assert (run["bilan"]["refuses"], document["conforme"]) == (1, False)
    assert document["anomalies"][0]["niveau"] == "enveloppe"
    assert rule is None or document["anomalies"][0]["regle"] == rule


def test_attachment_that_is_not_what_its_hash_says(scene: Scene, good: list[bytes]) -> None:
    reference = document_reference(good[0])
    reference["content"][0]["attachment"]["hash"] = base64.b64encode(b"\x00" * 20).decode()
    (document,) = documents(scene, judged(scene, reference))
    assert document["statut"] == "refuse" and document["anomalies"][0]["niveau"] == "enveloppe"


def test_attachment_without_hash_is_an_information(scene: Scene, good: list[bytes]) -> None:
    reference = document_reference(good[0])
    del reference["content"][0]["attachment"]["hash"]
    (document,) = documents(scene, judged(scene, reference))
    assert document["statut"] == "accepte_avec_avertissement"
    assert "information" in {anomaly["gravite"] for anomaly in document["anomalies"]}


def test_a_document_of_another_establishment_is_refused(scene: Scene, corpus: Path) -> None:
    """The official example belongs to another number than this scene's: stage `enveloppe`."""
    official = (corpus / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml").read_bytes()
    (document,) = documents(scene, judged(scene, document_reference(official)))
    assert document["statut"] == "refuse"
    assert any(a["niveau"] == "enveloppe" and a["gravite"] == "bloquante" for a in document["anomalies"])


@pytest.mark.parametrize("kind", [FHIR, "application/json", "application/fhir+json; fhirVersion=4.0"])
def test_media_types(scene: Scene, good: list[bytes], kind: str) -> None:
    assert judged(scene, document_reference(good[0]), kind=kind)["bilan"]["recus"] == 1
