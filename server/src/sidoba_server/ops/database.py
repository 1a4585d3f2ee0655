"""Which database the commands use: the one of `DATABASE_URL`, or the embedded server of SIDOBA_HOME."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sidoba_server.ops.embedded_postgres import EmbeddedPostgres, wipe

ADDRESS_FILE = "database.url"
_MIGRATION_LOCK = 0x51D0BA01


@contextmanager
def database(home: Path, *, given: str) -> Iterator[EmbeddedPostgres | None]:
    """A database to work on within the block. Nothing is started when `given` (DATABASE_URL) names one.

    The embedded server is brought back after each crash at the same address, kept in `database.url` (0600) for the
    processes of this SIDOBA_HOME. Raises PostgresUnavailable.
    """
    if given:
        yield None
        return
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(home / "postgres", keep_alive=True) as server:
        write_private(home / ADDRESS_FILE, server.url + "\n")
        try:
            yield server
        finally:
            (home / ADDRESS_FILE).unlink(missing_ok=True)


def wipe_embedded(home: Path) -> None:
    """Erase the embedded database of that SIDOBA_HOME. Raises DirectoryInUse while it runs."""
    wipe(home / "postgres")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def pending_migrations() -> list[Any]:
    """Migrations of the installed version that the database has not seen."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return list(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> int:
    """Bring the database up to date; returns how many migrations were applied. Two at once: the second one waits."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
    try:
        pending = pending_migrations()
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
        return len(pending)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
