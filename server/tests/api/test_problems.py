"""Refusals on the wire: one class per public code, one form for all, nothing of ours in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import situations
from calling import FHIR, Caller, Scene, body_of, code_of
from django.db import OperationalError
from sidoba_engine.catalogue import installed_catalogue
from sidoba_server.core.refusals import REFUSALS, NotFound

MEMBERS = ["type", "title", "status", "detail", "code", "correlation_id"]
TESTS = Path(__file__).resolve().parents[1]


def test_every_public_code_has_a_class_and_every_class_a_code() -> None:
    import config.urls  # noqa: F401 (loads every module that refuses)

    assert set(REFUSALS) == set(installed_catalogue().refusals)


def test_every_public_code_is_refused_by_a_test() -> None:
    """The code of each refusal stands in a test of the server."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    assert [code for code in installed_catalogue().refusals if f'"{code}"' not in text] == []


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_the_sentence_of_a_refusal_needs_the_facts_its_class_names(code: str) -> None:
    """The docstring of the class says the facts that fill the catalogue's sentence."""
    needed = set(re.findall(r"\{(\w+)\}", installed_catalogue().refusals[code].detail))
    named = set(re.findall(r"`(\w+)`", (REFUSALS[code].__doc__ or "")))
    assert needed <= named, f"{code}: {sorted(needed - named)} missing from the docstring of {REFUSALS[code].__name__}"


@pytest.mark.django_db
class TestForm:
    """What a refusal looks like."""

    def test_problem_json(self, scene: Scene) -> None:
        answer = scene.caller.get("/api/v1/collectes/0", X_Correlation_Id="essai-1")
        assert code_of(answer) == (404, "RESSOURCE_INCONNUE")
        problem = body_of(answer)
        assert list(problem) == MEMBERS
        assert problem["type"] == f"{installed_catalogue().documentation}/refus/RESSOURCE_INCONNUE"
        assert problem["correlation_id"] == answer["X-Correlation-Id"] == "essai-1"
        assert answer["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "accept", [FHIR, "application/fhir+json;q=0.9, text/html", "application/fhir+json; fhirVersion=4.0"]
    )
    def test_operation_outcome_for_who_asks_fhir(self, scene: Scene, accept: str) -> None:
        answer = scene.caller.get("/api/v1/collectes/0", Accept=accept, X_Correlation_Id="essai-1")
        assert (answer.status_code, answer["Content-Type"]) == (404, FHIR)
        outcome = body_of(answer)
        assert outcome["resourceType"] == "OperationOutcome"
        (issue,) = outcome["issue"]
        assert (issue["severity"], issue["code"]) == ("error", "not-found")
        assert issue["details"]["coding"][0]["code"] == "RESSOURCE_INCONNUE"
        assert "essai-1" in issue["diagnostics"]

    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json", "application/problem+json, application/fhir+json", ""]
    )
    def test_problem_for_everybody_else(self, scene: Scene, accept: str) -> None:
        assert code_of(scene.caller.get("/api/v1/collectes/0", Accept=accept))[0] == 404

    def test_never_an_outcome_for_401(self) -> None:
        answer = Caller().get("/api/v1/moi", Accept=FHIR)
        assert code_of(answer) == (401, "JETON_ABSENT") and answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(403, "forbidden"), (409, "conflict"), (413, "too-long"), (422, "processing"), (429, "throttled")],
    )
    def test_issue_types_are_those_of_fhir(self, scene: Scene, settings: Any, status: int, expected: str) -> None:
        if status == 403:
            situations.a_campaign(code="rama-2026", model="rama-structure")
            answer = scene.caller.post(scene.address("cda").replace("ssiad", "rama"), b"{}", kind=FHIR, Accept=FHIR)
        elif status == 409:
            filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
            filing.status = "close"
            filing.save()
            answer = scene.caller.post(scene.address("cda"), b"{}", kind=FHIR, Accept=FHIR)
        elif status == 413:
            settings.SIDOBA_MAX_BODY = 1
            answer = scene.caller.post(scene.address("cda"), b"{}", kind=FHIR, Accept=FHIR)
        elif status == 422:
            answer = scene.caller.get("/api/v1/campagnes?limite=0", Accept=FHIR)
        else:
            settings.SIDOBA_RATE_LIMIT = 0
            answer = scene.caller.get("/api/v1/moi", Accept=FHIR)
        assert answer.status_code == status
        assert body_of(answer)["issue"][0]["code"] == expected


