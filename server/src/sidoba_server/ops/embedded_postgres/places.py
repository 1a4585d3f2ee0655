"""Where each thing of one embedded server lies. Pure computing of paths: nothing is created here."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ROOT_STORE = Path("/var/lib/sidoba")
"""Home of the data when the launcher is root: an unprivileged account can reach it, unlike a private home folder."""


@dataclass(frozen=True)
class Places:
    """The files of the server of one directory. `home` is ours; `data` belongs to the account the server runs as."""

    directory: Path
    home: Path
    sockets: Path

    @classmethod
    def of(cls, directory: Path, *, server_uid: int) -> "Places":
        """Compute the places for `directory`, the server running as `server_uid`."""
        real = directory.resolve()
        # A socket path holds 107 bytes: it cannot lie under the directory, which may be deep.
        sockets = Path(f"/tmp/sidoba-{server_uid}-{_digest(real)}")  # noqa: S108 - created private, and checked
        return cls(directory=real, home=data_location(directory), sockets=sockets)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def unfinished_data(self) -> Path:
        """Where a first start builds the data; renamed once complete, so that a cut leaves nothing half-made."""
        return self.home / "data.unfinished"

    @property
    def password(self) -> Path:
        return self.home / "password"

    @property
    def access_rules(self) -> Path:
        return self.home / "pg_hba.conf"

    @property
    def lock(self) -> Path:
        return self.home / "launcher.lock"

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"


def data_location(directory: Path) -> Path:
    """The folder that really holds the data of `directory`.

    The directory itself for an ordinary user; `/var/lib/sidoba/<digest of its path>` when root.
    """
    real = directory.resolve()
    return ROOT_STORE / _digest(real) if os.geteuid() == 0 else real


def _digest(directory: Path) -> str:
    return hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
