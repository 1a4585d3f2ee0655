"""Passwords and secrets of the demo: random, made at first start, kept in SIDOBA_HOME, read by their owner only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sidoba_server.ops.database import write_private

FILE = "demo.secrets.json"


@dataclass(slots=True)
class Keys:
    """What the platform keeps hashed and the demo must remember."""

    path: Path
    client_id: str = ""
    client_secret: str = ""
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    """By e-mail address: `mot_de_passe` and `totp` (base32)."""

    @classmethod
    def load(cls, home: Path) -> Keys:
        """Those of that SIDOBA_HOME; empty at first start."""
        path = home / FILE
        if not path.exists():
            return cls(path)
        kept: dict[str, Any] = json.loads(path.read_text())
        return cls(path, kept["client_id"], kept["client_secret"], kept["people"])

    def save(self) -> None:
        """Write them down, whole or not at all."""
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        write_private(self.path, json.dumps(kept, indent=2) + "\n")
