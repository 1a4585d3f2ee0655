"""Nobody sees a page without a password and a second factor, and what is refused is said in French."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import situations as given
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, get_resolver
from sidoba_server.core import clock
from sidoba_server.front.urls import OPEN_PAGES, PAGES

pytestmark = pytest.mark.django_db
SignIn = Callable[[given.Person], Client]
ID = "01900000-0000-7000-8000-000000000000"


def addresses() -> Iterator[tuple[str, str]]:
    """Every page of the front, by name, with an address that fits its route."""
    for pattern in get_resolver("sidoba_server.front.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        yield str(pattern.name), "/" + str(pattern.pattern).replace("<uuid:filing_id>", ID).replace("<uuid:run_id>", ID)


CLOSED = [address for name, address in addresses() if name not in {name for _, _, name in OPEN_PAGES}]


@pytest.fixture
def quick_secrets() -> None:
    """Passwords are hashed here as they really are."""


@pytest.fixture
def person() -> given.Person:
    return given.an_account_with_role("verificateur", given.an_establishment())


def log_in(client: Client, person: given.Person, *, password: str = "", code: str = "") -> Any:
    """The password page, then the code page when `code` is given."""
    answer = client.post("/connexion", {"login": person.account.email, "password": password or person.password})
    return client.post("/connexion/code", {"code": code}) if code else answer


def test_the_list_of_pages_is_not_empty() -> None:
    assert len(CLOSED) == len(PAGES) >= 6


@pytest.mark.parametrize("address", CLOSED)
def test_without_logging_in_every_page_leads_to_the_login(address: str) -> None:
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/connexion?next=")
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", CLOSED)
def test_the_password_alone_opens_nothing(address: str, person: given.Person) -> None:
    client = Client()
    assert log_in(client, person)["Location"] == "/connexion/code"
    assert client.get(address)["Location"].startswith("/connexion?next=")


@pytest.mark.parametrize("address", CLOSED)
def test_an_account_without_second_factor_is_told_to_get_one(address: str, person: given.Person) -> None:
    Authenticator.objects.all().delete()
    client = Client()
    log_in(client, person)
    answer = client.get(address)
    assert answer.status_code == 403
    assert "Second facteur nécessaire" in answer.content.decode()


def test_a_second_factor_added_since_must_be_given(person: given.Person) -> None:
    kept = list(Authenticator.objects.all())
    Authenticator.objects.all().delete()
    client = Client()
    log_in(client, person)
    Authenticator.objects.bulk_create(kept)
    assert client.get("/").status_code == 403


def test_password_and_code_open_the_page_asked_for(person: given.Person) -> None:
    client = Client()
    first = client.post(
        "/connexion", {"login": person.account.email.upper(), "password": person.password, "next": "/?limite=1"}
    )
    assert first["Location"].startswith("/connexion/code")
    answer = client.post("/connexion/code", {"code": person.totp_code()})
    assert answer["Location"] == "/?limite=1"
    page = client.get("/")
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "Camille Durand" in page.content.decode()


def test_a_recovery_code_serves_once(person: given.Person) -> None:
    codes = RecoveryCodes.activate(person.account).get_unused_codes()
    assert log_in(Client(), person, code=codes[0]).status_code == 302
    assert "Code incorrect" in log_in(Client(), person, code=codes[0]).content.decode()


def test_a_code_serves_once(person: given.Person) -> None:
    code = person.totp_code()
    assert log_in(Client(), person, code=code).status_code == 302
    assert log_in(Client(), person, code=code).status_code == 200


def test_a_code_of_an_hour_ago_is_refused(person: given.Person) -> None:
    import time

    answer = log_in(Client(), person, code=person.totp_code(at=time.time() - 3600))
    assert "Le code n'a pas été accepté" in answer.content.decode()


def test_a_wrong_password_and_an_unknown_address_read_the_same(person: given.Person) -> None:
    wrong = log_in(Client(), person, password="ce n'est pas celui-ci")
    unknown = Client().post("/connexion", {"login": "personne@ailleurs.fr", "password": "ce n'est pas celui-ci"})
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "ou le mot de passe sont incorrects" in answer.content.decode()
        assert "La connexion n'a pas abouti" in answer.content.decode()


def test_after_eight_failures_the_account_is_locked_out_in_french(person: given.Person) -> None:
    client = Client()
    answers = [log_in(client, person, password="ce n'est pas celui-ci") for _ in range(8)]
    assert [answer.status_code for answer in answers[:7]] == [200] * 7
    assert answers[7].status_code == 429
    locked = log_in(client, person)
    assert locked.status_code == 429
    assert "Trop d'essais de connexion" in locked.content.decode()
    assert "15 minutes" in locked.content.decode()
    colleague = given.an_account_with_role("lecteur", given.an_establishment())
    assert log_in(client, colleague).status_code == 302


def test_a_person_entitled_to_nothing_is_told_so(signed_in: SignIn) -> None:
    answer = signed_in(given.a_person()).get("/")
    assert answer.status_code == 403
    assert "Aucun établissement ne vous est confié" in answer.content.decode()


def test_an_inactive_account_does_not_get_in(person: given.Person) -> None:
    person.account.is_active = False
    person.account.save()
    client = Client()
    log_in(client, person)
    assert client.get("/").status_code == 302


def test_logging_out_ends_the_session(person: given.Person, signed_in: SignIn) -> None:
    client = signed_in(person)
    assert client.get("/deconnexion").status_code == 200
    assert client.get("/").status_code == 200
    assert client.post("/deconnexion")["Location"] == "/connexion"
    assert client.get("/").status_code == 302


def test_a_session_ends_by_itself(person: given.Person, signed_in: SignIn) -> None:
    client = signed_in(person)
    assert client.cookies["sessionid"]["max-age"] == ""  # with the browser
    assert client.cookies["sessionid"]["httponly"]
    session = Session.objects.get(pk=client.cookies["sessionid"].value)
    assert session.expire_date - clock.now() <= timedelta(hours=8)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert client.get("/").status_code == 302


def test_nobody_signs_up_alone() -> None:
    assert Client().get("/inscription").status_code == 404
    assert "inscri" not in Client().get("/connexion").content.decode().lower()


def test_who_lost_a_password_is_told_whom_to_ask() -> None:
    assert "Demandez à votre administrateur" in Client().get("/mot-de-passe-oublie").content.decode()
