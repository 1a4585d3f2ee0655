"""Secrets, made at first start and kept in files that only their owner reads. Never in the tree, never in a log."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import ECKey


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _signing_key() -> str:
    return json.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True), sort_keys=True)


MAKERS: dict[str, Callable[[], str]] = {
    "SIDOBA_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "SIDOBA_PAYLOAD_KEY": _random_key,
    "SIDOBA_PSEUDONYM_KEY": _random_key,
    "SIDOBA_RECEIPT_KEY": _signing_key,
}
"""How each secret is made. The keys are names of `config.environment.SETTINGS`."""


def load_or_make(name: str, folder: Path) -> str:
    """The secret of that name in `folder`, made if absent. Safe when several processes start at once."""
    path = folder / name.lower()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = folder / f".{name.lower()}.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(MAKERS[name]())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret is the one
        finally:
            draft.unlink()
    return path.read_text()
