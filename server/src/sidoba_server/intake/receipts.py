"""Receipts: the signed acknowledgement of a submission. Built after commit only; position and wait are read."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from joserfc import jws
from joserfc.jwk import OKPKey

from sidoba_server.core import clock
from sidoba_server.intake.models import Submission


@cache
def signing_key() -> OKPKey:
    """The key receipts are signed with (Ed25519)."""
    return OKPKey.import_key(settings.SIDOBA_RECEIPT_KEY)


def published_keys() -> dict[str, Any]:
    """`GET /oauth/jwks`: the public keys by which anyone can verify a receipt."""
    public = signing_key().as_dict(private=False)
    return {"keys": [{**public, "use": "sig", "alg": "EdDSA", "kid": signing_key().kid}]}


def acknowledgement_of(submission: Submission) -> dict[str, Any]:
    """`accuse`: what was received, when, its digest, and the JWS over exactly these members."""
    said = {
        "id": str(submission.pk),
        "recu_le": clock.wire(submission.received_at),
        "empreinte": submission.payload_digest,
        "octets": submission.octets,
    }
    header = {"alg": "EdDSA", "kid": signing_key().kid}
    return {
        **said,
        "signature": jws.serialize_compact(header, msgspec.json.encode(said), signing_key(), algorithms=["EdDSA"]),
    }
