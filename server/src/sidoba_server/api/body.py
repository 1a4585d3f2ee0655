"""The body of a request, streamed: counted against what was announced, digested, decompressed within bounds.

Read from the server's raw input, because the framework trusts `Content-Length` and takes a cut body for a whole one.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import zstandard
from django.conf import settings
from django.http import HttpRequest

from sidoba_server.api.refusals import MediaTypeNotAccepted
from sidoba_server.intake.refusals import (
    BodyIncomplete,
    BodyTooLarge,
    BodyUnreadable,
    DigestDiffers,
    DigestUnreadable,
    EncodingNotAccepted,
)

PIECE_OCTETS = 64 * 1024
SILENCE_S = 30.0
"""A sender who sends nothing for that long is gone: its thread serves others."""
_DRAINED_AFTER_REFUSAL = 8 * 1024 * 1024
_ZSTD_FEED = 256
"""Bytes given to the zstd decoder at once: at 128 KiB out for 4 in, what one step can produce stays under 8 MiB."""
_ZSTD_WINDOW = 8 * 1024 * 1024
"""What a zstd content coding may ask the receiver to hold (RFC 9659)."""

_DIGESTS: dict[str, Callable[[], Any]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


class _Decoder(Protocol):
    def feed(self, piece: bytes) -> Iterator[bytes]: ...

    def is_whole(self) -> bool: ...


def check_media_type(request: HttpRequest, accepted: tuple[str, ...]) -> None:
    """Raises MediaTypeNotAccepted when the body says it is something else."""
    if request.content_type and request.content_type not in accepted:
        raise MediaTypeNotAccepted(type=request.content_type[:100], admis=", ".join(accepted))


def body_of(request: HttpRequest, *, largest: int | None = None) -> Iterator[bytes]:
    """The body in clear, piece by piece; at most `largest` bytes, the limit of submissions unless told otherwise.

    Raises BodyTooLarge (announced or met), BodyIncomplete, BodyUnreadable, EncodingNotAccepted, DigestDiffers,
    DigestUnreadable.
    """
    limit = min(largest or settings.SIDOBA_MAX_BODY, settings.SIDOBA_MAX_BODY)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    decoder, expected = _decoder(encoding), _announced_digests(request.headers.get("Content-Digest"))
    if (_announced_length(request) or 0) > limit:
        raise BodyTooLarge(limite=_in_words(limit))
    digests = {name: _DIGESTS[name]() for name in expected}
    total = 0
    for raw in _raw_pieces(request):
        for digest in digests.values():
            digest.update(raw)
        for piece in decoder.feed(raw) if decoder else (raw,):
            total += len(piece)
            if total > limit:
                _drain(request)
                raise BodyTooLarge(limite=_in_words(limit))
            yield piece
    if decoder and not decoder.is_whole():
        raise BodyUnreadable(encodage=encoding)
    for name, value in expected.items():
        if digests[name].digest() != value:
            raise DigestDiffers(algorithme=name)


def _announced_length(request: HttpRequest) -> int | None:
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0


def _raw_pieces(request: HttpRequest) -> Iterator[bytes]:
    """The bytes as sent. A connection cut early is seen by the count, or told by the server's chunk reader."""
    source, announced, received = request.META["wsgi.input"], _announced_length(request), 0
    if (connection := request.META.get("gunicorn.socket")) is not None:
        connection.settimeout(SILENCE_S)
    while announced is None or received < announced:
        wanted = PIECE_OCTETS if announced is None else min(PIECE_OCTETS, announced - received)
        try:
            piece = source.read(wanted)
        except Exception as error:  # whatever the server's reader raises: the body did not come whole
            raise _cut(received, announced) from error
        if not piece:
            break
        received += len(piece)
        yield piece
    if announced is not None and received < announced:
        raise _cut(received, announced)


def _cut(received: int, announced: int | None) -> BodyIncomplete:
    said = "longueur non annoncée, dernier bloc absent" if announced is None else f"{announced} octets"
    return BodyIncomplete(recus=f"{received} octets", annonces=said)


def _drain(request: HttpRequest) -> None:
    """Take some of what still comes, so that the sender can read the refusal instead of a reset connection."""
    source, drained = request.META["wsgi.input"], 0
    try:
        while drained < _DRAINED_AFTER_REFUSAL and (piece := source.read(PIECE_OCTETS)):
            drained += len(piece)
    except Exception:  # the sender is gone: nobody reads the refusal
        return


def _announced_digests(header: str | None) -> dict[str, bytes]:
    """The digests of `Content-Digest` (RFC 9530) that we know, by algorithm."""
    if not header:
        return {}
    known = {}
    for member in header.split(","):
        name, _, value = member.strip().partition("=")
        if not (len(value) > 2 and value.startswith(":") and value.endswith(":")):
            raise DigestUnreadable
        if name.lower() in _DIGESTS:
            try:
                known[name.lower()] = base64.b64decode(value[1:-1], validate=True)
            except ValueError as error:
                raise DigestUnreadable from error
    return known


def _decoder(encoding: str) -> _Decoder | None:
    if encoding in ("", "identity"):
        return None
    if encoding == "gzip":
        return _Gzip()
    if encoding == "zstd":
        return _Zstd()
    raise EncodingNotAccepted(encodage=encoding[:40])


class _Gzip:
    """gzip, several members allowed; never more than one piece out at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            try:
                clear = self._member.decompress(piece, PIECE_OCTETS)
            except zlib.error as error:
                raise BodyUnreadable(encodage="gzip") from error
            piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if clear:
                yield clear

    def is_whole(self) -> bool:
        return self._member.eof


class _Zstd:
    """zstd, several frames allowed, fed by small steps to bound what one step gives."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        for start in range(0, len(piece), _ZSTD_FEED):
            rest = piece[start : start + _ZSTD_FEED]
            while rest:
                if self._frame.eof:
                    self._frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
                try:
                    clear = self._frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise BodyUnreadable(encodage="zstd") from error
                rest = self._frame.unused_data if self._frame.eof else b""
                if clear:
                    yield clear

    def is_whole(self) -> bool:
        return self._frame.eof


def _in_words(octets: int) -> str:
    return f"{octets // (1024 * 1024)} Mio" if octets >= 1024 * 1024 else f"{octets} octets"
