"""What `--version` prints: the platform's version, and the identity of the rules it judges with."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import msgspec
import sidoba_catalogue


class _Head(msgspec.Struct):
    version: str


def version_line() -> str:
    """`sidoba-server 0.1.0 · catalogue 2026.1 (sha256:…)`: the digest every verdict carries."""
    compiled = sidoba_catalogue.read()
    digest = hashlib.sha256(compiled).hexdigest()
    catalogue = msgspec.json.decode(compiled, type=_Head).version
    return f"sidoba-server {version('sidoba-server')} · catalogue {catalogue} (sha256:{digest})"
