"""The platform in real processes: the server of `sidoba-server serve`, workers, a database of its own.

`exchange` writes bytes on a real socket, as a sender whose connection may break would.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

TESTS = Path(__file__).parent
COMMAND = [sys.executable, "-P", "-m", "sidoba_server.ops.main"]
RECEIVING_TABLES = (
    "intake_submission",
    "intake_idempotencykey",
    "core_payload",
    "core_payloadblock",
    "processing_processingrun",
    "procrastinate_jobs",
    "filings_filing",
    "core_auditevent",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back on the wire."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and public code."""
        assert self.headers["Content-Type"] == "application/problem+json", self.content
        return self.status, self.json["code"]


class LivePlatform:
    """Start on entering, stop on leaving. `seeded` is what `live_scene` made; `environment` adds settings."""

    def __init__(
        self, home: Path, database_url: str, *, workers: int = 1, environment: dict[str, str] | None = None
    ) -> None:
        self.home = home
        self.workers = workers
        self.database_url = database_url
        self.port = _free_port()
        self.seeded: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SIDOBA_", "DJANGO_"))},
            "DATABASE_URL": database_url,
            "SIDOBA_HOME": str(home),
            "SIDOBA_LOG_LEVEL": "DEBUG",
            "SIDOBA_RATE_LIMIT": "100000",
            **(environment or {}),
        }

    def __enter__(self) -> LivePlatform:
        try:
            self.seeded = self._seed()
            self.start("serve", "--port", str(self.port), "--workers", str(self.workers), "--threads", "4")
            self.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _seed(self) -> dict[str, str]:
        paths = os.pathsep.join([str(TESTS), str(TESTS.parent), self._environment.get("PYTHONPATH", "")])
        made = subprocess.run(
            [sys.executable, str(TESTS / "live_scene.py")],
            env={**self._environment, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            check=True,
        )
        seeded: dict[str, str] = json.loads(made.stdout)
        return seeded

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """One process of the platform, writing to `<first argument>.log`."""
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [*COMMAND, *arguments], env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._processes.append(process)
        return process

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker within the block."""
        process = self.start("worker")
        try:
            yield process
        finally:
            self._end(process)

    def stop(self) -> None:
        """End every process started here."""
        for process in list(self._processes):
            self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._processes.remove(process)

    def wait_until_it_answers(self) -> None:
        """Until `/sante/live` says yes."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if self.get("/sante/live").status == 200:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.home / "serve.log").read_text())

    def log(self, name: str) -> str:
        """What the process of that name has written so far."""
        return (self.home / f"{name}.log").read_text()

    @property
    def authorization(self) -> dict[str, str]:
        """The header every call carries."""
        return {"Authorization": f"Bearer {self.seeded['token']}"} if self.seeded else {}

    def address(self, what: str, campaign: str = "ssiad", *, finess: str = "") -> str:
        """`structure`, `cda` or `collecte` of the seeded establishment, or of another one."""
        seeded = self.seeded
        return f"/api/v1/campagnes/{seeded[campaign]}/etablissements/{finess or seeded['finess']}/{what}"

    def get(self, path: str, **headers: str) -> Answer:
        """Any address, or an `href` of an answer."""
        path = path.removeprefix(f"http://127.0.0.1:{self.port}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={**self.authorization, **headers})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def post(self, path: str, body: bytes, *, headers: dict[str, str] | None = None) -> Answer:
        """A whole body, its length announced."""
        return self.exchange(path, [body], headers={"Content-Length": str(len(body)), **(headers or {})})

    def exchange(
        self, path: str, pieces: Iterable[bytes], *, headers: dict[str, str], cut: bool = False, key: str = ""
    ) -> Answer:
        """POST these pieces as they are, then read the answer; `cut` closes our side of the connection first."""
        sent = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Type": "application/json",
            "Idempotency-Key": key or os.urandom(12).hex(),
            **self.authorization,
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
            with suppress(BrokenPipeError, ConnectionResetError):  # refused on the way: the answer is there to be read
                for piece in pieces:
                    connection.sendall(piece)
            if cut:
                connection.shutdown(socket.SHUT_WR)
            return _answer(connection)

    def kept_rows(self) -> dict[str, int]:
        """How many rows each table holds that receiving a body writes."""
        with psycopg.connect(self.database_url) as connection:
            counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in RECEIVING_TABLES)  # noqa: S608
            return dict(connection.execute(counts).fetchall())  # type: ignore[arg-type]

    def forget_peaks(self) -> int:
        """Forget the memory peaks of the server's processes; returns their resident memory now, in octets."""
        for pid in self._server_pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        return sum(_status_octets(pid, "VmRSS") for pid in self._server_pids())

    def memory_peak(self) -> int:
        """The sum of the memory peaks of the server's processes since `forget_peaks`, in octets."""
        return sum(_status_octets(pid, "VmHWM") for pid in self._server_pids())

    def _server_pids(self) -> list[int]:
        """The workers of the server: the children of the process that was started."""
        parent = self._processes[0].pid
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def chunked(pieces: Iterable[bytes], *, last: bool = True) -> Iterator[bytes]:
    """The pieces as HTTP chunks; without the last, empty one when asked."""
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    if last:
        yield b"0\r\n\r\n"


def _answer(connection: socket.socket) -> Answer:
    response = http.client.HTTPResponse(connection, method="POST")
    try:
        response.begin()
        return Answer(response.status, response.headers, response.read())
    finally:
        response.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _status_octets(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
