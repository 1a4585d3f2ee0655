"""What is wrong with the content is told after the receipt, as named anomalies; never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
import situations
from calling import FHIR, Scene, body_of
from msgspec import json
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db

GOOD = situations.a_structure_body
DEEP = b"[" * 10_000 + b"]" * 10_000


def verdict_of(scene: Scene, body: bytes, door: str = "structure") -> dict[str, Any]:
    """Receive, judge; the one document of the run."""
    answer = scene.caller.post(scene.address(door), body, kind=FHIR if door == "cda" else "application/json")
    assert answer.status_code == 202, answer.content
    run = ProcessingRun.objects.get(pk=body_of(answer)["traitement"]["id"])
    judge_run(run.pk)
    told = body_of(scene.caller.get(f"/api/v1/traitements/{run.pk}"))
    assert told["statut"] == "termine" and told["bilan"]["recus"] == 1
    assert scene.caller.get(f"/api/v1/traitements/{run.pk}/anomalies").status_code == 200
    (document,) = told["verdict"]["documents"]
    found: dict[str, Any] = document
    return found


def with_value(text: bytes, key: bytes = b"nombre_de_places") -> bytes:
    """The example with the JSON text of one value put in place of the true one."""
    values = situations.example_values()
    true = b'"%s":%s' % (key, json.encode(values[key.decode()]))
    body = GOOD()
    assert true in body
    return body.replace(true, b'"%s":%s' % (key, text))


def a_text_key() -> bytes:
    """A key of the example whose value is free text."""
    model = situations.the_model()
    return next(k for k in situations.example_values() if model.indicators[k].type == "texte").encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"{",
        b"\x00",
        b"null",
        b"[]",
        b'"texte"',
        b"12",
        b"{}",
        b"\xef\xbb\xbf{}",
        GOOD().decode().encode("utf-16"),
        GOOD().decode().encode("utf-16-le"),
        GOOD().decode().encode("latin-1", "replace"),
        GOOD()[:-1],
        GOOD() + b"}",
        GOOD() + GOOD(),
        b"<xml/>",
        b"%PDF-1.7 ...",
        b"\x1f\x8b\x08\x00",
        b"PK\x03\x04",
        DEEP,
        b'{"donnees":' + DEEP + b"}",
        b'{"modele":{"code":"ssiad-structure","version":"2026.0"},"donnees":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b"{'a': 1}",
        b'{"a":1,}',
        b'{"a":\xff}',
        b"\xed\xa0\x80",
    ],
)
def test_not_a_structure_body_at_all(scene: Scene, body: bytes) -> None:
    document = verdict_of(scene, body)
    assert document["conforme"] is False
    first = document["anomalies"][0]
    assert first["niveau"] == "enveloppe" and first["gravite"] == "bloquante" and first["aide"]


@pytest.mark.parametrize(
    "value",
    [
        b"1e400",
        b"-1e400",
        b"NaN",
        b"Infinity",
        b"1" + b"0" * 400,
        b"9" * 5000,
        b"1e-400",
        b"0.1e99999999",
        b"01",
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\u0000"',
        b'"\xed\xa0\x80"',
        b'"a\nb"',
        b"[" * 200 + b"]" * 200,
        b"{}",
        b"true",
        b'""',
        b'" 40"',
    ],
)
def test_a_value_no_indicator_takes(scene: Scene, value: bytes) -> None:
    document = verdict_of(scene, with_value(value))
    assert document["conforme"] is False and document["anomalies"][0]["aide"]


def test_duplicate_keys_are_named(scene: Scene) -> None:
    document = verdict_of(scene, with_value(b'40,"nombre_de_places":41'))
    assert document["conforme"] is False
    assert any("nombre_de_places" in a["emplacement"]["chemin"] + a["message"] for a in document["anomalies"])


@pytest.mark.parametrize(
    "text", [b'"\\u0000"', b'"a\\u0000b"', b'"\\ud83d\\ude00"', b'"' + b"x" * 100_000 + b'"', b'"\\u202e\\u0007"']
)
def test_a_text_the_store_might_not_hold(scene: Scene, text: bytes) -> None:
    """Accepted and kept as it is, or refused by name: the run ends either way."""
    key = a_text_key()
    document = verdict_of(scene, with_value(text, key))
    if document["conforme"]:
        kept = scene.filing.values.get(key=key.decode(), superseded_at=None).value
        assert kept == json.decode(text)
    else:
        assert document["anomalies"][0]["aide"]


@pytest.mark.parametrize("text", [b'"\\u0000"', b'"\\ud800"', b"12", b"null", b'"' + b"x" * 100_000 + b'"'])
def test_comments_the_store_might_not_hold(scene: Scene, text: bytes) -> None:
    body = GOOD()[:-1] + b',"commentaires":{"nombre_de_places":' + text + b"}}"
    document = verdict_of(scene, body)
    kept = scene.filing.comments.filter(key="nombre_de_places").first()
    assert kept is None or kept.text == json.decode(text)
    assert document["conforme"] or document["anomalies"][0]["aide"]


@pytest.mark.parametrize("key", ["x" * 5000, "a\\u0000b", "\\ud83d\\ude00", "a/b~c", ""])
def test_keys_of_any_form(scene: Scene, key: str) -> None:
    body = GOOD().replace(b'"donnees":{', f'"donnees":{{"{key}":1,'.encode())
    document = verdict_of(scene, body)
    assert document["total_anomalies"] >= 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        DEEP,
        b'{"resourceType":"Bundle","entry":' + DEEP + b"}",
        b'{"resourceType":"Bundle","type":"transaction","entry":[null]}',
        b'{"resourceType":"Bundle","type":"transaction","entry":{}}',
        b'{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"DocumentReference"}}]}',
        b'{"resourceType":"DocumentReference","content":[{"attachment":{"data":"!!"}}]}',
        b'{"resourceType":"DocumentReference","content":[{"attachment":{"data":"AAAA"}}]}',
        b'{"resourceType":"DocumentReference","content":[{"attachment":{"data":""}}]}',
        b'{"resourceType":"DocumentReference","content":[{"attachment":{"data":12}}]}',
        b'{"resourceType":"DocumentReference","content":"x"}',
        b'{"resourceType":1}',
        b'{"resourceType":"DocumentReference","resourceType":"Bundle"}',
        b"<Bundle xmlns='http://hl7.org/fhir'/>",
        '{"resourceType":"Bundle"}'.encode("utf-16"),
    ],
)
def test_not_a_bundle_of_documents(scene: Scene, body: bytes) -> None:
    document = verdict_of(scene, body, "cda")
    assert document["conforme"] is False and document["anomalies"][0]["niveau"] == "enveloppe"
