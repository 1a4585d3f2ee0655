"""Documents repaired inside their FHIR envelope: data, size and digest change, all else is the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import repair_all
from sidoba_engine.formats.cda.wrap import bundle_of, document_reference

RIGHT, WRONG = 'languageCode code="fr-FR"', 'languageCode code="FR-fr"'


@pytest.fixture
def documents(valid_document: str) -> list[bytes]:
    """Three documents of three users, the middle one with a fault to repair."""
    texts = [valid_document.replace("000007", number) for number in ("000007", "000008", "000009")]
    texts = [text.replace("230016311400810", f"23001631140{rank}810"[:15]) for rank, text in enumerate(texts)]
    return [text.replace(RIGHT, WRONG if rank == 1 else RIGHT).encode() for rank, text in enumerate(texts)]


def sha1_of(content: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest())


def repaired(content: bytes, catalogue: Catalogue) -> Any:
    return repair_all(content, catalogue=catalogue, facts=Facts())


@pytest.mark.parametrize("indent", [None, 3])
def test_only_the_attachment_of_the_repaired_document_changes(
    documents: list[bytes], catalogue: Catalogue, indent: int | None
) -> None:
    bundle = bundle_of(documents)
    sent = json.dumps(bundle, indent=indent, ensure_ascii=indent is None).replace('"Bundle"', '"\\u0042undle"').encode()
    content, repairs = repaired(sent, catalogue)
    assert [len(done.applied) for done in repairs] == [0, 1, 0]
    assert not any(anomaly.rule in ("R-CDA-013", "R-ENV-017", "R-ENV-018") for anomaly in repairs[1].verdict.anomalies)
    right = documents[1].replace(WRONG.encode(), RIGHT.encode())
    attachment = bundle["entry"][1]["resource"]["content"][0]["attachment"]
    expected = sent.replace(attachment["data"].encode(), base64.b64encode(right))
    expected = expected.replace(attachment["hash"].encode(), sha1_of(right))
    assert content == expected


def test_size_and_digest_are_those_of_the_new_bytes_and_are_not_added(
    valid_document: str, catalogue: Catalogue
) -> None:
    longer = valid_document.replace('value="20240916091500+0200"', 'value="2024-09-16T09:15:00+02:00"').encode()
    sheet = document_reference(longer)
    for left_out in ((), ("hash",), ("size", "hash")):
        attachment = {name: value for name, value in sheet["content"][0]["attachment"].items() if name not in left_out}
        sent = sheet | {"content": [sheet["content"][0] | {"attachment": attachment}]}
        content, (done,) = repaired(json.dumps(sent).encode(), catalogue)
        written = json.loads(content)["content"][0]["attachment"]
        assert base64.b64decode(written["data"]) == valid_document.encode()
        assert written.keys() == attachment.keys()
        assert written.get("size", len(valid_document.encode())) == len(valid_document.encode())
        assert done.applied and not [item for item in done.verdict.anomalies if item.rule in ("R-ENV-017", "R-ENV-018")]


def test_an_altered_document_is_not_repaired(documents: list[bytes], catalogue: Catalogue) -> None:
    bundle = bundle_of(documents)
    bundle["entry"][1]["resource"]["content"][0]["attachment"]["size"] += 1
    sent = json.dumps(bundle).encode()
    content, repairs = repaired(sent, catalogue)
    assert content == sent
    assert "R-ENV-017" in {anomaly.rule for anomaly in repairs[1].verdict.anomalies}


def test_an_envelope_in_xml(documents: list[bytes], catalogue: Catalogue) -> None:
    data = base64.b64encode(documents[1]).decode()
    sent = f"""<DocumentReference xmlns="http://hl7.org/fhir"><!-- une pièce -->
  <status value="current"/><content><attachment><contentType value="application/xml"/>
    <data
       value='{data}' /><size value="{len(documents[1])}"/><title value="Export"/></attachment></content>
</DocumentReference>"""
    content, (done,) = repaired(sent.encode(), catalogue)
    right = documents[1].replace(WRONG.encode(), RIGHT.encode())
    assert [anomaly.rule for anomaly in done.applied] == ["R-CDA-013"]
    assert content.decode() == sent.replace(data, base64.b64encode(right).decode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "type": "transaction", "entry": [1]}',
    ],
)
def test_what_holds_no_document_is_left_as_it_is(content: bytes, catalogue: Catalogue) -> None:
    left, repairs = repaired(content, catalogue)
    assert left == content and len(repairs) == 1 and repairs[0].applied == ()
