"""The data folder before a server runs on it: its folders, its first filling, its role and its password."""

import os
import secrets
import shutil
import stat
from pathlib import Path

from sidoba_server.ops.embedded_postgres.account import Account
from sidoba_server.ops.embedded_postgres.binaries import Binaries
from sidoba_server.ops.embedded_postgres.child import STILL_RUNNING
from sidoba_server.ops.embedded_postgres.configuration import ACCESS_RULES, DATABASE, ROLE
from sidoba_server.ops.embedded_postgres.errors import WAY_OUT, DirectoryInUse, PostgresUnavailable
from sidoba_server.ops.embedded_postgres.places import ROOT_STORE, Places

INITIALISATION_SECONDS = 300.0
PREVIOUS_SHUTDOWN_SECONDS = 120.0


def make_folders(places: Places, account: Account) -> None:
    """Create the directory and, when root, the store beside it. A folder that exists keeps its owner and its mode."""
    try:
        places.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account.borrowed:
            refuse_data_of_an_ordinary_account(places)
            # The account crosses these two; it writes only in `data`, which will be its own.
            for folder in (ROOT_STORE, places.home):
                if not folder.is_dir():
                    folder.mkdir(mode=0o700)
                    folder.chmod(0o755)
    except OSError as error:
        raise PostgresUnavailable(
            f"Le dossier « {error.filename} » de la base embarquée ne peut pas être créé. "
            f"Choisissez un dossier où vous pouvez écrire, ou {WAY_OUT}."
        ) from None
    for folder in {places.directory, places.home}:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PostgresUnavailable(
                f"Vous ne pouvez pas écrire dans le dossier « {folder} » de la base embarquée. "
                f"Corrigez ses droits, choisissez un autre dossier, ou {WAY_OUT}."
            )


def make_socket_folder(places: Places, account: Account) -> None:
    """A folder only the server's account enters (root always can). In /tmp anybody may have put one before: check."""
    try:
        places.sockets.mkdir(mode=0o700)
        if account.borrowed:
            os.chown(places.sockets, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    except OSError:
        raise PostgresUnavailable(
            f"Le dossier « {places.sockets} » ne peut pas être créé : la base embarquée y place son "
            f"point de connexion. Rendez /tmp accessible en écriture, ou {WAY_OUT}."
        ) from None
    found = places.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise PostgresUnavailable(
            f"Le dossier « {places.sockets} » n'est pas un dossier privé du compte « {account.name} ». "
            f"Supprimez-le après avoir vérifié qui l'a créé, ou {WAY_OUT}."
        )


def end_previous(places: Places, account: Account, *, patience: float = PREVIOUS_SHUTDOWN_SECONDS) -> None:
    """Wait for a server that is still shutting down, and clear the remains of one that was killed.

    Raises `DirectoryInUse` when a server that is not ours runs on these data.
    """
    _end_on(places.data, places, account, patience=patience)


def remove_unfinished(places: Places, account: Account) -> None:
    """Remove what a first start cut short left, its programs first: killed a moment ago, they may still be at work."""
    if places.unfinished_data.exists():
        _end_on(places.unfinished_data, places, account, patience=0)
        shutil.rmtree(places.unfinished_data)


def _end_on(data: Path, places: Places, account: Account, *, patience: float) -> None:
    done = account.end_previous(data, places.sockets, patience=patience)
    if done.returncode == STILL_RUNNING:
        raise DirectoryInUse(places.directory, int(done.stdout))
    if done.returncode != 0:
        raise PostgresUnavailable(
            f"Le dossier « {data} » n'est pas lisible par le compte « {account.name} », sous lequel tourne la "
            f"base embarquée. Corrigez ses droits, ou {WAY_OUT}."
        )


def prepare_data(places: Places, account: Account, binaries: Binaries) -> str:
    """Fill the data folder the first time, check its version otherwise; return the role's password."""
    _write_private(places.access_rules, ACCESS_RULES, mode=0o644)
    if not places.data.exists():
        password = _new_password(places)
        _initialise(places, account, binaries, password)
        return password
    _check_version(places, binaries)
    if places.password.exists():
        return places.password.read_text().strip()
    password = _new_password(places)  # the file was lost: the data are ours, give the role another password
    _single_user(places.data, account, binaries, [f"ALTER ROLE {ROLE} PASSWORD '{password}'"])
    return password


def _initialise(places: Places, account: Account, binaries: Binaries, password: str) -> None:
    building = places.unfinished_data
    remove_unfinished(places, account)
    building.mkdir(mode=0o700)
    if account.borrowed:
        os.chown(building, account.uid, account.gid)
    # Its superuser never logs in: the role of the platform cannot read files or run programs of the machine.
    words: list[str | Path] = [binaries.initdb, "-D", building, "-U", "postgres", "-k", "-E", "UTF8", "--auth=reject"]
    words.append("--lc-messages=C")
    done = account.run([*words, "--locale=C.UTF-8"], timeout=INITIALISATION_SECONDS)
    if done.returncode != 0 and "locale" in done.stderr:  # a system without C.UTF-8
        done = account.run([*words, "--no-locale"], timeout=INITIALISATION_SECONDS)
    if done.returncode != 0:
        places.log.write_text(done.stdout + done.stderr)
        raise PostgresUnavailable(
            f"La création de la base embarquée a échoué. Le détail est dans « {places.log} » : vérifiez l'espace du "
            f"disque et les droits du compte « {account.name} » sur « {places.home} », ou {WAY_OUT}."
        )
    role = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'"
    _single_user(building, account, binaries, [role, f"CREATE DATABASE {DATABASE} OWNER {ROLE}"])
    building.rename(places.data)


def _single_user(data: Path, account: Account, binaries: Binaries, statements: list[str]) -> None:
    """Run statements with nobody else on the data; a failure shows at the first connection."""
    command: list[str | Path] = [binaries.postgres, "--single", "-D", data, "-c", "log_min_messages=panic", "postgres"]
    account.run(command, entry="".join(f"{statement};\n" for statement in statements), timeout=INITIALISATION_SECONDS)


def _check_version(places: Places, binaries: Binaries) -> None:
    written = (places.data / "PG_VERSION").read_text().strip()
    if written != str(binaries.major):
        raise PostgresUnavailable(
            f"Les données de « {places.directory} » ont été écrites par PostgreSQL {written}, les programmes installés "
            f"sont en version {binaries.major}. Remettez la version {written} (SIDOBA_POSTGRES_BIN) pour les exporter, "
            f"ou {WAY_OUT}."
        )


def refuse_data_of_an_ordinary_account(places: Places) -> None:
    """For root only, who would start (or wipe) an empty database beside the real one: worse than a refusal."""
    theirs = places.directory / "data" / "PG_VERSION"
    if theirs.exists():
        raise PostgresUnavailable(
            f"Les données de « {places.directory} » ont été créées par un compte ordinaire (uid {theirs.stat().st_uid})"
            f" : lancez la commande sous ce compte, et non en administrateur, ou {WAY_OUT}."
        )


def _new_password(places: Places) -> str:
    password = secrets.token_urlsafe(32)
    _write_private(places.password, f"{password}\n", mode=0o600)
    return password


def _write_private(path: Path, text: str, *, mode: int) -> None:
    """Replace a file at once and durably, never widening its mode even for a moment."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    fresh.replace(path)
