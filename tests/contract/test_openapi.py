"""The OpenAPI document says what the contract (API.md §1, §2) says: addresses, answers, headers, scopes, bodies."""

from __future__ import annotations

from typing import Any

import pytest

FHIR_BASE = "/api/v1/campagnes/{campagne}/etablissements/{finess}/fhir"
CALLS = {
    ("get", "/api/v1/campagnes"): ("campagnes:lire", {200, 401, 403, 404, 422, 429}),
    ("get", "/api/v1/modeles/{code}/versions/{version}"): ("modeles:lire", {200, 304, 401, 403, 404, 406, 429}),
    ("post", "/api/v1/modeles/validation"): ("modeles:lire", {200, 400, 401, 403, 413, 415, 429}),
    ("post", "/api/v1/modeles/{code}/versions/{version}/validation"): (
        "modeles:lire",
        {200, 400, 401, 403, 404, 413, 415, 429},
    ),
    ("get", "/api/v1/modeles/{code}/ecart"): ("modeles:lire", {200, 401, 403, 404, 422, 429}),
    ("post", "/api/v1/modeles/ecart"): ("modeles:lire", {200, 400, 401, 403, 404, 413, 415, 422, 429}),
    ("get", "/api/v1/regles"): ("modeles:lire", {200, 304, 401, 403, 422, 429}),
    ("get", "/api/v1/regles/{id}"): ("modeles:lire", {200, 304, 401, 403, 404, 429}),
    ("post", "/api/v1/campagnes/{campagne}/etablissements/{finess}/structure"): (
        "collecte:ecrire",
        {202, 400, 401, 403, 404, 409, 413, 415, 422, 429},
    ),
    ("post", "/api/v1/campagnes/{campagne}/etablissements/{finess}/cda"): (
        "collecte:ecrire",
        {202, 400, 401, 403, 404, 409, 413, 415, 422, 429},
    ),
    ("post", FHIR_BASE): ("collecte:ecrire", {200, 202, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429}),
    ("get", FHIR_BASE + "/metadata"): ("collecte:lire", {200, 401, 403, 404, 406, 422, 429}),
    ("get", FHIR_BASE + "/{type}/{id}"): ("collecte:lire", {200, 401, 403, 404, 406, 422, 429}),
    ("get", "/api/v1/fhir/metadata"): ("collecte:lire", {200, 401, 403, 406, 429}),
    ("get", "/api/v1/collectes/{id}"): ("collecte:lire", {200, 401, 403, 404, 429}),
    ("get", "/api/v1/campagnes/{campagne}/etablissements/{finess}/collecte"): (
        "collecte:lire",
        {200, 401, 403, 404, 422, 429},
    ),
    ("get", "/api/v1/traitements/{id}"): ("collecte:lire", {200, 401, 403, 404, 429}),
    ("get", "/api/v1/traitements/{id}/anomalies"): ("collecte:lire", {200, 401, 403, 404, 422, 429}),
    ("get", "/api/v1/traitements/{id}/documents"): ("collecte:lire", {200, 401, 403, 404, 422, 429}),
    ("get", "/api/v1/moi"): (None, {200, 401, 429}),
    ("post", "/oauth/token"): (None, {200, 400, 401, 429}),
    ("get", "/oauth/jwks"): (None, {200}),
    ("get", "/sante/live"): (None, {200}),
    ("get", "/sante/ready"): (None, {200}),
}
SENDING = [call for call in CALLS if call[1].endswith(("/structure", "/cda", "/fhir"))]
LISTS = [call for call in CALLS if call[1].endswith(("/campagnes", "/anomalies", "/documents", "/regles"))]


def operations(openapi: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): said for path, item in openapi["paths"].items() for method, said in item.items()}


def test_form(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1.")
    assert openapi["info"]["version"] == "1"


def test_the_calls_are_those_of_the_contract(openapi: dict[str, Any]) -> None:
    assert set(operations(openapi)) == set(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_answers_and_scope(openapi: dict[str, Any], call: tuple[str, str]) -> None:
    said, (scope, statuses) = operations(openapi)[call], CALLS[call]
    assert statuses <= {int(status) for status in said["responses"]}
    scopes = [scope for way in said["security"] for scope in way.get("jeton", [])]
    assert scopes == ([scope] if scope else [])
    assert said["summary"] and "description" not in said, "said in French, once"


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_every_refusal_is_a_problem(openapi: dict[str, Any], call: tuple[str, str]) -> None:
    """Except what RFC 6749 writes its own way."""
    for status, answer in operations(openapi)[call]["responses"].items():
        assert "X-Correlation-Id" in answer["headers"]
        if int(status) >= 400 and not (call[1] == "/oauth/token" and status in ("400", "401")):
            problem = answer["content"]["application/problem+json"]["schema"]
            assert problem == {"$ref": "#/components/schemas/Probleme"}
            assert ("application/fhir+json" in answer["content"]) is (call[1].startswith("/api") and status != "401")
        if status in ("429", "503"):
            assert "Retry-After" in answer["headers"]


@pytest.mark.parametrize("call", SENDING, ids=" ".join)
def test_sending(openapi: dict[str, Any], call: tuple[str, str]) -> None:
    said = operations(openapi)[call]
    headers = {p["name"]: p["required"] for p in said["parameters"] if p["in"] == "header"}
    waited = {"Prefer": False} if call[1] == FHIR_BASE else {}
    assert headers == {"Idempotency-Key": True, "Content-Digest": False, "X-Correlation-Id": False} | waited
    assert {"Location", "Retry-After", "Idempotency-Replayed", "RateLimit"} <= set(said["responses"]["202"]["headers"])
    assert said["requestBody"]["required"] is True
    (mode,) = [p["schema"] for p in said["parameters"] if p["name"] == "mode"]
    assert (mode["enum"], mode["default"]) == (["partiel", "tout_ou_rien"], "partiel")


def test_answers_in_fhir(openapi: dict[str, Any]) -> None:
    said = operations(openapi)["post", FHIR_BASE]
    assert set(said["requestBody"]["content"]) == {"application/fhir+json", "application/fhir+xml"}
    assert set(said["responses"]["200"]["content"]) == {"application/json", "application/fhir+json"}
    for call in CALLS:
        if call[1].endswith(("/metadata", "/fhir/{type}/{id}")):
            assert "application/fhir+json" in operations(openapi)[call]["responses"]["200"]["content"]


@pytest.mark.parametrize("call", LISTS, ids=" ".join)
def test_lists(openapi: dict[str, Any], call: tuple[str, str]) -> None:
    said = operations(openapi)[call]
    query = {p["name"]: p for p in said["parameters"] if p["in"] == "query"}
    limit = query["limite"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 500, 100)
    assert query["apres"]["required"] is False
    schema = said["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert {"elements", "suivant"} <= set(openapi["components"]["schemas"][schema]["required"])


@pytest.mark.parametrize(
    "call", [c for c in CALLS if c[1].endswith(("/collecte", "/collectes/{id}", "/versions/{version}"))], ids=" ".join
)
def test_what_carries_an_etag(openapi: dict[str, Any], call: tuple[str, str]) -> None:
    assert "ETag" in operations(openapi)[call]["responses"]["200"]["headers"]


def test_the_page_shows_this_document_and_nothing_from_elsewhere(db: None) -> None:
    from calling import Caller

    page = Caller().get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200 and "/api/v1/openapi.json" in text
    assert "https://" not in text and "http://" not in text, "no script or style from another host"
