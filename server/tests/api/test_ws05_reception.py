"""WS05: a body is stored, queued and acknowledged; the receipt can be verified by anyone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

import pytest
import situations
import zstandard
from calling import Scene, body_of, kept_rows
from joserfc import jws
from joserfc.jwk import KeySet
from sidoba_server.core.models import AuditEvent, Payload
from sidoba_server.core.payloads import read_payload
from sidoba_server.intake.models import IdempotencyKey, Submission
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db

SAID = ["id", "recu_le", "empreinte", "octets"]


def test_receipt(scene: Scene) -> None:
    body = situations.a_structure_body()
    answer = scene.send(body)
    assert answer.status_code == 202, answer.content
    receipt = body_of(answer)
    assert list(receipt) == ["accuse", "collecte", "traitement", "file"]
    assert list(receipt["accuse"]) == [*SAID, "signature"]
    assert receipt["accuse"]["empreinte"] == "sha256:" + hashlib.sha256(body).hexdigest()
    assert receipt["accuse"]["octets"] == len(body)
    assert receipt["file"]["position"] == 1
    wait = receipt["file"]["attente_estimee_s"]
    assert 0 <= wait["min"] <= wait["max"]
    assert answer["Location"] == receipt["traitement"]["href"]
    assert 1 <= int(answer["Retry-After"]) <= 30
    assert "Idempotency-Replayed" not in answer.headers
    assert body_of(scene.caller.get(receipt["traitement"]["href"]))["statut"] == "en_attente"
    assert body_of(scene.caller.get(receipt["collecte"]["href"]))["dernier_envoi"]["id"] == receipt["accuse"]["id"]


def test_the_signature_is_that_of_a_published_key_over_what_is_said(scene: Scene) -> None:
    acknowledgement = body_of(scene.send())["accuse"]
    keys = KeySet.import_key_set(body_of(scene.caller.get("/oauth/jwks")))
    verified = jws.deserialize_compact(acknowledgement["signature"], keys)
    assert json.loads(verified.payload) == {name: acknowledgement[name] for name in SAID}
    assert verified.headers()["kid"] in [key.kid for key in keys.keys]
    head, _, signature = acknowledgement["signature"].split(".")
    other = base64.urlsafe_b64encode(b'{"octets":1}').rstrip(b"=").decode()
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(f"{head}.{other}.{signature}", keys)


def test_published_keys_hold_no_secret(scene: Scene) -> None:
    (key,) = body_of(scene.caller.get("/oauth/jwks"))["keys"]
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
    assert not {"d", "p", "q", "k"} & set(key)


def test_what_is_stored_with_a_receipt(scene: Scene) -> None:
    body = situations.a_structure_body()
    receipt = body_of(scene.send(body, key="cle-1", X_Correlation_Id="essai.42"))
    submission = Submission.objects.get(pk=receipt["accuse"]["id"])
    assert (submission.kind, submission.origin, submission.octets) == ("structure", "api", len(body))
    assert submission.correlation_id == "essai.42"
    assert str(submission.credential_id) == scene.access.actor.id
    run = ProcessingRun.objects.get(pk=receipt["traitement"]["id"])
    assert (run.submission_id, run.status, run.mode) == (submission.pk, "en_attente", "partiel")
    assert IdempotencyKey.objects.get(submission=submission).key == "cle-1"
    assert read_payload(environment="bac_a_sable", digest=submission.payload_digest) == body
    assert AuditEvent.objects.filter(subject_id=str(submission.filing_id), tag="envoi.recu").count() == 1


def test_the_bytes_are_not_kept_in_clear(scene: Scene) -> None:
    scene.send()
    sealed = b"".join(bytes(block.sealed) for block in Payload.objects.get().blocks.all())
    assert b"nombre_de_places" not in sealed and b"donnees" not in sealed


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "GZIP", "identity", ""])
def test_compressed_or_not_the_receipt_is_about_the_body_in_clear(scene: Scene, encoding: str) -> None:
    body = situations.a_structure_body()
    compress = {"gzip": gzip.compress, "zstd": zstandard.compress}.get(encoding.lower(), bytes)
    receipt = body_of(scene.send(compress(body), Content_Encoding=encoding))
    assert receipt["accuse"]["empreinte"] == "sha256:" + hashlib.sha256(body).hexdigest()
    assert receipt["accuse"]["octets"] == len(body)


def test_several_members_and_frames(scene: Scene) -> None:
    body = situations.a_structure_body()
    half = len(body) // 2
    for encoding, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        sent = compress(body[:half]) + compress(body[half:])
        assert body_of(scene.send(sent, Content_Encoding=encoding))["accuse"]["octets"] == len(body)


@pytest.mark.parametrize("mode", ["partiel", "tout_ou_rien"])
def test_mode(scene: Scene, mode: str) -> None:
    answer = scene.caller.post(f"{scene.address('structure')}?mode={mode}", situations.a_structure_body())
    assert body_of(scene.caller.get(body_of(answer)["traitement"]["href"]))["mode"] == mode


@pytest.mark.parametrize(
    "header",
    [
        "sha-256={sha256}",
        "sha-512={sha512}",
        "sha-256={sha256}, sha-512={sha512}",
        "md5=:AAAA:, sha-256={sha256}",
        "unixsum=:AAAA:",
    ],
)
def test_digest_that_matches_or_that_nobody_here_knows(scene: Scene, header: str) -> None:
    body = situations.a_structure_body()
    digests = {
        name: f":{base64.b64encode(hashlib.new(name, body).digest()).decode()}:" for name in ("sha256", "sha512")
    }
    assert scene.send(body, Content_Digest=header.format(**digests)).status_code == 202


def test_digest_is_that_of_the_bytes_on_the_wire(scene: Scene) -> None:
    """RFC 9530: `Content-Digest` covers the content as sent, compression included."""
    packed = gzip.compress(situations.a_structure_body())
    digest = base64.b64encode(hashlib.sha256(packed).digest()).decode()
    answer = scene.send(packed, Content_Encoding="gzip", Content_Digest=f"sha-256=:{digest}:")
    assert answer.status_code == 202


def test_the_same_bytes_twice_are_stored_once_and_judged_twice(scene: Scene) -> None:
    scene.send()
    scene.send()
    rows = kept_rows()
    assert rows["core.Payload"] == 1 and rows["intake.Submission"] == rows["processing.ProcessingRun"] == 2


def test_position_counts_those_before(scene: Scene) -> None:
    positions = [body_of(scene.send())["file"]["position"] for _ in range(3)]
    assert positions == [1, 2, 3]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;profile=x"])
def test_media_type_parameters_do_not_matter(scene: Scene, kind: str) -> None:
    assert scene.caller.post(scene.address("structure"), situations.a_structure_body(), kind=kind).status_code == 202


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"\xff\xfe", b"null", b"[" * 10_000])
def test_what_is_wrong_with_the_content_comes_after_the_receipt(scene: Scene, body: bytes) -> None:
    answer = scene.caller.post(scene.address("structure"), body)
    assert answer.status_code == 202
    assert body_of(answer)["accuse"]["octets"] == len(body)
