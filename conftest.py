"""What every test of the platform stands on: Django's settings, a home folder of its own, a real PostgreSQL.

The server is the embedded one, started by the first test that needs it, unless DATABASE_URL names another. The engine's
and the client's own tests need none of this: run alone, they do not even load Django.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parent
WITHOUT_PLATFORM = (ROOT / "engine", ROOT / "client", ROOT / "catalogue", ROOT / "tools")
KEPT_SETTINGS = ("SIDOBA_POSTGRES_BIN", "SIDOBA_POSTGRES_ACCOUNT")
STARTED_LATER = "postgresql://sidoba@/started_by_the_first_test_that_needs_it"


def _asks_for_the_platform() -> bool:
    """False when every path on the command line is of a part that does without Django."""
    named = [Path(argument.split("::")[0]).resolve() for argument in sys.argv[1:] if not argument.startswith("-")]
    paths = [path for path in named if path.exists()]
    return not paths or not all(any(path.is_relative_to(part) for part in WITHOUT_PLATFORM) for path in paths)


def _set_up_django() -> Path:
    """A home of its own, and nothing of the developer's environment. Here, because conftests below import models."""
    home = Path(tempfile.mkdtemp(prefix="sidoba-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("SIDOBA_") and name not in KEPT_SETTINGS]:
        del os.environ[name]
    os.environ["SIDOBA_HOME"] = str(home)
    os.environ["SIDOBA_LOG_LEVEL"] = "WARNING"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.setdefault("DATABASE_URL", STARTED_LATER)
    import django

    django.setup()
    return home


HOME = _set_up_django() if _asks_for_the_platform() else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a running PostgreSQL: DATABASE_URL, else the embedded one, in a folder thrown away at the end."""
    if HOME is None or os.environ["DATABASE_URL"] != STARTED_LATER:
        yield os.environ["DATABASE_URL"]
        return
    from sidoba_server.ops.embedded_postgres import EmbeddedPostgres, wipe

    directory = HOME / "postgres"
    with EmbeddedPostgres(directory) as server:
        yield server.url
    wipe(directory)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Point Django at that server, before pytest-django makes its test database there."""
    from config.settings import _database
    from django.conf import settings

    settings.DATABASES["default"].update(_database(postgres_url))


@pytest.fixture
def fresh_database_url(postgres_url: str) -> Iterator[str]:
    """The address of an empty database, for tests that run the platform in processes of its own; dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
