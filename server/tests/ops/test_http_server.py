"""The HTTP server as it is started: what it says of itself, what it refuses at the door, what it writes down."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from live_platform import LivePlatform


def test_it_names_neither_itself_nor_a_version(live_platform: LivePlatform) -> None:
    answer = live_platform.get("/sante/live")
    assert answer.status == 200
    assert answer.headers["Server"] == "sidoba"


def test_headers_and_addresses_are_bounded(live_platform: LivePlatform) -> None:
    assert live_platform.get("/sante/live", **{"X-Long": "a" * 20_000}).status == 431
    assert live_platform.get("/sante/live?" + "a" * 20_000).status == 414


def test_its_log_tells_each_request_and_never_a_query(live_platform: LivePlatform) -> None:
    live_platform.get("/sante/live?jeton=valeur-a-taire")
    with socket.create_connection(("127.0.0.1", live_platform.port), timeout=10) as connection:
        connection.sendall(b"GET /sante/live?jeton=valeur-a-taire NOPE\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    told = [_fact(line) for line in live_platform.log("serve").splitlines() if '"event": "request"' in line]
    assert {"method", "path", "status", "octets", "milliseconds", "correlation_id"} <= set(told[-1])
    assert any(fact["path"] == "/sante/live" for fact in told)
    assert "valeur-a-taire" not in live_platform.log("serve")


def test_one_of_its_processes_that_dies_is_replaced(live_platform: LivePlatform) -> None:
    (master,) = (process.pid for process in live_platform._processes if process.args[-1] == "4")
    before = _children(master)
    os.kill(before.pop(), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not _children(master) - before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    live_platform.wait_until_it_answers()


def _children(pid: int) -> set[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as listed:  # noqa: PTH123
        return {int(child) for child in listed.read().split()}


def _fact(line: str) -> dict[str, Any]:
    fact: dict[str, Any] = json.loads(line)
    return fact
