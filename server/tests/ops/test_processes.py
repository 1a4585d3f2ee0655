"""Children of the platform: started again when they die, stopped on request, given up when they cannot start."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sidoba_server.ops import processes
from sidoba_server.ops.exit_codes import Refused

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children follow their parent through a Linux signal")


@pytest.fixture
def worker(tmp_path: Path, postgres_url: str) -> Iterator[processes.Child]:
    """A worker on a database without tables: it waits for them, and lives."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIDOBA_")}
    child = processes.worker_child(
        tmp_path, environment={**environment, "SIDOBA_HOME": str(tmp_path), "DATABASE_URL": postgres_url}
    )
    with processes.running(child):
        _wait_for(lambda: _is_up(child))
        yield child


def test_a_child_that_dies_is_started_again(worker: processes.Child) -> None:
    killed = worker.pid
    os.kill(killed, signal.SIGKILL)
    _wait_for(lambda: worker.starts == 2)
    assert worker.pid != killed
    assert "started again" in worker.log.read_text()


def test_a_child_told_to_stop_is_gone_and_stays_so(worker: processes.Child) -> None:
    worker.stop(patience=20)
    assert not worker.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)
    assert worker.starts == 1


def test_a_child_lies_in_a_session_of_its_own(worker: processes.Child) -> None:
    _wait_for(lambda: os.getsid(worker.pid) == worker.pid)
    assert os.getsid(worker.pid) != os.getsid(0)


def test_a_child_whose_settings_are_wrong_is_not_tried_again(tmp_path: Path) -> None:
    environment = {**os.environ, "SIDOBA_HOME": str(tmp_path), "DATABASE_URL": "mysql://127.0.0.1/x"}
    child = processes.server_child(tmp_path, port=1, environment=environment)
    with processes.running(child):
        with pytest.raises(Refused, match="serveur"):
            processes.wait_until(lambda: False, child=child, seconds=60)
        assert child.refused.is_set()
        assert child.starts == 1


def _is_up(child: processes.Child) -> bool:
    with suppress(RuntimeError, FileNotFoundError):
        return child.pid > 0 and bool(child.log.read_text())
    return False


def _wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.02)
