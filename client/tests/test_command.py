"""The command as a whole: version, help, usage errors in French, start-up, what it never loads."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys

import pytest
import sidoba_catalogue
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.main import COMMANDS
from sidoba_command import COMMAND

LOADED = "import sys; from sidoba_client.cli.main import run; run(sys.argv[1:]); print('\\n' + '\\n'.join(sys.modules))"


def test_version_tells_the_digest_of_the_rules(sidoba):
    done = sidoba("--version")
    assert done.code == 0
    assert "sha256:" + hashlib.sha256(sidoba_catalogue.read()).hexdigest() in done.stdout


def test_every_command_tells_the_version(sidoba):
    assert sidoba("validate", "--version").stdout == sidoba("--version").stdout


def test_version_starts_fast(sidoba):
    """Seconds of processor, which the other processes of a busy machine do not lengthen."""

    def seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        sidoba("--version")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.4


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], {"django", "httpx2", "rich", "lxml", "sidoba_engine"}),
        (["validate", "{file}"], {"django", "httpx2", "rich", "sidoba_server"}),
        (["status"], {"django", "httpx2", "rich", "sidoba_server"}),
        (["whoami"], {"django", "rich", "lxml", "sidoba_server"}),
    ],
)
def test_what_is_not_loaded(sidoba, key_value_file, arguments, absent):
    named = [argument.format(file=key_value_file) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *named], capture_output=True, text=True, env=sidoba.environment, check=True
    )
    assert not absent & set(done.stdout.split())


def test_help_is_in_french(sidoba):
    done = sidoba("--help")
    assert done.code == 0
    for expected in ("Usage : sidoba", "Commandes :", "Affiche cette aide.", *COMMANDS):
        assert expected in done.stdout
    for english in ("Show this", "Usage: ", "Commands:"):
        assert english not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(sidoba, command):
    done = sidoba(command, "--help")
    assert done.code == 0
    assert f"Usage : sidoba {command}" in done.stdout
    for english in ("Show this", "required]", "default:", "Arguments:\n"):
        assert english not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["valider"], "Vouliez-vous dire « validate » ?"),
        (["validate"], "Il manque l'argument FICHIER…"),
        (["validate", "--inconnue", "x"], "Option inconnue : --inconnue."),
        (
            ["validate", "--format", "pdf", "x"],
            "Valeur inadmissible pour l'option --format : text, json, sarif, junit.",
        ),
        (["login", "--url"], "L'option --url demande une valeur"),
        (["login", "--url", "https://x"], "Il manque l'option --client-id."),
        (["whoami", "moi"], "Argument en trop : moi."),
        (["send", "--resume", "x"], "--resume"),
    ],
)
def test_usage_errors(sidoba, arguments, expected):
    done = sidoba(*arguments)
    assert done.code == 2
    assert expected in done.stderr
    assert done.stdout == ""


def test_without_command_the_help_is_named(sidoba):
    done = sidoba()
    assert done.code == 2
    assert "`sidoba --help`" in done.stderr


def test_exit_codes_are_those_of_the_contract():
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "REFUSED": 1,
        "WRONG_USAGE": 2,
        "OUT_OF_REACH": 3,
        "NOT_ALLOWED": 4,
        "INTERNAL_FAULT": 70,
        "INTERRUPTED": 130,
    }


def test_no_colour_without_a_terminal(sidoba, write):
    done = sidoba("validate", str(write("x.json", b"{")))
    assert "\x1b" not in done.stdout + done.stderr


def test_reader_that_leaves_is_no_error_text(sidoba):
    done = subprocess.run(
        ["bash", "-c", '"$@" | head -n 1', "-", *COMMAND, "model", "rama-structure"],
        env=sidoba.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_explain(sidoba):
    done = sidoba("explain", "r-env-001")
    assert done.code == 0
    for expected in ("R-ENV-001", "bloquante", "Source : ", "Exemple fautif"):
        assert expected in done.stdout
    written = sidoba("explain", "R-ENV-001", "--format", "json").json()
    assert list(written)[:3] == ["id", "version", "gravite"]
    wrong = sidoba("explain", "R-ENV-0001")
    assert wrong.code == 2
    assert "Vouliez-vous dire" in wrong.stderr


def test_models_and_model(sidoba):
    models = sidoba("models", "--format", "json").json()["elements"]
    assert {"ssiad-structure", "rama-structure"} <= {model["code"] for model in models}
    for model in models:
        whole = sidoba("model", f"{model['code']}@{model['version']}", "--format", "json").json()
        assert whole["empreinte"] == model["empreinte"]
    text = sidoba("model", "ssiad-structure")
    assert "obligatoire" in text.stdout
    assert sidoba("model", "ssiad-structur").code == 2
    assert json.dumps(models)
