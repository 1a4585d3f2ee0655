"""Where the client keeps its files, and how it writes them: private to their owner, whole or not at all, on disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TEMPORARY_SUFFIX = ".tmp"


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """SIDOBA_CONFIG_DIR, else `sidoba` under XDG_CONFIG_HOME (APPDATA on Windows)."""
    return _folder(environment, own="SIDOBA_CONFIG_DIR", shared=("XDG_CONFIG_HOME", "APPDATA"), under_home=".config")


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """SIDOBA_STATE_DIR, else `sidoba` under XDG_STATE_HOME (LOCALAPPDATA on Windows): outbox and known campaigns."""
    return _folder(
        environment, own="SIDOBA_STATE_DIR", shared=("XDG_STATE_HOME", "LOCALAPPDATA"), under_home=".local/state"
    )


def make_private_folder(folder: Path) -> None:
    """Make the folder, for its owner only (0700), along with its parents."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def write_durably(path: Path, content: bytes) -> None:
    """Write the file (0600) so that after a crash it is either the old one or the new one, whole.

    Flushed to disk before it takes its name, and its name flushed too: when this returns, it is there for good.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Flush the names of a folder to disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(environment: Mapping[str, str], *, own: str, shared: tuple[str, ...], under_home: str) -> Path:
    if environment.get(own):
        return Path(environment[own])
    for name in shared:
        if environment.get(name):
            return Path(environment[name]) / "sidoba"
    return Path.home() / under_home / "sidoba"
