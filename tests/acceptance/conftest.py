"""Real demos: the installed command, a home of its own, a free port, and a look at /proc for what it leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from sidoba_server.ops.database import wipe_embedded

COMMAND = [str(Path(sys.executable).with_name("sidoba-server"))]


@dataclass
class Demo:
    """One SIDOBA_HOME and one port, on which demos are started, interrupted and killed."""

    home: Path
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the tests' own settings."""
        kept = {
            n: v for n, v in os.environ.items() if not n.startswith("SIDOBA_") and n not in ("DATABASE_URL", "ONCE")
        }
        return kept | {"SIDOBA_HOME": str(self.home), "PORT": str(self.port)}

    @property
    def result(self) -> Path:
        """What the demo writes once its story has ended."""
        return self.home / "demo.json"

    def once(self) -> subprocess.CompletedProcess[str]:
        """Play the story and stop."""
        return self.run("demo", ONCE="1")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Any command of `sidoba-server` with this home."""
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment | environment, capture_output=True, text=True, timeout=150
        )

    def start(self) -> subprocess.Popen[str]:
        """A demo that stays up, in a process group of its own as a terminal would give it."""
        process = subprocess.Popen(
            [*COMMAND, "demo"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def answers(self) -> bool:
        """The platform serves on the port."""
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/sante/ready", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def living(self) -> dict[int, str]:
        """Processes of this home that still run, by pid. A zombie has no environment: it is gone but for its parent."""
        marks = (f"SIDOBA_HOME={self.home}".encode(), str(self._data).encode())
        return {pid: line.decode(errors="replace") for pid, line in _processes() if any(mark in line for mark in marks)}

    @property
    def _data(self) -> Path:
        from sidoba_server.ops.embedded_postgres import data_location

        return data_location(self.home / "postgres")

    def end(self) -> None:
        """Whatever a failed test left."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
            if process.stdout is not None:
                process.stdout.close()
        wait_for(lambda: not self.living(), seconds=60)
        wipe_embedded(self.home)


def _processes() -> Iterator[tuple[int, bytes]]:
    """Pid, command line and environment of each process we may look at."""
    for pid in (path.name for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            told = Path("/proc", pid, "cmdline").read_bytes()
            told += b"\0" + Path("/proc", pid, "environ").read_bytes()
        except PermissionError:
            pass  # another account's: its command line is enough, and is read already
        except OSError:
            continue
        yield int(pid), told.replace(b"\0", b" ")


def wait_for(condition: Callable[[], object], *, seconds: float) -> None:
    """Until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One home for the tests of a module, which play on the same data one after the other."""
    made = Demo(tmp_path_factory.mktemp("demo") / ".sidoba", _free_port())
    yield made
    made.end()


@pytest.fixture
def until() -> Callable[..., None]:
    """`wait_for`, for the tests."""
    return wait_for


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
