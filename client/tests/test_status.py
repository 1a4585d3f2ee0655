"""`sidoba status`: the outbox offline, runs and filings from the platform, and the end of personal data on disk."""

from __future__ import annotations

import json
import stat

SEND = ("send", "--campaign", "ssiad-2026", "--establishment", "010000057")


def test_empty_outbox(sidoba):
    done = sidoba("status")
    assert done.code == 0
    assert "vide" in done.stdout


def test_outbox_is_told_offline(sidoba, platform, key_value_file):
    assert sidoba(*SEND, str(key_value_file)).code == 0
    asked = len(platform.requests)
    done = sidoba("status")
    assert "reçu" in done.stdout
    assert "ssiad-2026 010000057 structure" in done.stdout
    assert len(platform.requests) == asked


def test_folder_and_files_are_for_the_owner_only(sidoba, key_value_file):
    assert sidoba(*SEND, str(key_value_file)).code == 0
    assert stat.S_IMODE(sidoba.outbox.stat().st_mode) == 0o700
    files = list(sidoba.outbox.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_body_leaves_the_disk_when_the_run_has_ended(sidoba, platform, key_value_file):
    platform.statuses = ["en_cours"]
    assert sidoba(*SEND, str(key_value_file)).code == 0
    run = sidoba.entries()[0]["traitement"]
    assert "en cours" in sidoba("status", run).stdout
    assert len(sidoba.bodies()) == 1
    platform.statuses = ["termine"]
    assert sidoba("status", run).code == 0
    assert sidoba.bodies() == []
    (entry,) = sidoba.entries()
    assert (entry["etat"], entry["statut_traitement"]) == ("termine", "termine")


def test_id_of_the_outbox_stands_for_its_run(sidoba, platform, key_value_file):
    assert sidoba(*SEND, str(key_value_file)).code == 0
    (entry,) = sidoba.entries()
    done = sidoba("status", entry["id"], "--format", "json")
    assert done.json()["traitement"]["id"] == entry["traitement"]


def test_filing(sidoba, platform, key_value_file):
    assert sidoba(*SEND, str(key_value_file)).code == 0
    filing = json.loads(next(iter(platform.receipts.values()))[0])["collecte"]["id"]
    done = sidoba("status", filing)
    for expected in ("en_cours", "SSIAD fictif", "39 acceptés, 40 reçus, 43 attendus", "manquent : x", "62 annoncés"):
        assert expected in done.stdout
    assert sidoba("status", filing, "--format", "json").json()["collecte"]["id"] == filing


def test_unknown_id(sidoba):
    done = sidoba("status", "0193-inconnu")
    assert done.code == 1
    assert "RESSOURCE_INCONNUE" in done.stderr


def test_an_id_never_becomes_another_address(sidoba, platform):
    assert sidoba("status", "../moi").code == 1
    assert not any(
        "/moi" in request
        for request in platform.requests
        if "traitements" not in request and "collectes" not in request
    )
