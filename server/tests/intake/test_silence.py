"""A sender who stops sending without closing does not hold a thread of the server for ever."""

from __future__ import annotations

import socket

import pytest
from django.test import RequestFactory
from sidoba_server.api import body
from sidoba_server.intake.refusals import BodyIncomplete


def test_silence_is_a_cut_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real socket: ten octets announced, four sent, then nothing."""
    monkeypatch.setattr(body, "SILENCE_S", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb", buffering=0) as source:
        theirs.sendall(b"abcd")
        request = RequestFactory().post("/")
        request.META |= {"wsgi.input": source, "gunicorn.socket": ours, "CONTENT_LENGTH": "10"}
        pieces = body.body_of(request)
        assert next(pieces) == b"abcd"
        with pytest.raises(BodyIncomplete) as refused:
            next(pieces)
    assert refused.value.facts == {"recus": "4 octets", "annonces": "10 octets"}
