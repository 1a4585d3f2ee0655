"""Under which account the server runs: ours, or an unprivileged one when we are root (PostgreSQL refuses root)."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sidoba_server.ops.embedded_postgres.child import CANNOT_BECOME
from sidoba_server.ops.embedded_postgres.errors import WAY_OUT, PostgresUnavailable

CHILD = Path(__file__).with_name("child.py")
DEFAULT_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Account:
    """An account that can run the server. `borrowed`: the launcher is root and drops to it."""

    name: str
    uid: int
    gid: int
    borrowed: bool

    def run(
        self, command: Sequence[str | Path], *, entry: str = "", timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a short program to its end under this account and hand back what it said."""
        return self._finish({"command": [str(word) for word in command]}, entry=entry, timeout=timeout)

    def end_previous(self, data: Path, sockets: Path, *, patience: float) -> subprocess.CompletedProcess[str]:
        """Clear what an earlier server left on `data` (see `child.end_previous`), seen and killed as its own account.

        In a container, root without CAP_SYS_PTRACE cannot read another account's /proc entries; the account can.
        """
        left = {"data": str(data), "sockets": str(sockets), "patience": patience}
        return self._finish({"end_previous": left}, entry="", timeout=patience + 60)

    def spawn(self, command: Sequence[str | Path], *, log: int) -> subprocess.Popen[bytes]:
        """Start a lasting program under this account. It dies with the *thread* that calls this."""
        return subprocess.Popen(
            self._words({"command": [str(word) for word in command]}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_bare_environment(),
            start_new_session=True,  # a Ctrl-C at the terminal is for the launcher, which stops the server last
        )

    def _finish(self, order: Mapping[str, object], *, entry: str, timeout: float) -> subprocess.CompletedProcess[str]:
        try:
            done = subprocess.run(
                self._words(order),
                input=entry,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                cwd="/",
                env=_bare_environment(),
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PostgresUnavailable(
                f"La préparation de la base embarquée n'a pas abouti en {timeout:.0f} secondes. "
                f"Vérifiez la charge et l'espace du disque, ou {WAY_OUT}."
            ) from None
        if done.returncode == CANNOT_BECOME:
            raise PostgresUnavailable(
                f"Impossible de passer sous le compte « {self.name} » (uid {self.uid}) : le droit de changer de compte "
                f"manque ici. Lancez la commande sous un compte ordinaire, ou {WAY_OUT}."
            )
        return done

    def _words(self, order: Mapping[str, object]) -> list[str]:
        account = [self.name, self.uid, self.gid] if self.borrowed else None
        return [
            sys.executable,
            "-I",
            "-S",
            str(CHILD),
            json.dumps({"account": account, "parent": os.getpid(), **order}),
        ]


def server_account() -> Account:
    """The account for the server: the caller's, or `SIDOBA_POSTGRES_ACCOUNT` (default `nobody`) when root.

    Raises `PostgresUnavailable` when that account is not in the password file: PostgreSQL looks its name up.
    """
    uid = os.geteuid()
    return _borrowed_account() if uid == 0 else _own_account(uid)


def _own_account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresUnavailable(
            f"L'identifiant d'utilisateur {uid} ne figure pas parmi les comptes de cette machine (cas courant dans un "
            f"conteneur) : la base embarquée ne peut pas démarrer. Ajoutez ce compte, ou {WAY_OUT}."
        ) from None
    return Account(entry.pw_name, uid, entry.pw_gid, borrowed=False)


def _borrowed_account() -> Account:
    name = os.environ.get("SIDOBA_POSTGRES_ACCOUNT") or DEFAULT_ACCOUNT
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise PostgresUnavailable(
            f"Le compte « {name} », sous lequel la base embarquée doit tourner, n'existe pas sur cette machine. "
            f"Donnez un compte sans privilège dans SIDOBA_POSTGRES_ACCOUNT, ou {WAY_OUT}."
        ) from None
    if entry.pw_uid == 0:
        raise PostgresUnavailable(
            f"Le compte « {name} » (SIDOBA_POSTGRES_ACCOUNT) est l'administrateur de la machine : la base embarquée "
            f"le refuse. Donnez un compte sans privilège, ou {WAY_OUT}."
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, borrowed=True)


def _bare_environment() -> dict[str, str]:
    """What PostgreSQL needs and nothing else: our environment holds secrets, and PG* variables would mislead it."""
    kept = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    if library_path := os.environ.get("LD_LIBRARY_PATH"):
        kept["LD_LIBRARY_PATH"] = library_path
    return kept
