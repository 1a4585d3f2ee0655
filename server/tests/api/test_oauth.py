"""`POST /oauth/token`: client credentials as RFC 6749 writes them; tokens and secrets are kept hashed."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import situations
from calling import Caller, body_of, code_of
from django.db import connection
from django.http import HttpResponse
from psycopg import sql
from sidoba_server.core import clock

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def access(db: None) -> situations.Access:
    return situations.an_access(scopes=["campagnes:lire", "modeles:lire"])


def basic(access: situations.Access, secret: str | None = None) -> str:
    pair = f"{access.credential.client_id}:{secret if secret is not None else access.secret}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def ask(authorization: str | None, **fields: str) -> HttpResponse:
    headers = {} if authorization is None else {"Authorization": authorization}
    return Caller().call("POST", "/oauth/token", urlencode(fields).encode(), FORM, **headers)


def granted(access: situations.Access, **fields: str) -> dict[str, Any]:
    answer = ask(basic(access), grant_type="client_credentials", **fields)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = body_of(answer)
    return found


def test_a_token_that_works(access: situations.Access) -> None:
    answer = ask(basic(access), grant_type="client_credentials")
    told = body_of(answer)
    assert answer["Cache-Control"] == "no-store"
    assert (told["token_type"].lower(), told["expires_in"]) == ("bearer", 600)
    assert set(told["scope"].split()) == {"campagnes:lire", "modeles:lire"}, "all that the credential has"
    assert "refresh_token" not in told
    assert Caller(told["access_token"]).get("/api/v1/campagnes").status_code == 200


def test_fewer_scopes_on_demand(access: situations.Access) -> None:
    told = granted(access, scope="modeles:lire")
    assert told["scope"] == "modeles:lire"
    assert code_of(Caller(told["access_token"]).get("/api/v1/campagnes")) == (403, "PORTEE_ABSENTE")


@pytest.mark.parametrize("scope", ["collecte:ecrire", "modeles:lire collecte:ecrire", "inconnue", "admin:*"])
def test_scopes_the_credential_does_not_have(access: situations.Access, scope: str) -> None:
    """Never a token that says more than it can do."""
    answer = ask(basic(access), grant_type="client_credentials", scope=scope)
    assert (answer.status_code, body_of(answer)["error"]) == (400, "invalid_scope")


def test_wrong_secret_or_client(access: situations.Access) -> None:
    unknown = "Basic " + base64.b64encode(b"inconnu:secret").decode()
    for authorization in (basic(access, "faux"), basic(access, ""), unknown, "Basic !", "Bearer x", None):
        answer = ask(authorization, grant_type="client_credentials")
        assert (answer.status_code, body_of(answer)["error"]) == (401, "invalid_client"), authorization
        assert answer["WWW-Authenticate"].startswith("Basic "), "RFC 6749 §5.2"
        assert answer["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code", "inconnu", ""])
def test_other_grants(access: situations.Access, grant: str) -> None:
    answer = ask(basic(access), grant_type=grant, username="a", password="b", code="c", refresh_token="d")
    assert answer.status_code in (400, 401)
    assert body_of(answer)["error"] in (
        "unsupported_grant_type",
        "unauthorized_client",
        "invalid_grant",
        "invalid_request",
    )
    assert "access_token" not in body_of(answer)


def test_no_key_in_an_address(access: situations.Access) -> None:
    query = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": access.credential.client_id,
            "client_secret": access.secret,
        }
    )
    answer = Caller().call("POST", f"/oauth/token?{query}", b"", FORM)
    assert answer.status_code in (400, 401) and "access_token" not in body_of(answer)


def test_only_post() -> None:
    answer = Caller().get("/oauth/token")
    assert code_of(answer) == (405, "METHODE_NON_ADMISE") and answer["Allow"] == "POST"


def test_a_token_lives_ten_minutes(access: situations.Access) -> None:
    caller = Caller(granted(access)["access_token"])
    made = clock.now()
    for after, status in ((0, 200), (595, 200), (601, 401)):
        with clock.frozen_at(made + timedelta(seconds=after)):
            assert caller.get("/api/v1/moi").status_code == status, after


def test_neither_token_nor_secret_is_in_the_database(access: situations.Access) -> None:
    token = granted(access)["access_token"]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            query = sql.SQL("SELECT count(*) FROM {} AS t WHERE position(%s IN t::text) + position(%s IN t::text) > 0")
            cursor.execute(query.format(sql.Identifier(table)), [token, access.secret])
            assert cursor.fetchone() == (0,), table


def test_a_token_of_one_credential_is_not_that_of_another(access: situations.Access) -> None:
    other = situations.an_access(software=situations.a_software(name="Autre DUI"))
    told = Caller(granted(other)["access_token"]).get("/api/v1/moi")
    assert body_of(told)["logiciel"]["nom"] == "Autre DUI"


def test_tries_are_limited_per_address(access: situations.Access, settings: Any) -> None:
    """Against guessing; announced, and refused like everything else."""
    settings.SIDOBA_TOKEN_RATE_LIMIT = 3
    answers = [ask(basic(access, "faux"), grant_type="client_credentials") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert code_of(answers[3]) == (429, "TROP_DE_DEMANDES")
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert "r=2" in answers[0]["RateLimit"] and "q=3" in answers[0]["RateLimit-Policy"]


def test_errors_name_no_library(access: situations.Access) -> None:
    for fields in ({}, {"grant_type": "x"}, {"grant_type": "client_credentials", "scope": "x"}):
        text = ask(basic(access), **fields).content.decode().lower()
        assert not [name for name in ("django", "oauthlib", "python", "traceback") if name in text]
