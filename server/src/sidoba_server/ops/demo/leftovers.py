"""Data whose keys are gone: when SIDOBA_HOME was erased by hand but the database, kept elsewhere for root, was not."""

from __future__ import annotations

from pathlib import Path

import psycopg

from sidoba_server.ops.database import database, wipe_embedded
from sidoba_server.ops.demo.cast import VENDOR
from sidoba_server.ops.embedded_postgres import data_location
from sidoba_server.ops.exit_codes import Refused


def drop_unreadable_data(home: Path) -> None:
    """Erase an earlier demo's database that nothing can read any more. Raises Refused when it is not a demo's."""
    if (home / "secrets").exists() or not data_location(home / "postgres").exists():
        return
    with database(home, given="") as server:
        vendors = _vendors(server.url) if server is not None else []
    if VENDOR in vendors:
        wipe_embedded(home)
    elif vendors:
        raise Refused(
            f"La base de « {home} » existe, mais les clés qui la lisent (« {home / 'secrets'} ») ont disparu. "
            "Remettez ce dossier, ou choisissez un autre SIDOBA_HOME."
        )


def _vendors(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('vendors_vendor')").fetchone()
        if found is None or found[0] is None:
            return []
        return [str(name) for (name,) in connection.execute("SELECT name FROM vendors_vendor")]
