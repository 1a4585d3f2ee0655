"""Receipts per second, and how long a sender waits for one: the real server beside one that only reads the body.

Both are gunicorn with 2 processes of 4 threads, on 127.0.0.1; the platform stores on its embedded PostgreSQL, flushed
before each receipt. No worker runs meanwhile: this measures receiving, not judging. Bounded to about two minutes.

    .venv/bin/python bench/receipts.py

Writes `bench/results/receipts.json` and the table of `bench/README.md`.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import quantiles
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "server" / "tests"), str(ROOT / "server"), str(ROOT / "tools")]

from live_platform import LivePlatform  # noqa: E402 (the folders above)
from sidoba_engine.catalogue import installed_catalogue  # noqa: E402
from sidoba_engine.formats.cda.wrap import bundle_of  # noqa: E402
from sidoba_server.ops.embedded_postgres import EmbeddedPostgres, wipe  # noqa: E402
from synthetic_cda import document  # noqa: E402

SENDERS = (1, 4, 16)
SECONDS = 6.0
AT_MOST = 4000
"""Requests of one measure, whatever the time left."""
WARM_UP = 20
BUNDLE_OCTETS = 400_000
PROCESSES, THREADS = 2, 4
RESULTS = HERE / "results" / "receipts.json"
README = HERE / "README.md"
BEGIN, END = "<!-- receipts: begin -->", "<!-- receipts: end -->"


def bodies() -> dict[str, tuple[str, str, bytes]]:
    """What is sent: name → (door, media type, body). Fictitious, the same at each run."""
    model = installed_catalogue().model("rama-structure")
    assert model is not None
    rama = {"modele": {"code": model.code, "version": model.version}, "donnees": dict(model.example)}
    rama["commentaires"] = dict.fromkeys(list(model.example)[:30], "Chiffre vérifié avec le service comptable.")
    documents: list[bytes] = []
    while sum(len(content) for content in documents) * 4 / 3 < BUNDLE_OCTETS:
        documents.append(document(finess="019999994", number=len(documents) + 1, day=date(2025, 1, 20)))
    return {
        "RAMA": ("structure", "application/json", json.dumps(rama, default=str).encode()),
        "CDA": ("cda", "application/fhir+json", json.dumps(bundle_of(documents)).encode()),
    }


class Senders:
    """Some senders at once, each for its own establishment, sending again on the same connection once answered."""

    def __init__(self, port: int, paths: Sequence[str], headers: dict[str, str], body: bytes) -> None:
        self._port, self._paths, self._headers, self._body = port, paths, headers, body
        self._lock = threading.Lock()
        self._left = 0
        self._until = 0.0
        self._latencies: list[float] = []

    def measure(self, count: int, *, seconds: float, at_most: int) -> dict[str, float]:
        """Receipts per second, and quantiles of the time to each, in milliseconds."""
        self._left, self._latencies = at_most, []
        begun = time.perf_counter()
        self._until = begun + seconds
        paths = [self._paths[number % len(self._paths)] for number in range(count)]
        threads = [threading.Thread(target=self._send, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - begun
        cuts = quantiles(self._latencies, n=100, method="inclusive")
        return {
            "receipts": len(self._latencies),
            "per_second": round(len(self._latencies) / elapsed, 1),
            **{f"p{rank}_ms": round(cuts[rank - 1] * 1000, 1) for rank in (50, 95, 99)},
        }

    def _send(self, path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            while self._may_go_on():
                begun = time.perf_counter()
                headers = {**self._headers, "Idempotency-Key": os.urandom(12).hex()}
                connection.request("POST", path, self._body, headers)
                response = connection.getresponse()
                answer = response.read()
                if response.status != 202:
                    raise RuntimeError(f"{response.status}: {answer[:300]!r}")
                with self._lock:
                    self._latencies.append(time.perf_counter() - begun)
        finally:
            connection.close()

    def _may_go_on(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0 and time.perf_counter() < self._until


@contextmanager
def bare_server() -> Iterator[int]:
    """The peer, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["-k", "gthread", "-w", str(PROCESSES), "--threads", str(THREADS), "--keep-alive", "5"]
    command = [sys.executable, "-m", "gunicorn", *options, "-b", f"127.0.0.1:{port}", "--log-level", "error"]
    process = subprocess.Popen([*command, "--no-control-socket", "bare_receiver:application"], cwd=HERE)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def measures(senders_of: Callable[[str, str, bytes], Senders]) -> dict[str, dict[str, dict[str, float]]]:
    """Each body with each number of senders, after a warm-up."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, (door, media_type, body) in bodies().items():
        senders = senders_of(door, media_type, body)
        senders.measure(4, seconds=5, at_most=WARM_UP)
        found[name] = {str(count): senders.measure(count, seconds=SECONDS, at_most=AT_MOST) for count in SENDERS}
    return found


def run() -> dict[str, Any]:
    """The whole bench; what `receipts.json` holds. The load tells whether the machine had anything else to do."""
    machine = _machine()
    with bare_server() as port:
        peer = measures(lambda _, kind, body: Senders(port, ["/"], {"Content-Type": kind}, body))
    with tempfile.TemporaryDirectory(prefix="sidoba-bench-") as folder:
        directory = Path(folder) / "postgres"
        with EmbeddedPostgres(directory) as server:
            ours = _of_the_platform(Path(folder), server.url)
        wipe(directory)
    return {
        "machine": machine,
        "server": f"gunicorn, {PROCESSES} processes × {THREADS} threads, embedded PostgreSQL, fsync on",
        "octets": {name: len(body) for name, (_, _, body) in bodies().items()},
        "platform": ours,
        "bare": peer,
    }


def _of_the_platform(home: Path, url: str) -> dict[str, dict[str, dict[str, float]]]:
    environment = {"SIDOBA_LOG_LEVEL": "INFO", "SIDOBA_RATE_LIMIT": "1000000"}
    with LivePlatform(home, url, workers=PROCESSES, environment=environment) as live:

        def senders(door: str, media_type: str, body: bytes) -> Senders:
            campaign = "rama" if door == "structure" else "ssiad"
            numbers = [live.seeded["finess"], *live.seeded["others"].split()]
            addresses = [live.address(door, campaign, finess=finess) for finess in numbers]
            return Senders(live.port, addresses, {**live.authorization, "Content-Type": media_type}, body)

        return measures(senders)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; senders on the same machine, "
        f"load average {os.getloadavg()[0]:.1f} before"
    )


def table(results: dict[str, Any]) -> str:
    """The results for people, in Markdown."""
    lines = [
        f"Measured on {results['machine']}. {results['server']}; no worker running.",
        "",
        "| Body | Senders | Receipts/s | p50 ms | p95 ms | p99 ms | Bare server, answers/s | Ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, by_count in results["platform"].items():
        size = f"{name}, {results['octets'][name] / 1000:.0f} kB"
        for count, ours in by_count.items():
            theirs = results["bare"][name][count]["per_second"]
            quantile = " | ".join(f"{ours[f'p{rank}_ms']:.1f}" for rank in (50, 95, 99))
            ratio = ours["per_second"] / theirs
            lines.append(f"| {size} | {count} | {ours['per_second']:.1f} | {quantile} | {theirs:.1f} | {ratio:.3f} |")
    return "\n".join(lines)


def main() -> None:
    results = run()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
