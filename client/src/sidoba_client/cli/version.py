"""What `--version` prints: the command's version, and the identity of the rules it judges with."""

from __future__ import annotations

import hashlib

import msgspec
import sidoba_catalogue

from sidoba_client import __version__


class _Head(msgspec.Struct):
    version: str


def version_line() -> str:
    """`sidoba 0.1.0 · catalogue 2026.1 (sha256:…)`: the digest every verdict of this installation carries."""
    compiled = sidoba_catalogue.read()
    digest = hashlib.sha256(compiled).hexdigest()
    return f"sidoba {__version__} · catalogue {msgspec.json.decode(compiled, type=_Head).version} (sha256:{digest})"
