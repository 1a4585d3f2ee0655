"""The peer of `receipts.py`: the least a server can do with a body. It reads it to the end and answers its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

PIECE_OCTETS = 64 * 1024


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application of its own: no framework, no database, nothing kept."""
    received = 0
    while piece := environ["wsgi.input"].read(PIECE_OCTETS):
        received += len(piece)
    answer = b'{"octets":%d}' % received
    start_response("202 Accepted", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
