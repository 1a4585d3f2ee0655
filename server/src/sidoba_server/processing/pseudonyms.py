"""Pseudonyms of service users: stable within one establishment, useless outside of the platform."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from django.conf import settings
from sidoba_engine.anomaly import mask
from sidoba_engine.verdict import ServiceUserIdentity

from sidoba_server.directory.models import Establishment


def pseudonym_of(identity: ServiceUserIdentity, establishment: Establishment) -> str:
    """32 hexadecimal characters (HMAC-SHA-256, truncated); the same person has another one in another establishment."""
    return _pseudonym(f"{establishment.environment}|{establishment.finess}|{identity.key}")


def set_pseudonym_of(set_id: str, establishment: Establishment) -> str:
    """The same for what the versions of one document have in common: software may name it after the service user."""
    return _pseudonym(f"{establishment.environment}|{establishment.finess}|setId|{set_id}")


def resource_pseudonym_of(business_key: str, establishment: Establishment) -> str:
    """The same for a resource received in FHIR: its business identifier holds that of the service user."""
    return _pseudonym(f"{establishment.environment}|{establishment.finess}|resource|{business_key}")


def masked_identifier_of(identity: ServiceUserIdentity) -> str:
    """`••••12`: enough for staff to recognise the record, too little to identify the person."""
    return mask(identity.local_identifier or identity.ins or "")


class AcceptedVersions(Mapping[tuple[str, str], int]):
    """Version numbers kept under pseudonyms, asked for by the key of a service user and a set identifier in clear."""

    def __init__(self, kept: Mapping[tuple[str, str], int], establishment: Establishment) -> None:
        self._kept = kept
        self._establishment = establishment

    def __getitem__(self, asked: tuple[str, str]) -> int:
        user_key, set_id = asked
        user = ServiceUserIdentity(ins=None, local_identifier=user_key)
        return self._kept[pseudonym_of(user, self._establishment), set_pseudonym_of(set_id, self._establishment)]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The pseudonyms: what they stand for is not known here."""
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _pseudonym(said: str) -> str:
    return hmac.new(settings.SIDOBA_PSEUDONYM_KEY, said.encode(), hashlib.sha256).hexdigest()[:32]
