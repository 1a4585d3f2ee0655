"""`sidoba campaigns`, and `validate --campaign` offline afterwards."""

from __future__ import annotations

import json

from platform_fake import CAMPAIGN

KNOWN_TO_THE_PLATFORM = {"valeurs_precedentes", "etablissements_comparables"}
"""Facts that no option gives."""


def test_filters_reach_the_platform(sidoba, platform):
    assert sidoba("campaigns", "--establishment", "010000057", "--report-type", "ssiad").code == 0
    assert "GET /api/v1/campagnes?statut=ouverte&finess=010000057&type_rapport=ssiad" in platform.requests


def test_every_page_is_read_from_the_platform_itself(sidoba, platform):
    platform.campaigns = [{**CAMPAIGN, "code": f"ssiad-{year}"} for year in range(2026, 2031)]
    done = sidoba("campaigns", "--format", "json")
    assert [campaign["code"] for campaign in done.json()["elements"]] == [f"ssiad-{year}" for year in range(2026, 2031)]
    assert b"ailleurs.example" not in done.stdout_bytes


def test_text_tells_period_models_and_closing(sidoba):
    done = sidoba("campaigns")
    for expected in (
        "ssiad-2026",
        "du 2025-01-01 au 2025-12-31",
        "2026-06-30T22:00:00Z",
        "ssiad-structure@2026.0-brouillon",
    ):
        assert expected in done.stdout


def test_known_campaign_gives_validate_its_facts_offline(sidoba, key_value_file):
    unknown = sidoba("validate", "--campaign", "ssiad-2026", str(key_value_file))
    assert unknown.code == 2
    assert "sidoba campaigns" in unknown.stderr
    assert sidoba("campaigns").code == 0
    offline = {"SIDOBA_URL": "https://exemple.invalid"}
    without = sidoba("validate", "--format", "json", str(key_value_file), **offline)
    known = sidoba("validate", "--format", "json", "--campaign", "ssiad-2026", str(key_value_file), **offline)
    assert _details(without) == {"campagne", "etablissement"} | KNOWN_TO_THE_PLATFORM
    assert _details(known) == {"etablissement"} | KNOWN_TO_THE_PLATFORM


def test_campaign_from_a_file(sidoba, key_value_file, write):
    plain = write("campagne.json", json.dumps(CAMPAIGN).encode())
    wrapped = write("emballee.json", json.dumps({"campagne": CAMPAIGN}).encode())
    for path in (plain, wrapped):
        options = ("--campaign", str(path), "--establishment", "010000057")
        assert _details(sidoba("validate", "--format", "json", *options, str(key_value_file))) == KNOWN_TO_THE_PLATFORM


def test_file_without_a_campaign(sidoba, key_value_file):
    done = sidoba("validate", "--campaign", str(key_value_file), str(key_value_file))
    assert done.code == 2
    assert "campagne" in done.stderr


def test_campaign_of_the_other_environment_is_told(sidoba, platform, key_value_file):
    platform.campaigns = [{**CAMPAIGN, "environnement": "production"}]
    assert sidoba("campaigns").code == 0
    done = sidoba("validate", "--format", "json", "--campaign", "ssiad-2026", str(key_value_file))
    assert "production" in done.stderr
    assert done.json()["environnement"] == "bac_a_sable"


def test_code_of_a_campaign_cannot_leave_its_folder(sidoba, platform):
    platform.campaigns = [{**CAMPAIGN, "code": "../../intrus"}]
    assert sidoba("campaigns").code == 0
    assert list(sidoba.folder.rglob("*intrus*")) == []


def _details(done):
    (document,) = done.json()["documents"]
    return {entry["detail"] for entry in document["regles_non_executees"] if entry["raison"] == "fait_inconnu"}
