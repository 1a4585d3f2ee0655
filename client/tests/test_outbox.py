"""The outbox itself: whole entries whatever happens, and no personal data longer than needed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sidoba_client.errors import UsageProblem
from sidoba_client.outbox import LEFTOVER_AGE_S, EntryState, Outbox
from sidoba_client.protocol import JSON, Target, Webservice, pack

TARGET = Target("ssiad-2026", "010000057", Webservice.STRUCTURE)

STORE_FOR_EVER = """
import sys, pathlib
from sidoba_client.outbox import Outbox, EntryState
from sidoba_client.protocol import JSON, Target, Webservice, pack
outbox = Outbox(pathlib.Path(sys.argv[1]))
number = 0
while True:
    number += 1
    body = pack(b"%d " % number * 20000, JSON)
    entry = outbox.store(Target("c", "f", Webservice.CDA), body, sources=["a"], platform="p", client_id="i")
    if number % 2:
        outbox.update(entry, state=EntryState.ENDED)
    print(number, flush=True)
"""


def stored(outbox, content=b"{}"):
    return outbox.store(TARGET, pack(content, JSON), sources=["a.json"], platform="https://p", client_id="i")


@pytest.mark.faults
def test_killed_at_any_moment_leaves_whole_entries(tmp_path: Path):
    for delay in (0.001, 0.004, 0.007, 0.011, 0.016):
        folder = tmp_path / str(delay)
        process = subprocess.Popen(
            [sys.executable, "-c", STORE_FOR_EVER, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        outbox = Outbox(folder)
        assert outbox.unreadable() == []
        entries = outbox.entries()
        assert entries
        for entry in entries:
            if entry.is_open:
                assert hashlib.sha256(outbox.body(entry).content).hexdigest() == entry.sent_digest


def test_same_bytes_and_key_come_back(tmp_path):
    outbox = Outbox(tmp_path)
    content = os.urandom(100_000)
    entry = stored(outbox, content)
    (again,) = Outbox(tmp_path).entries()
    assert again == entry
    assert outbox.body(again) == pack(content, JSON)


def test_same_body_waiting_for_the_same_target_is_stored_once(tmp_path):
    outbox = Outbox(tmp_path)
    first, second = stored(outbox), stored(outbox)
    assert first == second
    outbox.update(first, state=EntryState.RECEIVED)
    assert stored(outbox).key != first.key


@pytest.mark.parametrize("state", [EntryState.ENDED, EntryState.REFUSED])
def test_an_entry_that_ends_loses_its_body(tmp_path, state):
    outbox = Outbox(tmp_path)
    entry = outbox.update(stored(outbox), state=state)
    assert [path.name for path in outbox.folder.iterdir()] == [f"{entry.id}.json"]


def test_altered_body_is_not_sent(tmp_path):
    outbox = Outbox(tmp_path)
    entry = stored(outbox)
    (outbox.folder / f"{entry.id}.body").write_bytes(b"autre chose")
    with pytest.raises(UsageProblem, match="modifié"):
        outbox.body(entry)


def test_sweep_removes_leftovers_and_nothing_else(tmp_path):
    outbox = Outbox(tmp_path)
    waiting = stored(outbox, b"1")
    damaged = stored(outbox, b"2")
    (outbox.folder / f"{damaged.id}.json").write_bytes(b"{")
    old = [outbox.folder / "orphelin.body", outbox.folder / "x.json.0a1b2c3d.tmp"]
    young = outbox.folder / "en-cours.body"
    for path in (*old, young):
        path.write_bytes(b"x")
    past = time.time() - LEFTOVER_AGE_S - 10
    for path in (*old, outbox.folder / f"{waiting.id}.body", outbox.folder / f"{damaged.id}.body"):
        os.utime(path, (past, past))
    outbox.sweep()
    assert {path.name for path in outbox.folder.glob("*.body")} == {
        f"{waiting.id}.body",
        f"{damaged.id}.body",
        "en-cours.body",
    }
    assert list(outbox.folder.glob("*.tmp")) == []
    assert outbox.unreadable() == [outbox.folder / f"{damaged.id}.json"]


def test_entries_long_ended_go(tmp_path):
    outbox = Outbox(tmp_path)
    entry = outbox.update(stored(outbox), state=EntryState.ENDED)
    past = time.time() - 91 * 24 * 3600
    os.utime(outbox.folder / f"{entry.id}.json", (past, past))
    outbox.sweep()
    assert outbox.entries() == []


def test_folder_left_open_is_closed_again(tmp_path):
    tmp_path.chmod(0o755)
    Outbox(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