@pytest.mark.django_db
class TestAddresses:
    """Addresses and methods nobody serves."""

    @pytest.mark.parametrize(
        "address",
        [
            "/api/",
            "/api/v1",
            "/api/v1/",
            "/api/v2/campagnes",
            "/api/v1/inconnu",
            "/api/v1/campagnes/",
            "/api/v1/collectes/0/%00",
            "/oauth/inconnu",
            "/oauth/",
            "/sante/",
            "/sante/inconnu",
        ],
    )
    def test_unknown_address(self, scene: Scene, address: str) -> None:
        assert code_of(scene.caller.get(address)) == (404, "RESSOURCE_INCONNUE")

    @pytest.mark.parametrize(
        ("method", "address", "allowed"),
        [
            ("POST", "/api/v1/campagnes", "GET"),
            ("DELETE", "/api/v1/collectes/0", "GET"),
            ("PUT", "/api/v1/campagnes/c/etablissements/019999994/structure", "POST"),
            ("GET", "/api/v1/campagnes/c/etablissements/019999994/cda", "POST"),
            ("GET", "/oauth/token", "POST"),
            ("POST", "/oauth/jwks", "GET, HEAD"),
            ("POST", "/sante/live", "GET, HEAD"),
            ("POST", "/sante/ready", "GET, HEAD"),
        ],
    )
    def test_other_method(self, scene: Scene, method: str, address: str, allowed: str) -> None:
        answer = scene.caller.call(method, address)
        assert code_of(answer) == (405, "METHODE_NON_ADMISE")
        assert answer["Allow"] == allowed and allowed in body_of(answer)["detail"]


@pytest.mark.django_db
class TestFaults:
    """We are wrong: nothing leaves but the correlation id."""

    @pytest.fixture
    def broken(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Make the reading of mandates fail as told."""

        def break_with(error: Exception) -> None:
            def fail(*_: object) -> None:
                raise error

            monkeypatch.setattr("sidoba_server.api.neighbours.me.mandates_of", fail)

        return break_with

    def test_a_fault_of_ours(self, scene: Scene, broken: Any, caplog: pytest.LogCaptureFixture) -> None:
        broken(RuntimeError('relation "vendors_mandate" does not exist, password=hunter2'))
        answer = scene.caller.get("/api/v1/moi", X_Correlation_Id="essai-7")
        assert code_of(answer) == (500, "ERREUR_INTERNE")
        assert body_of(answer)["correlation_id"] == "essai-7"
        for word in ("mandate", "does not exist", "hunter2", "Traceback", "RuntimeError", "sidoba_server"):
            assert word not in answer.content.decode()
        (logged,) = [record.msg for record in caplog.records if record.name == "sidoba_server.api.problems"]
        assert isinstance(logged, dict) and logged["correlation_id"] == "essai-7"
        assert "hunter2" in logged["exception"] and "Traceback" in logged["exception"], "the log has all of it"

    def test_infrastructure_trouble(self, scene: Scene, broken: Any) -> None:
        broken(OperationalError('connection to server at "10.0.0.1", port 5432 failed'))
        answer = scene.caller.get("/api/v1/moi")
        assert code_of(answer) == (503, "SERVICE_INDISPONIBLE")
        assert int(answer["Retry-After"]) > 0
        assert "5432" not in answer.content.decode() and "n'est pas en cause" in body_of(answer)["detail"]

    def test_a_fault_in_fhir(self, scene: Scene, broken: Any) -> None:
        broken(RuntimeError("secret"))
        answer = scene.caller.get("/api/v1/moi", Accept=FHIR)
        assert answer.status_code == 500 and body_of(answer)["issue"][0]["code"] == "transient"
        assert "secret" not in answer.content.decode()

    def test_outside_of_the_api_handlers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`/oauth` and `/sante` answer by the same handlers."""

        def fail() -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr("sidoba_server.api.neighbours.health.installed_catalogue", fail)
        answer = Caller().get("/sante/ready")
        assert code_of(answer) == (500, "ERREUR_INTERNE") and "secret" not in answer.content.decode()


def test_a_refusal_is_an_exception_with_its_code() -> None:
    with pytest.raises(NotFound, match="RESSOURCE_INCONNUE"):
        raise NotFound
