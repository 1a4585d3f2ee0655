"""The real `sidoba`, run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from platform_fake import CLIENT_ID, CLIENT_SECRET

COMMAND = [sys.executable, "-c", "from sidoba_client.cli.main import main; main()"]


class Sidoba:
    """The command, with folders of its own and an environment without ours."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.config = folder / "config"
        self.outbox = self.state / "outbox"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SIDOBA_STATE_DIR": str(self.state),
            "SIDOBA_CONFIG_DIR": str(self.config),
            "SIDOBA_URL": url,
            "SIDOBA_CLIENT_ID": CLIENT_ID,
            "SIDOBA_CLIENT_SECRET": CLIENT_SECRET,
            "SIDOBA_ATTEMPTS": "2",
        }

    def __call__(self, *arguments: str, stdin: bytes | None = None, **environment: str) -> Outcome:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            env={**self.environment, **environment},
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        return Outcome(done)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.folder,
        )

    def entries(self) -> list[dict[str, Any]]:
        """The outbox as `sidoba status` tells it."""
        return json.loads(self("status", "--format", "json").stdout)["envois"]

    def bodies(self) -> list[Path]:
        return sorted(self.outbox.glob("*.body"))


class Outcome:
    """What a run of the command left."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.stdout_bytes = done.stdout
        self.stdout = done.stdout.decode()
        self.stderr = done.stderr.decode()

    def json(self) -> Any:
        return json.loads(self.stdout_bytes)

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"
