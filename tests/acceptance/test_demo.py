"""`make demo`, for real: its story, its file, its second start, and what it leaves behind when interrupted or killed.

The tests play on the same home, in order, as one person would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes left behind in /proc, which Linux has"),
]
Until = Callable[..., None]


def test_the_story_is_played_to_its_end(demo: Any) -> None:
    begun = time.monotonic()
    played = demo.once()
    assert played.returncode == 0, played.stdout + played.stderr
    assert time.monotonic() - begun < 90
    steps = [int(number) for number in re.findall(r"^ *(\d+)\. ", played.stdout, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 12
    for told in ("R-CDA-033", "ETABLISSEMENT_INCONNU", "signature vérifiée", "12 acceptés sur 12 annoncés"):
        assert told in played.stdout
    assert not demo.living()


def test_what_it_wrote_is_private_and_whole(demo: Any) -> None:
    kept = json.loads(demo.result.read_text())
    assert stat.S_IMODE(demo.result.stat().st_mode) == 0o600
    assert kept["url"] == f"http://127.0.0.1:{demo.port}"
    assert kept["campagnes"] == ["ssiad-2026", "rama-2026", "ssiad-2024"]
    assert {"019999994", "019999986", "480787529"} <= set(kept["etablissements"])
    assert kept["client_id"] and kept["client_secret"]
    assert {account["role"] for account in kept["comptes"]} == {"verificateur", "signataire"}
    for account in kept["comptes"]:
        assert set(account) == {"identifiant", "mot_de_passe", "totp", "role"}
        assert re.fullmatch(r"[A-Z2-7]{16,}", account["totp"])
    for private in demo.home.glob("*.json"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_a_second_start_keeps_accounts_and_data(demo: Any) -> None:
    before = json.loads(demo.result.read_text())
    played = demo.once()
    assert played.returncode == 0, played.stdout + played.stderr
    assert "données déjà reçues" in played.stdout
    assert "12 acceptés sur 12 annoncés" in played.stdout
    assert json.loads(demo.result.read_text()) == before


def test_a_killed_demo_leaves_no_process_and_starts_again_without_loss(demo: Any, until: Until) -> None:
    demo.result.unlink()
    process = demo.start()
    until(demo.result.exists, seconds=90)
    kept = json.loads(demo.result.read_text())
    filing = _filing(kept)
    children = demo.living()
    assert len(children) >= 5, "the demo, PostgreSQL, the server and its two workers, the worker"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not demo.living(), seconds=40)

    demo.result.unlink()
    again = demo.start()
    until(demo.answers, seconds=60)
    after = _filing(kept)
    assert after["completude"]["usagers"] == filing["completude"]["usagers"]
    assert after["completude"]["modeles"] == filing["completude"]["modeles"]
    assert after["dernier_envoi"]["recu_le"] >= filing["dernier_envoi"]["recu_le"]
    until(demo.result.exists, seconds=90)
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0


def test_ctrl_c_leaves_no_process(demo: Any, until: Until) -> None:
    process = demo.start()
    until(demo.answers, seconds=60)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole foreground group
    output, _ = process.communicate(timeout=60)
    assert process.returncode in (0, 130), output
    assert "Traceback" not in output
    assert not demo.living()


def test_a_port_already_taken_is_said(demo: Any) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        played = demo.run("demo", ONCE="1", PORT=str(port))
    assert played.returncode == 1
    assert f"Le port {port} est déjà pris" in played.stderr
    assert "Traceback" not in played.stderr


def test_reset_erases_the_data(demo: Any) -> None:
    assert demo.run("demo", "--reset").returncode == 0
    assert not demo.result.exists()
    played = demo.once()
    assert played.returncode == 0, played.stdout + played.stderr
    assert "données déjà reçues" not in played.stdout


def test_a_home_erased_by_hand_starts_afresh(demo: Any) -> None:
    shutil.rmtree(demo.home / "secrets")
    (demo.home / "demo.secrets.json").unlink()
    played = demo.once()
    assert played.returncode == 0, played.stdout + played.stderr


def _filing(kept: dict[str, Any]) -> dict[str, Any]:
    """Where the story's filing stands, read with the software's own credential."""
    with httpx2.Client(base_url=kept["url"], timeout=30) as http:
        token = http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(kept["client_id"], kept["client_secret"]),
        ).json()["access_token"]
        answer = http.get(
            "/api/v1/campagnes/ssiad-2026/etablissements/019999994/collecte",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200
        filing: dict[str, Any] = answer.json()
        return filing
