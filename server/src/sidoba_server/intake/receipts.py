"""Receipts: the signed acknowledgement of a submission.

The signature is made once, with the submission, and kept: a receipt asked again is the same to the byte, also after the
key has changed. It is sent only after commit.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from joserfc import jws
from joserfc.jwk import ECKey

from sidoba_server.core import clock
from sidoba_server.intake.models import Submission

ALGORITHM = "ES256"


@cache
def signing_key() -> ECKey:
    """The key receipts are signed with (P-256)."""
    return ECKey.import_key(dict(settings.SIDOBA_RECEIPT_KEY))


def published_keys() -> dict[str, Any]:
    """`GET /oauth/jwks`: the public keys by which anyone can verify a receipt."""
    return {"keys": [{**signing_key().as_dict(private=False), "use": "sig", "alg": ALGORITHM}]}


def acknowledgement_of(submission: Submission) -> dict[str, Any]:
    """`accuse`: what was received, when, its digest, and the JWS over exactly these members."""
    return {**_said(submission), "signature": submission.signature}


def sign(submission: Submission) -> str:
    """The compact JWS (ES256) of the acknowledgement."""
    header = {"alg": ALGORITHM, "kid": signing_key().kid}
    return jws.serialize_compact(header, msgspec.json.encode(_said(submission)), signing_key())


def _said(submission: Submission) -> dict[str, Any]:
    return {
        "id": str(submission.pk),
        "recu_le": clock.wire(submission.received_at),
        "empreinte": submission.payload_digest,
        "octets": submission.octets,
    }
