"""What holds for every page: the neutral brand, the environment, what is served, and pages of what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import situations as given
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from sidoba_server.front.errors import server_error
from sidoba_server.front.stylesheet import static_folder, stylesheet_name

SignIn = Callable[[given.Person], Client]
TEMPLATES = Path(__file__).resolve().parents[2] / "src/sidoba_server/front/templates"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_stylesheet_is_small_neutral_and_kept_for_good() -> None:
    page = Client().get("/connexion").content.decode()
    (address,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    answer = Client().get(address, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(body(answer)) < 60_000
    assert "immutable" in answer["Cache-Control"]
    plain = body(Client().get(address)).decode()
    assert not re.search(r"font-face|spectral|font-family:\s*marianne", plain, re.IGNORECASE)


def test_every_file_the_stylesheet_names_is_served_and_no_other() -> None:
    sheet = (static_folder() / stylesheet_name()).read_text()
    named = {name for name in re.findall(r"url\(([^)]+)\)", sheet) if not name.startswith(("data:", '"data:'))}
    assert named
    for name in named:
        assert Client().get(f"/static/front/{name}").status_code == 200, name
    assert Client().get("/static/dsfr/dist/dsfr.min.css").status_code == 404
    assert len(list(static_folder().rglob("*.*"))) < 60


def test_no_page_bears_a_mark_of_the_state() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text().lower()
        assert not re.search(r"marianne|république|fr-logo|gouv\.fr", text), template


def test_no_page_needs_a_script_or_an_inline_style() -> None:
    for template in TEMPLATES.rglob("*.html"):
        assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", template.read_text()), template


@pytest.mark.django_db
def test_the_environment_is_said_on_every_page(signed_in: SignIn) -> None:
    person = given.an_account_with_role("lecteur", given.an_establishment())
    for page in (Client().get("/connexion"), signed_in(person).get("/"), Client().get("/rien/ici")):
        assert "<strong>Bac à sable</strong>" in page.content.decode()


@pytest.mark.django_db
def test_production_does_not_look_like_the_sandbox(signed_in: SignIn) -> None:
    production = given.platform("production")
    person = given.an_account_with_role("lecteur", given.an_establishment(by=production), by=production)
    page = signed_in(person).get("/").content.decode()
    assert "<strong>Production</strong>" in page
    assert "Environnement d'essai" not in page


def test_pages_may_load_nothing_from_elsewhere() -> None:
    policy = Client().get("/connexion")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_unknown_address_is_a_page_with_the_identifier_to_quote() -> None:
    answer = Client().get("/rien/ici", headers={"x-correlation-id": "abc-123"})
    assert answer.status_code == 404
    assert "Page introuvable" in answer.content.decode()
    assert "abc-123" in answer.content.decode()


def test_our_own_fault_is_a_page_without_a_trace() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Erreur de la plateforme" in answer.content.decode()
    assert not re.search(r"Traceback|File &quot;|django|psycopg", answer.content.decode(), re.IGNORECASE)


@pytest.mark.django_db
def test_a_fault_in_a_page_is_answered_by_that_page(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(given.an_account_with_role("lecteur", given.an_establishment()))
    client.raise_request_exception = False
    monkeypatch.setattr("sidoba_server.front.review.pages.filings_page", lambda *_, **__: 1 / 0)
    answer = client.get("/", headers={"x-correlation-id": "abc-456"})
    assert answer.status_code == 500
    assert "abc-456" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html", "403_csrf.html", "429.html"])
def test_pages_of_errors_are_in_french_and_whole(name: str) -> None:
    page = render_to_string(name)
    assert '<html lang="fr">' in page
    assert page.count("<h1>") == 1
