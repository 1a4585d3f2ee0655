"""`sidoba login`, `whoami`, and where the credentials come from."""

from __future__ import annotations

import json
import stat

import pytest
from platform_fake import ACCESS, CLIENT_ID, CLIENT_SECRET
from sidoba_client.credentials import Credentials, platform_url
from sidoba_client.errors import UsageProblem


@pytest.fixture
def bare(sidoba):
    """Nothing in the environment: only what `login` stores."""
    for name in ("SIDOBA_URL", "SIDOBA_CLIENT_ID", "SIDOBA_CLIENT_SECRET"):
        del sidoba.environment[name]
    return sidoba


def login(sidoba, platform, secret=CLIENT_SECRET):
    options = ("--url", platform.url + "/api/v1/", "--client-id", CLIENT_ID, "--client-secret-stdin")
    return sidoba("login", *options, stdin=f"{secret}\n".encode())


def test_login_checks_then_stores_for_the_owner_only(bare, platform):
    done = login(bare, platform)
    assert done.code == 0, done
    assert "DUI Exemple" in done.stdout
    assert CLIENT_SECRET not in done.stdout + done.stderr
    path = bare.config / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bare.config.stat().st_mode) == 0o700
    assert json.loads(path.read_bytes())["url"] == platform.url
    assert bare("whoami").code == 0


def test_login_with_a_wrong_secret_stores_nothing(bare, platform):
    done = login(bare, platform, secret="faux")
    assert done.code == 4
    assert not (bare.config / "credentials.json").exists()


def test_secret_is_asked_on_a_terminal_only(bare, platform):
    done = bare("login", "--url", platform.url, "--client-id", CLIENT_ID)
    assert done.code == 2
    assert "--client-secret-stdin" in done.stderr


def test_environment_wins_over_the_file(bare, platform):
    assert login(bare, platform).code == 0
    assert bare("whoami", SIDOBA_CLIENT_SECRET="faux").code == 4


def test_file_open_to_others_is_refused(bare, platform):
    assert login(bare, platform).code == 0
    (bare.config / "credentials.json").chmod(0o644)
    done = bare("whoami")
    assert done.code == 2
    assert "chmod 600" in done.stderr


def test_what_is_missing_is_named(bare):
    done = bare("whoami", SIDOBA_URL="https://exemple.invalid")
    assert done.code == 2
    assert "SIDOBA_CLIENT_ID, SIDOBA_CLIENT_SECRET" in done.stderr


def test_whoami_in_json_is_moi_as_it_came(sidoba):
    assert sidoba("whoami", "--format", "json").stdout_bytes == json.dumps(ACCESS).encode() + b"\n"


def test_whoami_tells_mandates_and_end(sidoba):
    done = sidoba("whoami")
    for expected in ("bac_a_sable", "010000057  ssiad", "du 2025-01-01 au 2025-12-31", "2027-01-01T00:00:00Z"):
        assert expected in done.stdout


@pytest.mark.parametrize(
    ("written", "root"),
    [
        ("https://sidoba.example", "https://sidoba.example"),
        ("https://sidoba.example/api/v1/", "https://sidoba.example"),
        ("https://sidoba.example:8443/collecte/", "https://sidoba.example:8443/collecte"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_platform_url(written, root):
    assert platform_url(written, environment={}) == root


@pytest.mark.parametrize(
    "written",
    [
        "sidoba.example",
        "ftp://sidoba.example",
        "https://",
        "http://sidoba.example",
        "https://a:b@sidoba.example",
        "https://x/?a=1",
    ],
)
def test_platform_url_refused(written):
    with pytest.raises(UsageProblem):
        platform_url(written, environment={})


def test_clear_http_can_be_asked_for():
    assert platform_url("http://serveur", environment={"SIDOBA_ALLOW_HTTP": "1"}) == "http://serveur"


def test_secret_is_not_in_the_representation():
    assert "mot" not in repr(Credentials("https://x", "id", "mot"))
