"""`sidoba send`: what leaves, what is printed, what the exit code says."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

SEND = ("send", "--campaign", "ssiad-2026", "--establishment", "010000057")


def test_key_value_file_leaves_as_it_is(sidoba, platform, key_value_file):
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 0, done
    (arrival,) = platform.arrivals
    assert arrival.path == "/api/v1/campagnes/ssiad-2026/etablissements/010000057/structure"
    assert arrival.wire == key_value_file.read_bytes()
    assert arrival.headers["CONTENT_TYPE"] == "application/json"


def test_receipt_position_and_wait_are_printed(sidoba, platform, key_value_file):
    done = sidoba(*SEND, str(key_value_file))
    receipt = json.loads(next(iter(platform.receipts.values()))[0])
    for expected in (receipt["accuse"]["id"], receipt["traitement"]["id"], "position 14", "de 3 à 9 s"):
        assert expected in done.stdout


def test_body_over_64_kb_leaves_compressed(sidoba, platform, write):
    content = json.dumps({"modele": {}, "donnees": {f"cle_{n}": n for n in range(9000)}}).encode()
    assert sidoba(*SEND, str(write("gros.json", content))).code == 0
    (arrival,) = platform.arrivals
    assert arrival.headers["HTTP_CONTENT_ENCODING"] == "gzip"
    assert len(arrival.wire) < len(content)
    assert arrival.content == content


def test_bare_data_need_a_model(sidoba, platform, write):
    done = sidoba(*SEND, str(write("nu.json", b'{"nombre_de_places": 40}')))
    assert done.code == 2
    assert "--model" in done.stderr
    assert platform.requests == []


def test_bare_data_are_wrapped_without_being_rewritten(sidoba, platform, write):
    bare = b'{"nombre_de_places": 40.00, "nombre_de_places" : 41}'
    done = sidoba(*SEND, "--model", "ssiad-structure@9", str(write("nu.json", bare)))
    assert done.code == 0, done
    assert (
        platform.arrivals[0].content == b'{"modele":{"code":"ssiad-structure","version":"9"},"donnees":' + bare + b"}"
    )


def test_latest_version_of_the_catalogue_stands_when_none_is_named(sidoba, platform, write):
    done = sidoba(*SEND, "--model", "ssiad-structure", str(write("nu.json", b'{"a": 1}')))
    assert done.code == 0, done
    models = sidoba("models", "--format", "json").json()["elements"]
    latest = max(model["version"] for model in models if model["code"] == "ssiad-structure")
    assert json.loads(platform.arrivals[0].content)["modele"]["version"] == latest


def test_all_cda_files_leave_in_one_bundle(sidoba, platform, write):
    first = write("cda/a.xml", b'<ClinicalDocument xmlns="urn:hl7-org:v3"><a/></ClinicalDocument>')
    second = write("cda/b.xml", b'<ClinicalDocument xmlns="urn:hl7-org:v3"><b/></ClinicalDocument>')
    done = sidoba(*SEND, str(first.parent))
    assert done.code == 0, done
    (arrival,) = platform.arrivals
    assert arrival.path.endswith("/cda")
    assert arrival.headers["CONTENT_TYPE"] == "application/fhir+json"
    bundle = json.loads(arrival.content)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    contents = [entry["resource"]["content"][0]["attachment"]["data"] for entry in bundle["entry"]]
    assert [base64.b64decode(content) for content in contents] == [first.read_bytes(), second.read_bytes()]


def test_ready_envelope_leaves_as_it_is(sidoba, platform, write):
    written = b'{ "resourceType" : "DocumentReference", "status": "current" }'
    assert sidoba(*SEND, str(write("fiche.json", written))).code == 0
    assert platform.arrivals[0].wire == written
    assert platform.arrivals[0].path.endswith("/cda")


def test_broken_json_leaves_for_the_platform_to_say(sidoba, platform, write):
    assert sidoba(*SEND, str(write("casse.json", b'{"modele": {"code": '))).code == 0
    assert platform.arrivals[0].wire == b'{"modele": {"code": '


def test_gzip_file_is_opened(sidoba, platform, write):
    assert sidoba(*SEND, str(write("a.json.gz", gzip.compress(b'{"modele": {}, "donnees": {}}')))).code == 0
    assert platform.arrivals[0].wire == b'{"modele": {}, "donnees": {}}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.json", b"\x89PNG\r\n"),
        ("lot.json", b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}'),
    ],
)
def test_what_no_webservice_takes_stops_everything(sidoba, platform, write, key_value_file, name, content):
    done = sidoba(*SEND, str(key_value_file), str(write(name, content)))
    assert done.code == 2
    assert name in done.stderr
    assert (platform.requests, sidoba.bodies()) == ([], [])


def test_destination_is_needed(sidoba, key_value_file):
    done = sidoba("send", str(key_value_file))
    assert done.code == 2
    assert "--campaign" in done.stderr


def test_wait_shows_steps_tally_and_anomalies(sidoba, platform, key_value_file):
    platform.statuses = ["en_attente", "en_cours", "termine"]
    platform.tally = {"recus": 1, "acceptes": 0, "acceptes_avec_avertissement": 0, "refuses": 1, "inchanges": 0}
    platform.documents = [DOCUMENT]
    done = sidoba(*SEND, "--wait", str(key_value_file))
    assert done.code == 1, done
    assert "en attente, position 3" in done.stderr
    assert "en cours" in done.stderr
    assert "1 refusé(s)" in done.stdout
    for expected in ("R-KV-001", "ligne 3, colonne 7, /donnees/x", "Il manque x.", "→ Ajoutez x."):
        assert expected in done.stdout


def test_wait_ends_with_0_when_nothing_is_refused(sidoba, platform, key_value_file):
    platform.statuses = ["en_cours", "termine"]
    assert sidoba(*SEND, "--wait", str(key_value_file)).code == 0


def test_documents_are_given_exactly_as_the_platform_wrote_them(sidoba, platform, key_value_file):
    platform.documents = [DOCUMENT, b'{"index" :1,"type":"cda-tddui", "conforme":true , "x": 1.10}', DOCUMENT]
    done = sidoba(*SEND, "--wait", "--format", "json", str(key_value_file))
    assert b'"documents":[' + b",".join(platform.documents) + b"]" in done.stdout_bytes
    (shipment,) = done.json()["envois"]
    assert shipment["etat"] == "termine"
    assert shipment["recu"] == json.loads(next(iter(platform.receipts.values()))[0])


def test_failed_run_is_the_platforms_fault(sidoba, platform, key_value_file):
    platform.statuses = ["echoue"]
    done = sidoba(*SEND, "--wait", str(key_value_file))
    assert done.code == 3
    assert "sans nouvel envoi" in done.stdout


def test_wait_can_be_bounded(sidoba, platform, key_value_file):
    platform.statuses = ["en_cours"]
    done = sidoba(*SEND, "--wait", "--timeout", "0.6", str(key_value_file))
    assert done.code == 3
    assert "continue" in done.stderr
    assert sidoba.entries()[0]["etat"] == "recu"


def test_quiet_says_nothing_when_all_is_well(sidoba, key_value_file):
    done = sidoba(*SEND, "--quiet", str(key_value_file))
    assert (done.code, done.stdout, done.stderr) == (0, "", "")


DOCUMENT = (
    b'{"index":0, "usager":"p1", "statut":"refuse","type":"cle-valeur","conforme":false,"total_anomalies":1,'
    b'"anomalies":'
    b'[{"regle":"R-KV-001","version_regle":"2026.1","gravite":"bloquante","niveau":"structure","emplacement":{"chemin":'
    b'"/donnees/x","ligne":3,"colonne":7},"message":"Il manque x.","aide":"Ajoutez x.","documentation":"https://e/r"}],'
    b'"regles_non_executees":[]}'
)
