"""The command line: what it says, in French, and what it answers to the shell. Real processes, a real database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sidoba_engine.catalogue import installed_catalogue

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `sidoba-server` with a home of its own; settings are given as keyword arguments."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {n: v for n, v in os.environ.items() if not n.startswith("SIDOBA_") and n != "DATABASE_URL"}
        return subprocess.run(
            [sys.executable, "-P", "-m", "sidoba_server.ops.main", *arguments],
            env={**kept, "SIDOBA_HOME": str(tmp_path), **settings},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_the_version_names_the_rules(command: Command) -> None:
    said = command("--version")
    assert said.returncode == 0
    assert installed_catalogue().digest in said.stdout
    assert re.match(r"sidoba-server \d+\.\d+\.\d+ · catalogue ", said.stdout)


def test_the_help_is_in_french(command: Command) -> None:
    said = command("--help")
    assert said.returncode == 0
    for word in ("demo", "serve", "worker", "migrate", "check", "postgres", "catalogue", "user"):
        assert re.search(rf"^  {word} ", said.stdout, re.MULTILINE)
    assert "Usage :" in said.stdout
    assert "Show this message" not in said.stdout
    assert "--parent" not in command("serve", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "Commande inconnue : nope."),
        (["serve", "--nope"], "Option inconnue : --nope."),
        (["serve", "--port", "http"], "Valeur inadmissible pour --port."),
        (["user", "create"], "Il manque --email."),
        (["migrate"], "Aucune base de données"),
    ],
)
def test_wrong_usage_is_a_sentence(command: Command, arguments: list[str], sentence: str) -> None:
    said = command(*arguments)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


def test_a_setting_that_cannot_be_used_is_named(command: Command) -> None:
    said = command("check", DATABASE_URL="mysql://127.0.0.1/sidoba")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "DATABASE_URL" in said.stderr
    assert "SIDOBA_MAX_BODY" in command("check", DATABASE_URL="postgresql:///x", SIDOBA_MAX_BODY="gros").stderr


def test_a_database_that_does_not_answer_is_said(command: Command) -> None:
    nowhere = "postgresql://sidoba@127.0.0.1:1/sidoba"
    said = command("migrate", DATABASE_URL=nowhere)
    assert said.returncode == 1
    assert "ne répond pas" in said.stderr
    assert "Traceback" not in said.stderr
    checked = command("check", DATABASE_URL=nowhere)
    assert checked.returncode == 1
    assert "✗ Base de données" in checked.stdout


def test_from_an_empty_database_to_a_platform_that_can_serve(command: Command, fresh_database_url: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return command(*arguments, DATABASE_URL=fresh_database_url)

    assert "✗ Migrations" in run("check").stdout
    assert run("migrate").returncode == 0
    assert run("migrate").stdout == "Base déjà à jour.\n"
    lacking = run("check")
    assert lacking.returncode == 1
    assert "✗ Modèles publiés (bac_a_sable)" in lacking.stdout
    assert run("--quiet", "catalogue", "publish").stdout == ""
    assert run("catalogue", "publish", "--environment", "ailleurs").returncode == 2
    ready = run("check")
    assert (ready.returncode, "✗" in ready.stdout) == (0, False)
    unknown = run(
        "user", "create", "--email", "a@ssiad.example", "--name", "A", "--role", "lecteur", "--finess", "019999994"
    )
    assert unknown.returncode == 1
    assert "019999994" in unknown.stderr
