"""A whole platform in real processes, to be killed: PostgreSQL, server and worker of a home of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.cda.wrap import bundle_of
from sidoba_server.ops import processes
from sidoba_server.ops.database import database, wipe_embedded
from sidoba_server.ops.demo import cast, figures
from sidoba_server.ops.demo.documents import Resident, document
from sidoba_server.ops.demo.keys import Keys
from sidoba_server.ops.embedded_postgres import EmbeddedPostgres

SET_UP = """
import sys; from pathlib import Path
import django; django.setup()
from sidoba_server.ops.demo.keys import Keys
from sidoba_server.ops.demo.world import set_up
set_up(Keys.load(Path(sys.argv[1])))
"""


@dataclass
class Platform:
    """What a test may send to, look at and kill."""

    home: Path
    port: int
    postgres: EmbeddedPostgres
    worker: processes.Child
    server: processes.Child

    @contextmanager
    def software(self) -> Iterator[httpx2.Client]:
        """An HTTP client holding a token."""
        keys = Keys.load(self.home)
        with httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as http:
            answer = http.post(
                "/oauth/token", data={"grant_type": "client_credentials"}, auth=(keys.client_id, keys.client_secret)
            )
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield http

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def run_status(self, run_id: str) -> str:
        """Where a run stands, whoever may read it."""
        return str(self.rows("SELECT status FROM processing_processingrun WHERE id = %s", run_id)[0][0])


def send_figures(
    http: httpx2.Client, place: cast.Place, *, kilometres: float, key: str | None = None
) -> httpx2.Response:
    """WS05: the figures of a service, told apart by the kilometres of its nurses."""
    model = installed_catalogue().model("ssiad-structure", cast.MODEL_VERSION)
    assert model is not None
    values = {**figures.ssiad_structure(place), "kilometres_parcourus": kilometres}
    return http.post(
        f"/api/v1/campagnes/ssiad-2026/etablissements/{place.finess}/structure",
        json={"modele": {"code": model.code, "version": model.version}, "donnees": values},
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def send_documents(http: httpx2.Client, place: cast.Place, *, count: int) -> httpx2.Response:
    """WS07: a bundle of that many people."""
    people = [
        Resident(number, "MARTEL", ("Alix", "Noé"), "F" if number % 2 else "M", _born(number), "01053", 30 + number)
        for number in range(1, count + 1)
    ]
    return http.post(
        f"/api/v1/campagnes/ssiad-2026/etablissements/{place.finess}/cda",
        content=json.dumps(bundle_of(document(person, place=place) for person in people)),
        headers={"Idempotency-Key": str(uuid4()), "Content-Type": "application/fhir+json"},
    )


def _born(number: int) -> date:
    return date(1930, 1, 1) + timedelta(days=11 * number)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Up, with the demo's world in it. A silent worker is given up after 3 s."""
    home = tmp_path_factory.mktemp("faults") / ".sidoba"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("SIDOBA_") and name != "DATABASE_URL"
    }
    environment = kept | {
        "SIDOBA_HOME": str(home),
        "SIDOBA_STALLED_AFTER": "3",
        "SIDOBA_RATE_LIMIT": "100000",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    with ExitStack() as stack:
        stack.callback(wipe_embedded, home)
        postgres = stack.enter_context(database(home, given=""))
        assert postgres is not None
        for command in (["-m", "sidoba_server.ops.main", "migrate"], ["-c", SET_UP, str(home)]):
            subprocess.run([sys.executable, *command], env=environment, check=True, capture_output=True)
        port = _free_port()
        server = processes.server_child(home, port=port, environment=environment)
        worker = processes.worker_child(home, environment=environment)
        stack.enter_context(processes.running(server, worker))
        up = Platform(home, port, postgres, worker, server)
        processes.wait_until(lambda: _answers(port), child=server, seconds=60)
        yield up


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until something holds."""

    def wait(condition: Callable[[], object], *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds} s in vain"
            time.sleep(0.01)

    return wait


@pytest.fixture
def send() -> tuple[Callable[..., httpx2.Response], Callable[..., httpx2.Response]]:
    """How figures and documents are sent."""
    return send_figures, send_documents


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/sante/ready", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
