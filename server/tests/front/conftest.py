"""Logging in for real: the password page, then the code page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from situations import Person

SignIn = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def _quick_secrets(quick_secrets: None) -> None:
    """Everywhere but in the tests of the sign-in, which take the real hash back."""


@pytest.fixture
def signed_in(db: None) -> SignIn:
    """A browser in which that person has given password and code."""

    def sign_in(person: Person) -> Client:
        client = Client()
        client.post("/connexion", {"login": person.account.email, "password": person.password})
        answer = client.post("/connexion/code", {"code": person.totp_code()})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return sign_in
