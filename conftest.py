"""What every test of the platform stands on: Django's settings, a home folder of its own, a real PostgreSQL.

The server is the embedded one, started by the first test that needs it, unless DATABASE_URL names another. The engine's
and the client's own tests need none of this: run alone, they do not even load Django.

`make test` shares the files out between processes (`-n`, `--dist loadfile`): each has its own home, its own PostgreSQL
or at least its own database, and never the half of a file. What starts whole platforms comes first, so that the
hundreds of short files fill the end and no process is left waiting for another.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from psycopg import sql

ROOT = Path(__file__).parent
WITHOUT_PLATFORM = (ROOT / "engine", ROOT / "client", ROOT / "catalogue", ROOT / "tools")
KEPT_SETTINGS = ("SIDOBA_POSTGRES_BIN", "SIDOBA_POSTGRES_ACCOUNT")
STARTED_LATER = "postgresql://sidoba@/started_by_the_first_test_that_needs_it"

WHOLE_PLATFORMS = (ROOT / "tests", ROOT / "server" / "tests" / "ops", ROOT / "server" / "tests" / "intake")
MOST_PROCESSES = 4
LEGIBLE = 60
"""Octets up to which a parameter of a test stands in its name as it is."""

# Started in the background, a shell makes us deaf to Ctrl-C, and with us the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A drawn example is never judged on the time it takes: the machine may be busy.
drawing.register_profile("suite", parent=drawing(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawing.load_profile("suite")


def _asks_for_the_platform() -> bool:
    """False when every path on the command line is of a part that does without Django.

    The processes of `-n` see no command line: they do as the one that started them, whose environment they have.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        return "DJANGO_SETTINGS_MODULE" in os.environ
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


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """`-n auto`: one process per processor, and no more than a few, for each has a PostgreSQL."""
    return min((yield), MOST_PROCESSES)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Octets nobody can read name no test: some hold the hour, and all processes must find the same names."""
    if isinstance(val, bytes) and not (len(val) <= LEGIBLE and val.isascii()):
        return f"{argname} of {len(val)} octets"
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shared out between processes: the files that start whole platforms first, the others as they came."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not any(item.path.is_relative_to(part) for part in WHOLE_PLATFORMS))


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
