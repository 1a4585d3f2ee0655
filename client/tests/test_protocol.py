"""The protocol without a network: what is asked, what is read, when to try again."""

from __future__ import annotations

import base64
import hashlib

import pytest
from sidoba_client import protocol
from sidoba_client.errors import Busy, NotAllowed, NotFound, PlatformFault, Refused, UnexpectedAnswer
from sidoba_client.protocol import Answer, Target, Webservice
from sidoba_client.wire import Page, Run

TARGET = Target("ssiad-2026", "010000057", Webservice.CDA)


def test_digest_is_that_of_the_bytes_as_they_leave():
    body = protocol.pack(b"x" * 100_000, protocol.FHIR_JSON)
    request = protocol.submission_request(TARGET, body, key="k")
    expected = base64.b64encode(hashlib.sha256(body.content).digest()).decode()
    assert request.headers["Content-Digest"] == f"sha-256=:{expected}:"
    assert body.digest == hashlib.sha256(b"x" * 100_000).hexdigest()


def test_same_content_gives_the_same_bytes():
    assert protocol.pack(b"y" * 100_000, protocol.JSON) == protocol.pack(b"y" * 100_000, protocol.JSON)


@pytest.mark.parametrize(("size", "encoding"), [(65_536, None), (65_537, "gzip")])
def test_compression_starts_over_64_kb(size, encoding):
    assert protocol.pack(b"z" * size, protocol.JSON).encoding == encoding


def test_names_cannot_change_the_address():
    path = Target("../x?y#z", "a/b", Webservice.STRUCTURE).path
    assert path == "/api/v1/campagnes/..%2Fx%3Fy%23z/etablissements/a%2Fb/structure"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Refused),
        (403, NotAllowed),
        (404, NotFound),
        (409, Refused),
        (429, Busy),
        (500, PlatformFault),
        (503, Busy),
    ],
)
def test_refusals_by_status(status, expected):
    for body in (b'{"code": "X", "detail": "d"}', b"<html>"):
        error = protocol.refusal(Answer(status, {"x-correlation-id": "c"}, body))
        assert type(error) is expected
        assert error.correlation_id == "c"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": 1}', b"<html>", b"\xff"])
def test_success_that_is_not_the_contract(body):
    with pytest.raises(UnexpectedAnswer):
        protocol.read(Answer(200, {}, body), Run)


def test_unknown_members_are_ignored():
    assert protocol.read(Answer(200, {}, b'{"id": "1", "statut": "termine", "nouveau": {}}'), Run).status == "termine"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", 3.0),
        ("Mon, 23 Nov 2026 08:15:10 GMT", 10.0),
        ("Mon, 23 Nov 2026 08:14:00 GMT", 0.0),
        ("bientôt", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after(written, expected):
    now = 1795421700.0
    assert protocol.retry_after({"retry-after": written}, now=now) == expected


def test_retry_delays_grow_and_are_bounded():
    delays = [protocol.retry_delay(None, attempt=attempt, now=0) for attempt in (1, 2, 3, 20)]
    assert delays == [0.5, 1.0, 2.0, 30.0]


@pytest.mark.parametrize("status", [200, 400, 404, 409, 422, 500, 502])
def test_only_busy_answers_are_tried_again(status):
    assert protocol.retry_delay(Answer(status, {"retry-after": "1"}, b""), attempt=1, now=0) is None


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (None, None),
        ("/api/v1/x?apres=abc&limite=2", "abc"),
        ("https://intrus.example/?apres=a%2Bb", "a+b"),
        ("/api/v1/x", None),
    ],
)
def test_next_page_is_a_cursor_only(following, expected):
    assert protocol.next_cursor(Page([], following)) == expected
