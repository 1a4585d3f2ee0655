"""Payloads: the bytes received, sealed block by block (zstd, then AES-256-GCM), named by their digest.

Two halves. `SealedBody` takes the body as it comes, never holding more than one block in clear, and spools the
sealed blocks to an unnamed temporary file: nothing of a body refused half-way remains anywhere. `store` then writes
them in the caller's transaction, together with the submission; `read_payload` gives the bytes back.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Iterator
from typing import IO

import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from sidoba_server.core import clock
from sidoba_server.core.ids import new_id
from sidoba_server.core.models import Payload, PayloadBlock

BLOCK_OCTETS = 1024 * 1024
_IN_MEMORY = 4 * BLOCK_OCTETS
_HEADER = struct.Struct(">I")
_NONCE = 12
_WRAPPED = _NONCE + 32 + 16
"""A wrapped key: its nonce, the key, the seal's tag."""


class SealedBody:
    """A body being received. `write` the bytes in order, then `finish`; the digest is of the bytes in clear."""

    def __init__(self) -> None:
        self._key = AESGCM.generate_key(256)
        self._cipher = AESGCM(self._key)
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by `close`)
        self.octets = 0
        self.blocks = 0

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(piece)
        self.octets += len(piece)
        self._pending += piece
        while len(self._pending) >= BLOCK_OCTETS:
            self._seal(bytes(self._pending[:BLOCK_OCTETS]))
            del self._pending[:BLOCK_OCTETS]

    def finish(self) -> None:
        """Seal what remains; the body is then whole."""
        if self._pending or not self.blocks:
            self._seal(bytes(self._pending))
            self._pending.clear()

    def close(self) -> None:
        """Forget everything not stored."""
        self._spool.close()

    @property
    def digest(self) -> str:
        """`sha256:…` of the bytes in clear."""
        return "sha256:" + self._digest.hexdigest()

    @property
    def wrapped_key(self) -> bytes:
        """The data key, sealed by the platform's master key."""
        return _wrapped(self._key)

    def sealed_blocks(self) -> Iterator[bytes]:
        """The sealed blocks, in order."""
        self._spool.seek(0)
        while header := self._spool.read(_HEADER.size):
            yield self._spool.read(_HEADER.unpack(header)[0])

    def _seal(self, block: bytes) -> None:
        packed = zstandard.ZstdCompressor(level=3).compress(block)
        sealed = self._cipher.encrypt(_nonce(self.blocks), packed, None)
        self._spool.write(_HEADER.pack(len(sealed)))
        self._spool.write(sealed)
        self.blocks += 1


def store(body: SealedBody, *, environment: str) -> None:
    """Write the body under its digest, in the current transaction. Bytes already there are left as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_payload (id, environment, digest, octets, wrapped_key, stored_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (environment, digest) DO NOTHING RETURNING id",
            [new_id(), environment, body.digest, body.octets, body.wrapped_key, clock.now()],
        )
        made = cursor.fetchone()
    if made is None:
        return
    for number, sealed in enumerate(body.sealed_blocks()):
        PayloadBlock.objects.create(payload_id=made[0], number=number, sealed=sealed)


def read_payload(*, environment: str, digest: str) -> bytes:
    """The bytes of that digest, in clear. Raises Payload.DoesNotExist when they were never stored or are purged."""
    payload = Payload.objects.get(environment=environment, digest=digest)
    cipher = AESGCM(_unwrapped(bytes(payload.wrapped_key)))
    unpacker = zstandard.ZstdDecompressor()
    clear = bytearray()
    for block in payload.blocks.order_by("number").iterator(chunk_size=4):
        packed = cipher.decrypt(_nonce(block.number), bytes(block.sealed), None)
        clear += unpacker.decompress(packed, max_output_size=BLOCK_OCTETS)
    return bytes(clear)


def seal(content: bytes, *, about: str) -> bytes:
    """A small content, compressed and sealed under a key of its own; it opens again only as what it is `about`."""
    key = AESGCM.generate_key(256)
    packed = zstandard.ZstdCompressor(level=3).compress(content)
    return _wrapped(key) + AESGCM(key).encrypt(_nonce(0), packed, about.encode())


def unseal(sealed: bytes, *, about: str) -> bytes:
    """The content in clear. Raises `cryptography.exceptions.InvalidTag` when it was sealed about something else."""
    packed = AESGCM(_unwrapped(sealed[:_WRAPPED])).decrypt(_nonce(0), sealed[_WRAPPED:], about.encode())
    return zstandard.ZstdDecompressor().decompress(packed)


def _wrapped(key: bytes) -> bytes:
    nonce = hashlib.sha256(key).digest()[:_NONCE]  # the data key is random: its hash never repeats
    return nonce + AESGCM(settings.SIDOBA_PAYLOAD_KEY).encrypt(nonce, key, b"payload-key")


def _unwrapped(wrapped: bytes) -> bytes:
    return AESGCM(settings.SIDOBA_PAYLOAD_KEY).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], b"payload-key")


def _nonce(number: int) -> bytes:
    """Each payload has its own key, so the block's number is nonce enough."""
    return number.to_bytes(_NONCE, "big")
