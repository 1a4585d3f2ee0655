"""The page that an anomaly or a refusal leads to exists for each of them, for anyone."""

from __future__ import annotations

import pytest
from django.test import Client
from sidoba_engine.catalogue import installed_catalogue

pytestmark = pytest.mark.django_db


def test_every_rule_has_its_page(client: Client) -> None:
    for rule in installed_catalogue().rules.values():
        answer = client.get("/docs" + rule.documentation.removeprefix(installed_catalogue().documentation))
        assert answer.status_code == 200, rule.id
        assert rule.id in answer.content.decode()


def test_every_refusal_has_its_page(client: Client) -> None:
    for code, refusal in installed_catalogue().refusals.items():
        answer = client.get(f"/docs/refus/{code}")
        assert answer.status_code == 200
        assert refusal.title.replace("'", "&#x27;") in answer.content.decode()


@pytest.mark.parametrize("path", ["/docs/regles/R-CDA-99999", "/docs/refus/INVENTE"])
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_rules_are_found_by_words_without_accents_a_page_at_a_time(client: Client) -> None:
    found = client.get("/docs/regles", {"q": "MATRICULE cle r-cda-045"}).content.decode()
    assert "1 règle pour" in found
    assert "/docs/regles/R-CDA-045" in found
    everything = client.get("/docs/regles").content.decode()
    assert f"{len(installed_catalogue().rules)} règles" in everything
    assert everything.count('href="/docs/regles/') == 100
    assert "apres=" in everything


def test_a_search_shows_its_words_as_text_and_refuses_a_cursor_of_its_own_making(client: Client) -> None:
    found = client.get("/docs/regles", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in found
    assert "0 règle" in found
    assert client.get("/docs/regles", {"apres": "###"}).status_code == 422
