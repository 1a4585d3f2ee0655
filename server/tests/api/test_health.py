"""`/sante/live` and `/sante/ready`, and what a caller sees when the database is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Caller, body_of
from live_platform import LivePlatform
from sidoba_engine.catalogue import installed_catalogue

NAMES = ("psycopg", "postgres", "django", "ninja", "gunicorn", "traceback", "127.0.0.1:1", "connection refused", "sql")


def test_live() -> None:
    answer = Caller().get("/sante/live")
    assert (answer.status_code, body_of(answer)) == (200, {"statut": "ok"})


@pytest.mark.django_db
def test_ready() -> None:
    answer = Caller().get("/sante/ready")
    catalogue = installed_catalogue()
    told = {"statut": "ok", "catalogue": {"version": catalogue.version, "empreinte": catalogue.digest}}
    assert (answer.status_code, body_of(answer)) == (200, told)
    assert answer["Cache-Control"] == "no-store"


def test_database_gone(tmp_path: Path) -> None:
    """A real server without its database: alive, not ready, and every call is told to come back."""
    platform = LivePlatform(tmp_path, "postgresql://personne@127.0.0.1:1/absente?connect_timeout=2")
    try:
        platform.start("serve", "--port", str(platform.port), "--workers", "1", "--threads", "2")
        platform.wait_until_it_answers()
        token = {"Authorization": "Bearer quelconque"}
        answers = [
            platform.get("/sante/ready"),
            platform.get("/api/v1/moi", **token),
            platform.exchange(
                "/api/v1/campagnes/c/etablissements/019999994/structure",
                [b"{}"],
                headers={
                    "Content-Length": "2",
                    **token,
                },
            ),
            platform.exchange(
                "/oauth/token",
                [],
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Content-Length": "0",
                },
            ),
        ]
        for answer in answers:
            assert answer.refusal == (503, "SERVICE_INDISPONIBLE")
            assert int(answer.headers["Retry-After"]) > 0
            seen = (answer.content.decode() + str(answer.headers)).lower()
            assert not [name for name in NAMES if name in seen], seen
        assert platform.get("/sante/live").status == 200
    finally:
        platform.stop()
