"""Payloads: what is stored comes back to the byte, sealed in the meantime, and a body left half-way leaves nothing."""

from __future__ import annotations

import hashlib
import os

import pytest
from django.db import transaction
from sidoba_server.core.models import Payload, PayloadBlock
from sidoba_server.core.payloads import BLOCK_OCTETS, SealedBody, read_payload, store

pytestmark = pytest.mark.django_db

SIZES = [0, 1, BLOCK_OCTETS - 1, BLOCK_OCTETS, BLOCK_OCTETS + 1, 3 * BLOCK_OCTETS + 7]


def kept(content: bytes, *, environment: str = "bac_a_sable", piece: int = 64 * 1024) -> str:
    """Take the content by pieces, store it; its digest."""
    body = SealedBody()
    try:
        for start in range(0, len(content), piece):
            body.write(content[start : start + piece])
        body.finish()
        with transaction.atomic():
            store(body, environment=environment)
        return body.digest
    finally:
        body.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [64 * 1024, 1_000_003])
def test_back_to_the_byte(size: int, piece: int) -> None:
    content = os.urandom(size)
    digest = kept(content, piece=piece)
    assert digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert read_payload(environment="bac_a_sable", digest=digest) == content
    payload = Payload.objects.get()
    assert payload.octets == size and payload.blocks.count() == max(1, -(-size // BLOCK_OCTETS))


def test_the_same_bytes_are_stored_once_per_environment() -> None:
    for environment in ("bac_a_sable", "production", "bac_a_sable"):
        kept(b"contenu", environment=environment)
    assert sorted(Payload.objects.values_list("environment", flat=True)) == ["bac_a_sable", "production"]
    assert PayloadBlock.objects.count() == 2


def test_each_payload_has_a_key_of_its_own() -> None:
    """The same bytes sealed twice have nothing in common."""
    for environment in ("bac_a_sable", "production"):
        kept(b"contenu" * 1000, environment=environment)
    sealed = [bytes(block.sealed) for block in PayloadBlock.objects.all()]
    keys = [bytes(payload.wrapped_key) for payload in Payload.objects.all()]
    assert sealed[0] != sealed[1] and keys[0] != keys[1]
    assert not [value for value in sealed + keys if b"contenu" in value]


def test_not_readable_from_the_other_environment() -> None:
    digest = kept(b"contenu", environment="production")
    with pytest.raises(Payload.DoesNotExist):
        read_payload(environment="bac_a_sable", digest=digest)


def test_a_block_put_in_the_place_of_another_is_refused() -> None:
    from cryptography.exceptions import InvalidTag

    digest = kept(os.urandom(2 * BLOCK_OCTETS))
    first, second = PayloadBlock.objects.order_by("number")
    PayloadBlock.objects.filter(pk=first.pk).update(sealed=second.sealed)
    with pytest.raises(InvalidTag):
        read_payload(environment="bac_a_sable", digest=digest)


def test_a_body_left_half_way_leaves_nothing() -> None:
    body = SealedBody()
    body.write(os.urandom(6 * BLOCK_OCTETS))
    body.close()
    assert not Payload.objects.exists()


def test_stored_with_its_transaction_or_not_at_all() -> None:
    class Undone(Exception):
        pass

    body = SealedBody()
    body.write(b"contenu")
    body.finish()
    with pytest.raises(Undone), transaction.atomic():
        store(body, environment="bac_a_sable")
        raise Undone
    body.close()
    assert not Payload.objects.exists()
