"""Rules of the house that a machine can hold: who filters, who may call, what a GET may do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SERVER = Path(__file__).resolve().parents[2] / "server" / "src" / "sidoba_server"
READS = {"filter", "exclude", "get"}
BOUNDS = {"environment", "establishment", "establishment_id", "establishment__finess", "establishment__environment"}
ALLOWED = {
    "core/payloads.py": "the store itself: the environment is an argument its callers must give",
}
"""Modules that may bound a read by environment or establishment beside `queries.py`, each with its reason."""


def bounded_reads(path: Path) -> Iterator[int]:
    """Lines where a query is narrowed by environment or establishment."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            names = {keyword.arg or "" for keyword in node.keywords}
            if any(name in BOUNDS or name.endswith(("__environment", "__establishment")) for name in names):
                yield node.lineno


def test_who_sees_what_is_decided_in_queries_only() -> None:
    """A read bounded elsewhere is a read that another place will forget to bound."""
    found = {
        f"{path.relative_to(SERVER)}:{line}"
        for path in SERVER.rglob("*.py")
        if path.name != "queries.py" and "migrations" not in path.parts
        for line in bounded_reads(path)
        if str(path.relative_to(SERVER)) not in ALLOWED
    }
    assert found == set()


@pytest.mark.parametrize("module", sorted(ALLOWED))
def test_the_allowed_ones_still_need_it(module: str) -> None:
    assert list(bounded_reads(SERVER / module)), f"{module} no longer needs its place in the list"


def test_the_api_writes_through_actions_only() -> None:
    """No module of the border saves, creates, updates or deletes a row."""
    writes = {"save", "create", "update_or_create", "get_or_create", "bulk_create", "bulk_update", "delete"}
    found = {
        f"{path.relative_to(SERVER)}:{node.lineno}"
        for path in (SERVER / "api").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes
    }
    assert found == set()


def test_every_operation_asks_for_a_token() -> None:
    """Denial by default: an operation without `Scope` does not exist; only /moi takes any valid token."""
    from sidoba_server.api.authentication import Scope
    from sidoba_server.api.urls import api

    scopes = {
        operation.operation_id: [auth.scope for auth in operation.auth_callbacks if isinstance(auth, Scope)]
        for operation in api._operations()
    }
    assert len(scopes) >= 10
    assert {name for name, found in scopes.items() if len(found) != 1} == set()
    assert {name for name, found in scopes.items() if found == [None]} == {"moi"}
    judging = {"ws03_modele", "ws03_donnees", "ws04_ecart"}  # a body is asked a question: nothing is stored
    for operation in api._operations():
        name = operation.operation_id
        assert (
            "GET" in operation.methods or name in judging or scopes[name][0] in ("collecte:ecrire", "collecte:statut")
        )


def test_a_get_writes_nothing(judged_scene: Any) -> None:
    """Every GET of the API, met twice: the only statement that is not a reading counts the request."""
    import situations
    from calling import Caller, a_token
    from django.db import connection
    from sidoba_server.filings.models import UserResource

    filing, run = judged_scene.filing, situations.ProcessingRun.objects.filter(status="termine")[0]
    caller = Caller(a_token(judged_scene.access))
    addresses = [
        "/api/v1/campagnes?finess=019999994&statut=ouverte",
        "/api/v1/modeles/ssiad-structure/versions/derniere",
        f"/api/v1/collectes/{filing.pk}",
        judged_scene.address("collecte"),
        f"/api/v1/traitements/{run.pk}",
        f"/api/v1/traitements/{run.pk}/anomalies",
        f"/api/v1/traitements/{run.pk}/documents",
        judged_scene.address("fhir/metadata"),
        judged_scene.address(f"fhir/Patient/{UserResource.objects.get(type='Patient').pk}"),
        "/api/v1/fhir/metadata",
        "/api/v1/moi",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/oauth/jwks",
        "/sante/ready",
        "/sante/live",
    ]
    written = []

    def watch(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        if not statement.startswith("SELECT") or "nextval" in statement or "FOR UPDATE" in statement:
            written.append(statement)
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(watch):
        for address in addresses:
            assert caller.get(address).status_code == 200, address
    assert {statement.split("(")[0].strip() for statement in written} <= {"INSERT INTO core_ratewindow AS r"}
    assert len(written) == 11, "one per call with a token"


@pytest.mark.django_db
def test_no_table_without_its_migration() -> None:
    from io import StringIO

    from django.core.management import call_command

    told = StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=told, verbosity=1)
    except SystemExit:
        pytest.fail(told.getvalue())
