"""Keeps one server process up: starts it, waits for it, starts it again when it dies without being asked to.

A thread of its own, because the kernel ties the server's life to the *thread* that started it: started from a passing
thread, the server would stop with it. This one lives as long as the process does, and makes every restart itself.
"""

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sidoba_server.ops.embedded_postgres.errors import WAY_OUT, PostgresUnavailable

READY_SECONDS = 1800.0
"""Crash recovery replays what was not yet written down: minutes after a long load, never a fixed ten seconds."""
FAST_STOP_SECONDS, ABORT_SECONDS = 60.0, 10.0
FIRST_DELAY, LONGEST_DELAY = 0.05, 10.0

_logger = logging.getLogger(__name__)


class Supervisor(threading.Thread):
    """Runs `launch` until asked to stop; with `keep_alive`, again after each unexpected end, after `clear`.

    `status` says what the server of the given pid tells of itself ("ready" when it accepts connections).
    """

    def __init__(
        self,
        *,
        launch: Callable[[], subprocess.Popen[bytes]],
        status: Callable[[int], str],
        clear: Callable[[], None],
        log: Path,
        keep_alive: bool,
    ) -> None:
        super().__init__(name="embedded-postgres", daemon=True)
        self._launch, self._status, self._clear = launch, status, clear
        self._log = log
        self._keep_alive = keep_alive
        self._process: subprocess.Popen[bytes] | None = None
        self._gate = threading.Lock()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._refusal: PostgresUnavailable | None = None
        self.restarts = 0

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server was never started")
        return self._process.pid

    def start_and_wait(self) -> None:
        """Start the thread and return once the server accepts connections, or raise what prevented it."""
        self.start()
        self._settled.wait()
        if self._refusal is not None:
            raise self._refusal

    def stop(self) -> None:
        """Shut down cleanly (clients are disconnected), then harder and harder; returns within some 80 s."""
        self._stopping.set()
        for number, patience in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, ABORT_SECONDS)):
            self._signal(number)
            self.join(patience)
            if not self.is_alive():
                return
        self._signal(signal.SIGKILL)
        self.join(ABORT_SECONDS)

    def run(self) -> None:
        try:
            self._bring_up()
        except (PostgresUnavailable, OSError) as error:
            self._refusal = error if isinstance(error, PostgresUnavailable) else self._did_not_start()
            return
        finally:
            self._settled.set()
        while self._ended_unexpectedly() and self._keep_alive:
            self._revive()

    def _ended_unexpectedly(self) -> bool:
        if self._process is not None:
            code = self._process.wait()  # reaps it: no zombie
            if not self._stopping.is_set():
                _logger.error("embedded postgres ended by itself (code %s)", code)
        return not self._stopping.is_set()

    def _revive(self) -> None:
        delay = FIRST_DELAY
        while not self._stopping.wait(delay):
            begun = time.monotonic()
            try:
                self._clear()
                self._bring_up()
            except (PostgresUnavailable, OSError) as error:
                _logger.error("embedded postgres did not restart: %s", error)
                delay = min(delay * 2, LONGEST_DELAY)
            else:
                self.restarts += 1
                _logger.warning("embedded postgres restarted in %.1f s", time.monotonic() - begun)
                return

    def _bring_up(self) -> None:
        """Start the process and wait until it accepts connections."""
        with self._gate:
            if self._stopping.is_set():
                return
            process = self._process = self._launch()
        deadline = time.monotonic() + READY_SECONDS
        while self._status(process.pid) != "ready":
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                if self._stopping.is_set():
                    return
                raise self._did_not_start()
            time.sleep(0.01)

    def _signal(self, number: int) -> None:
        with self._gate:
            if self._process is not None:
                self._process.send_signal(number)

    def _did_not_start(self) -> PostgresUnavailable:
        return PostgresUnavailable(
            f"La base embarquée n'a pas démarré. La raison est à la fin de « {self._log} » : vérifiez l'espace du "
            f"disque et la mémoire, puis recommencez, ou {WAY_OUT}."
        )
