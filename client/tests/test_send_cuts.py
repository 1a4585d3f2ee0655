"""Cuts, kills and crashes on the way: nothing is lost, nothing is sent twice under two names."""

from __future__ import annotations

import signal
import subprocess
import threading
import time

import pytest
from sidoba_command import COMMAND

SEND = ("send", "--campaign", "ssiad-2026", "--establishment", "010000057")


def test_cut_in_the_middle_of_the_answer_is_resent_under_the_same_key(sidoba, platform, key_value_file):
    platform.fail("/structure", cut=True)
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 0, done
    first, second = platform.arrivals
    assert (first.key, first.wire) == (second.key, second.wire)
    assert len(platform.receipts) == 1


def test_entry_waits_when_every_try_is_cut_then_resume_finishes(sidoba, platform, write):
    content = b'{"modele": {}, "donnees": {"a": "' + b"x" * 100_000 + b'"}}'
    for _ in range(2):
        platform.fail("/structure", cut=True)
    done = sidoba(*SEND, str(write("gros.json", content)))
    assert done.code == 3
    assert "gardé dans la boîte d'envoi" in done.stderr
    assert "sidoba send --resume" in done.stderr
    assert sidoba.entries()[0]["etat"] == "a_envoyer"
    resumed = sidoba("send", "--resume")
    assert resumed.code == 0, resumed
    assert {(arrival.key, arrival.wire) for arrival in platform.arrivals} == {
        (platform.arrivals[0].key, platform.arrivals[0].wire)
    }
    assert len(platform.arrivals) == 3
    assert len(platform.receipts) == 1


def test_send_without_file_resumes(sidoba, platform, key_value_file):
    _leave_one_waiting(sidoba, platform, key_value_file)
    assert sidoba("send").code == 0
    assert len(platform.receipts) == 1


def test_sending_the_same_file_again_takes_up_the_entry_that_waits(sidoba, platform, key_value_file):
    _leave_one_waiting(sidoba, platform, key_value_file)
    assert sidoba(*SEND, str(key_value_file)).code == 0
    assert len(sidoba.entries()) == 1
    assert len({arrival.key for arrival in platform.arrivals}) == 1


@pytest.mark.faults
def test_killed_between_storage_and_send(sidoba, platform, key_value_file):
    gate = threading.Event()
    token = platform.fail("/oauth/token", drop=True, hold=gate)
    process = sidoba.start(*SEND, str(key_value_file))
    assert token.reached.wait(20)
    process.kill()
    process.communicate()
    gate.set()
    assert platform.arrivals == []
    (entry,) = sidoba.entries()
    assert entry["etat"] == "a_envoyer"
    done = sidoba("send", "--resume")
    assert done.code == 0, done
    (arrival,) = platform.arrivals
    assert arrival.wire == key_value_file.read_bytes()


@pytest.mark.faults
def test_killed_after_the_platform_stored_and_before_the_receipt(sidoba, platform, key_value_file):
    gate = threading.Event()
    posted = platform.fail("/structure", hold=gate)
    process = sidoba.start(*SEND, str(key_value_file))
    assert posted.reached.wait(20)
    process.kill()
    process.communicate()
    gate.set()
    key_value_file.unlink()
    assert sidoba("send", "--resume").code == 0
    first, second = platform.arrivals
    assert (first.key, first.wire) == (second.key, second.wire)
    assert len(platform.receipts) == 1


@pytest.mark.faults
def test_killed_while_waiting_then_resumed_to_the_verdict(sidoba, platform, key_value_file):
    platform.statuses = ["en_cours"]
    process = sidoba.start(*SEND, "--wait", str(key_value_file))
    deadline = time.monotonic() + 20
    while not any("traitements" in request for request in platform.requests):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert sidoba.entries()[0]["etat"] == "recu"
    platform.statuses = ["termine"]
    assert sidoba("send", "--resume").code == 0
    assert sidoba.entries()[0]["etat"] == "termine"
    assert len(platform.arrivals) == 1


def test_receipt_for_other_bytes_is_not_believed(sidoba, platform, key_value_file):
    for _ in range(2):
        platform.fail("/structure", status=202, body=OTHER_RECEIPT)
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 3
    assert "ACCUSE_DIFFERENT" in done.stderr
    assert sidoba.entries()[0]["etat"] == "a_envoyer"


def test_full_disk_sends_nothing(sidoba, platform, write):
    path = write("gros.json", b'{"modele": {}, "donnees": {"a": "' + bytes(range(48, 58)) * 3000 + b'"}}')
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "-", *COMMAND, *SEND, str(path)]
    done = subprocess.run(limited, env=sidoba.environment, cwd=sidoba.folder, capture_output=True, check=False)
    assert done.returncode == 2, done
    assert "rien n'est parti" in done.stderr.decode()
    assert platform.requests == []
    assert list(sidoba.outbox.iterdir()) == []


def test_one_cut_does_not_stop_the_others(sidoba, platform, key_value_file, write):
    other = write("autre.json", b'{"modele": {}, "donnees": {}}')
    for _ in range(2):
        platform.fail("/structure", drop=True)
    done = sidoba(*SEND, str(key_value_file), str(other))
    assert done.code == 3
    assert sorted(entry["etat"] for entry in sidoba.entries()) == ["a_envoyer", "recu"]


def test_a_platform_out_of_reach_is_not_tried_for_every_file(sidoba, write):
    files = [str(write(f"{n}.json", b'{"modele": {}, "donnees": {"n": %d}}' % n)) for n in range(4)]
    done = sidoba(*SEND, "--format", "json", *files, SIDOBA_URL="http://127.0.0.1:9")
    assert done.code == 3
    assert "2 autre(s) envoi(s) non tenté(s)" in done.stderr
    assert [shipment["etat"] for shipment in done.json()["envois"]] == ["a_envoyer"] * 4
    assert [entry["tentatives"] for entry in sidoba.entries()] == [1, 1, 0, 0]


@pytest.mark.faults
def test_interrupted_from_the_keyboard(sidoba, platform, key_value_file):
    gate = threading.Event()
    posted = platform.fail("/structure", hold=gate)
    process = sidoba.start(*SEND, str(key_value_file))
    assert posted.reached.wait(20)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    gate.set()
    assert process.returncode == 130
    assert "interrompu" in told.decode()
    assert sidoba.entries()[0]["etat"] == "a_envoyer"


def test_another_credential_does_not_resume_our_entries(sidoba, platform, key_value_file):
    _leave_one_waiting(sidoba, platform, key_value_file)
    done = sidoba("send", "--resume", SIDOBA_CLIENT_ID="un-autre")
    assert done.code == 0
    assert "autre accès" in done.stderr
    assert sidoba.entries()[0]["etat"] == "a_envoyer"


def _leave_one_waiting(sidoba, platform, path):
    for _ in range(2):
        platform.fail("/oauth/token", drop=True)
    assert sidoba(*SEND, str(path)).code == 3
    assert sidoba.entries()[0]["etat"] == "a_envoyer"


OTHER_RECEIPT = (
    b'{"accuse": {"id": "a", "recu_le": "2026-11-23T08:15:02Z", "empreinte": "sha256:00", "octets": 3},'
    b' "collecte": {"id": "c", "href": ""}, "traitement": {"id": "t", "href": ""}}'
)
