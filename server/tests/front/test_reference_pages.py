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
