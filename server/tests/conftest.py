"""What the server's tests share: a scene to start from, the corpus of the repository, a platform running for real."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from live_platform import LivePlatform
from psycopg import sql

if TYPE_CHECKING:
    from calling import Scene

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.fixture
def quick_secrets(settings: Any) -> None:
    """Client secrets hashed cheaply: their strength is the business of the tests of `/oauth/token`."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def scene(db: None, quick_secrets: None) -> Scene:
    """An open SSIAD campaign of the sandbox, an establishment, a software with its mandate."""
    from calling import a_scene  # not before Django is set up

    return a_scene()


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    """No job and no count left over by an earlier test, nor left to a later one: Django empties its own tables only."""
    from django.db import connection

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, core_cache CASCADE")

    empty()
    yield
    empty()


@pytest.fixture
def committed_scene(empty_queue: None, quick_secrets: None) -> Scene:
    """The same, committed: for tests with threads or workers of their own."""
    from calling import a_scene

    return a_scene()


@pytest.fixture
def work_here(empty_queue: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A worker in this process: each call takes the jobs that are due, then returns."""
    from django.db import connection
    from procrastinate.contrib.django import app

    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # its threads leave no connection behind

    def work() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    return work


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The documents of the repository."""
    return CORPUS


@pytest.fixture(scope="session")
def live_platform(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlatform]:
    """The platform in processes of its own, on a database of its own, with a scene seeded."""
    name = f"test_live_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            address = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
            with LivePlatform(tmp_path_factory.mktemp("live"), address) as platform:
                yield platform
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
