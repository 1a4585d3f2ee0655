"""Each answer that is not a success: its text, its exit code, and what becomes of the submission."""

from __future__ import annotations

import json
import time

import pytest

SEND = ("send", "--campaign", "ssiad-2026", "--establishment", "010000057")


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "state"),
    [
        (400, "CLE_IDEMPOTENCE_INVALIDE", 1, "refuse"),
        (403, "MANDAT_ABSENT", 4, "refuse"),
        (404, "ETABLISSEMENT_INCONNU", 1, "refuse"),
        (409, "CAMPAGNE_CLOSE", 1, "refuse"),
        (413, "CORPS_TROP_GRAND", 1, "refuse"),
        (415, "TYPE_NON_ADMIS", 1, "refuse"),
        (422, "CLE_REUTILISEE", 1, "refuse"),
        (400, "CORPS_INCOMPLET", 3, "a_envoyer"),
        (400, "EMPREINTE_DIFFERENTE", 3, "a_envoyer"),
        (500, "ERREUR_INTERNE", 3, "a_envoyer"),
        (502, "", 3, "a_envoyer"),
    ],
)
def test_refusal(sidoba, platform, key_value_file, status, code, exit_code, state):
    platform.fail("/structure", status=status, code=code)
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == exit_code, done
    assert f"Détail de {code}. " in done.stderr
    assert "échange-42" not in done.stderr
    assert "echange-42" in done.stderr
    (entry,) = sidoba.entries()
    assert (entry["etat"], entry["refus"]) == (state, code)
    assert len(sidoba.bodies()) == (1 if state == "a_envoyer" else 0)


def test_refusal_in_json_is_the_problem_as_it_came(sidoba, platform, key_value_file):
    platform.fail("/structure", status=409, code="CAMPAGNE_CLOSE")
    done = sidoba(*SEND, "--format", "json", str(key_value_file))
    assert done.code == 1
    assert done.json()["envois"][0]["refus"]["code"] == "CAMPAGNE_CLOSE"


def test_anomalies_that_come_with_a_refusal_are_shown(sidoba, platform, key_value_file):
    anomaly = {
        "regle": "R-ENV-001",
        "gravite": "bloquante",
        "niveau": "enveloppe",
        "emplacement": {"chemin": "/x"},
        "message": "Rien d'attendu.",
        "aide": "Corrigez.",
    }
    body = json.dumps({"code": "PARAMETRE_INVALIDE", "detail": "Non.", "status": 422, "anomalies": [anomaly]}).encode()
    platform.fail("/structure", status=422, body=body)
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 1
    assert "R-ENV-001 /x : Rien d'attendu. Corrigez." in done.stderr


def test_wrong_secret_is_not_allowed_and_the_submission_waits(sidoba, platform, key_value_file):
    done = sidoba(*SEND, str(key_value_file), SIDOBA_CLIENT_SECRET="secret-faux-4711")
    assert done.code == 4
    assert "sidoba login" in done.stderr
    assert "4711" not in done.stderr + done.stdout
    assert sidoba.entries()[0]["etat"] == "a_envoyer"


def test_revoked_token_is_renewed_once(sidoba, platform, key_value_file):
    platform.fail("/structure", status=401, code="JETON_INVALIDE")
    assert sidoba(*SEND, str(key_value_file)).code == 0
    assert platform.token_requests == 2


def test_token_refused_twice_is_not_allowed(sidoba, platform, key_value_file):
    platform.fail("/structure", status=401, code="JETON_INVALIDE")
    platform.fail("/structure", status=401, code="JETON_INVALIDE")
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 4
    assert platform.token_requests == 2


@pytest.mark.parametrize(("status", "code"), [(429, "TROP_DE_DEMANDES"), (503, "SERVICE_INDISPONIBLE")])
def test_busy_platform_is_asked_again_after_the_wait_it_names(sidoba, platform, key_value_file, status, code):
    platform.fail("/structure", status=status, code=code, headers={"Retry-After": "1"})
    started = time.monotonic()
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 0, done
    assert time.monotonic() - started >= 1
    assert "nouvel essai dans 1 s" in done.stderr


@pytest.mark.parametrize("status", [429, 503])
def test_wait_too_long_keeps_the_submission(sidoba, platform, key_value_file, status):
    platform.fail("/structure", status=status, code="PLUS_TARD", headers={"Retry-After": "3600"})
    done = sidoba(*SEND, str(key_value_file))
    assert done.code == 3
    assert "Réessayez dans 3600 s" in done.stderr
    assert "gardé dans la boîte d'envoi" in done.stderr


def test_platform_out_of_reach(sidoba, key_value_file):
    done = sidoba(*SEND, str(key_value_file), SIDOBA_URL="http://127.0.0.1:9")
    assert done.code == 3
    assert "injoignable" in done.stderr
    assert len(sidoba.bodies()) == 1


def test_number_of_tries_is_a_setting(sidoba, platform, key_value_file):
    for _ in range(3):
        platform.fail("/moi", drop=True)
    assert sidoba("whoami", SIDOBA_ATTEMPTS="3").code == 3
    assert sidoba("whoami", SIDOBA_ATTEMPTS="trois").code == 2
    assert platform.faults == []


def test_a_page_of_something_else_is_named(sidoba, platform):
    platform.fail("/moi", status=200, body=b"<html>portail captif</html>")
    done = sidoba("whoami")
    assert done.code == 3
    assert "REPONSE_INATTENDUE" in done.stderr
    assert "captif" not in done.stderr


def test_moved_address_is_named_and_not_followed(sidoba, platform):
    platform.fail("/oauth/token", status=301, headers={"Location": "https://ailleurs.example/"})
    done = sidoba("whoami")
    assert done.code == 3
    assert "https://ailleurs.example/" in done.stderr


def test_refusal_of_a_question_in_json_goes_to_standard_output(sidoba, platform):
    platform.fail("/moi", status=403, code="PORTEE_ABSENTE")
    done = sidoba("whoami", "--format", "json")
    assert done.code == 4
    assert done.json()["code"] == "PORTEE_ABSENTE"


def test_no_library_name_is_ever_shown(sidoba, platform, key_value_file):
    platform.fail("/structure", status=500, body=b"Traceback (most recent call last): psycopg")
    outcomes = [
        sidoba(*SEND, str(key_value_file)),
        sidoba("whoami", SIDOBA_URL="https://127.0.0.1:" + platform.url.rpartition(":")[2]),
        sidoba("whoami", HTTPS_PROXY="sans-schema:99", SIDOBA_URL="https://exemple.invalid"),
        sidoba("whoami", SSL_CERT_FILE="/rien"),
    ]
    for outcome in outcomes:
        text = outcome.stdout + outcome.stderr
        assert outcome.code in {2, 3}, outcome
        for name in ("httpx", "Traceback", "psycopg", "msgspec", "httpcore", "Errno"):
            assert name not in text
