"""The platform's processes: started, kept up, stopped, and never left behind.

Each child has a thread of its own, which starts it, waits for it and starts it again: the kernel ties the child's life
to that thread, hence to this process. Children lie in their own sessions: a Ctrl-C at the terminal is ours to handle.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sidoba_server.ops.exit_codes import ExitCode, Refused

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 10.0
STEADY_S = 30.0
"""A child that lived that long is restarted at once, whatever happened before."""
PATIENCE_S = 30.0
"""What a child told to stop may take (a run under way is finished); then it is killed: nothing is lost either way."""
LOG_BYTES = 10 * 1024 * 1024


class Child(threading.Thread):
    """One process kept up until `stop`. `arguments` are those of `sidoba-server`; it writes to `log`."""

    def __init__(self, name: str, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        super().__init__(name=name, daemon=True)
        self._arguments = list(arguments)
        self._log = log
        self._environment = dict(environment)
        self._gate = threading.Lock()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.refused = threading.Event()

    @property
    def pid(self) -> int:
        """The process id; changes at each restart."""
        if self._process is None:
            raise RuntimeError("the child was never started")
        return self._process.pid

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self._log

    def run(self) -> None:
        """The thread's life: start, wait, start again."""
        delay = FIRST_DELAY_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            process = self._launch()
            if process is None:
                return
            code = process.wait()
            _kill_group(process)  # what a killed child had started goes with it, before another takes its place
            if self._stopping.is_set():
                return
            if code == ExitCode.USAGE:
                self.refused.set()  # a setting that cannot be used will not become usable by trying again
                return
            delay = FIRST_DELAY_S if time.monotonic() - begun > STEADY_S else delay
            self._note(f"{self.name}: ended by itself (code {code}), started again in {delay:.1f} s")
            self._stopping.wait(delay)
            delay = min(delay * 2, LONGEST_DELAY_S)

    def stop(self, patience: float = PATIENCE_S) -> None:
        """Tell it to stop and wait; past `patience` seconds, kill it and whatever it started."""
        self.ask_to_stop()
        self.join(patience)
        if self.is_alive():
            with self._gate:
                if self._process is not None:
                    _kill_group(self._process)
            self.join(5)

    def ask_to_stop(self) -> None:
        """Tell it to stop, without waiting."""
        with self._gate:
            self._stopping.set()
            if self._process is not None:
                self._process.send_signal(signal.SIGTERM)

    def _launch(self) -> subprocess.Popen[bytes] | None:
        with self._gate:
            if self._stopping.is_set():
                return None
            self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
                self._log.replace(self._log.with_name(f"{self._log.name}.1"))
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [*COMMAND, *self._arguments, "--parent", str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )
            self.starts += 1
            return self._process

    def _note(self, text: str) -> None:
        with self._log.open("a") as log:
            log.write(text + "\n")


COMMAND = [sys.executable, "-P", "-m", "sidoba_server.ops.main"]
"""`sidoba-server`, whatever the PATH and the current folder hold."""


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def running(*children: Child) -> Iterator[None]:
    """Children running within the block, then all stopped, together."""
    try:
        for child in children:
            child.start()
        yield
    finally:
        started = [child for child in children if child.ident is not None]
        for child in started:
            child.ask_to_stop()
        for child in started:
            child.stop()


def server_child(home: Path, *, port: int, environment: Mapping[str, str]) -> Child:
    """The HTTP server on that port of 127.0.0.1, logging to `journal/serveur.log`."""
    log = home / "journal" / "serveur.log"
    return Child("serveur", ["serve", "--port", str(port)], log=log, environment=environment)


def worker_child(home: Path, *, environment: Mapping[str, str]) -> Child:
    """One worker, logging to `journal/ouvrier.log`."""
    return Child("ouvrier", ["worker"], log=home / "journal" / "ouvrier.log", environment=environment)


def wait_until(ready: Callable[[], bool], *, child: Child, seconds: float) -> None:
    """Wait for a child to be of use. Raises Refused when it gives up or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.refused.is_set() or time.monotonic() > deadline:
            raise Refused(f"Le processus « {child.name} » n'a pas démarré. La raison est dans « {child.log} ».")
        time.sleep(0.05)
