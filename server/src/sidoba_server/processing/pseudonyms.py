"""Pseudonyms of service users: stable within one establishment, useless outside of the platform."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from sidoba_engine.anomaly import mask
from sidoba_engine.verdict import ServiceUserIdentity

from sidoba_server.directory.models import Establishment


def pseudonym_of(identity: ServiceUserIdentity, establishment: Establishment) -> str:
    """32 hexadecimal characters (HMAC-SHA-256, truncated); the same person has another one in another establishment."""
    said = f"{establishment.environment}|{establishment.finess}|{identity.key}".encode()
    return hmac.new(settings.SIDOBA_PSEUDONYM_KEY, said, hashlib.sha256).hexdigest()[:32]


def masked_identifier_of(identity: ServiceUserIdentity) -> str:
    """`••••12`: enough for staff to recognise the record, too little to identify the person."""
    return mask(identity.local_identifier or identity.ins or "")
