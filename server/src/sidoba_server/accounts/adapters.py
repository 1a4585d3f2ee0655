"""What allauth may do here: nobody signs up alone, and the secrets of second factors are kept sealed."""

from __future__ import annotations

import base64
import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest

_NONCE = 12


class ClosedSignup(DefaultAccountAdapter):
    """No open registration: accounts are made by the platform."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SealedSecrets(DefaultMFAAdapter):
    """TOTP secrets and the seeds of recovery codes, under AES-256-GCM with a key of their own."""

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + AESGCM(_key()).encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return AESGCM(_key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()


def _key() -> bytes:
    """Derived from the platform's master key, for this use only."""
    return HKDF(SHA256(), 32, salt=None, info=b"sidoba second factors").derive(settings.SIDOBA_PAYLOAD_KEY)
