"""A worker, then PostgreSQL, killed in the middle of a run: the run ends once, nothing is lost or counted twice."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sidoba_server.ops.demo import cast

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="processes follow their parent through a Linux signal"),
]
DOCUMENTS = 300
Send = Callable[..., httpx2.Response]
Until = Callable[..., None]


def test_a_worker_killed_in_the_middle_of_a_run(platform: Any, send: tuple[Send, Send], until: Until) -> None:
    send_figures, send_documents = send
    with platform.software() as http:
        structure = send_figures(http, cast.SSIAD, kilometres=1000).json()
        until(lambda: platform.run_status(structure["traitement"]["id"]) == "termine", seconds=30)
        receipt = send_documents(http, cast.SSIAD, count=DOCUMENTS).json()
    run = receipt["traitement"]["id"]
    until(lambda: platform.run_status(run) == "en_cours", seconds=30)
    killed = platform.worker.pid
    os.kill(killed, signal.SIGKILL)
    assert platform.run_status(run) == "en_cours", "the run was to be killed in its middle"

    until(lambda: platform.run_status(run) == "termine", seconds=60)
    assert platform.worker.pid != killed
    assert _attempts(platform, run) >= 2
    _assert_counted_once(platform, run, receipt["collecte"]["id"])


def test_postgresql_killed_in_the_middle_of_a_run(platform: Any, send: tuple[Send, Send], until: Until) -> None:
    send_figures, send_documents = send
    place = cast.SECOND_SSIAD
    with platform.software() as http:
        receipt = send_documents(http, place, count=DOCUMENTS).json()
        run = receipt["traitement"]["id"]
        acknowledged: list[dict[str, Any]] = []
        stop = threading.Event()
        sender = threading.Thread(target=_send_until, args=(stop, http, send_figures, place, acknowledged))
        sender.start()
        try:
            until(lambda: platform.run_status(run) == "en_cours", seconds=30)
            worker, restarts = platform.worker.pid, platform.postgres.restarts
            os.kill(platform.postgres.pid, signal.SIGKILL)
            until(lambda: platform.postgres.restarts > restarts, seconds=60)
            until(lambda: _settled(platform, run), seconds=90)
            until(lambda: len(acknowledged) >= 3, seconds=60)
        finally:
            stop.set()
            sender.join()
    assert _attempts(platform, run) >= 2, "the run was to be cut in its middle"
    assert platform.worker.pid == worker, "a worker does not end because its database went away"
    for one in acknowledged:
        until(lambda one=one: _settled(platform, one["traitement"]["id"]), seconds=60)
    ids = [one["accuse"]["id"] for one in acknowledged] + [receipt["accuse"]["id"]]
    found = platform.rows("SELECT count(*) FROM intake_submission WHERE id = ANY(%s::uuid[])", ids)[0][0]
    assert found == len(set(ids)) == len(ids), "everything acknowledged is there, once"
    _assert_counted_once(platform, run, receipt["collecte"]["id"])


def _assert_counted_once(platform: Any, run: str, filing: str) -> None:
    """The run's tally adds up, its documents stand once each, and no value stands twice."""
    ((tally,),) = platform.rows("SELECT tally FROM processing_processingrun WHERE id = %s", run)
    assert tally["recus"] == DOCUMENTS
    assert sum(value for name, value in tally.items() if name != "recus") == DOCUMENTS
    assert tally["refuses"] == 0
    judged = platform.rows(
        "SELECT count(*), count(DISTINCT position) FROM processing_rundocument WHERE run_id = %s", run
    )
    assert judged == [(DOCUMENTS, DOCUMENTS)]
    standing = platform.rows(
        "SELECT count(*), count(DISTINCT pseudonym) FROM filings_userdocument"
        " WHERE filing_id = %s AND superseded_at IS NULL",
        filing,
    )
    assert standing == [(DOCUMENTS, DOCUMENTS)]
    assert platform.rows("SELECT count(*) FROM filings_userdocument WHERE filing_id = %s", filing) == [(DOCUMENTS,)]
    ended = platform.rows(
        "SELECT count(*) FROM core_auditevent WHERE tag = 'traitement.termine' AND facts->>'traitement' = %s", run
    )
    assert ended == [(1,)], "a run ends once"
    values = platform.rows(
        "SELECT count(*), count(DISTINCT key) FROM filings_value WHERE filing_id = %s AND superseded_at IS NULL", filing
    )
    assert values[0][0] == values[0][1] > 0


def _attempts(platform: Any, run: str) -> int:
    return int(platform.rows("SELECT attempts FROM processing_processingrun WHERE id = %s", run)[0][0])


def _settled(platform: Any, run: str) -> bool:
    """The run has ended. The database may be away for a moment."""
    try:
        return bool(platform.run_status(run) == "termine")
    except Exception:
        return False


def _send_until(
    stop: threading.Event,
    http: httpx2.Client,
    send_figures: Send,
    place: cast.Place,
    acknowledged: list[dict[str, Any]],
) -> None:
    """Send again and again, as a software would: what was not acknowledged is sent again under the same key."""
    number = 0
    while not stop.is_set():
        number += 1
        while not stop.is_set():
            try:
                answer = send_figures(http, place, kilometres=2000 + number, key=f"faults-{number}")
            except httpx2.HTTPError:
                continue
            if answer.status_code == 202:
                acknowledged.append(answer.json())
                break
            assert answer.status_code in (500, 503), answer.text
            time.sleep(0.1)
        time.sleep(0.2)
