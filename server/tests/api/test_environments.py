"""Sandbox and production: the credential tells which, and neither ever sees the other."""

from __future__ import annotations

from typing import Any

import pytest
import situations
from calling import Caller, Scene, a_scene, a_token, body_of, code_of
from sidoba_server.core.actor import platform
from sidoba_server.core.ids import new_id
from sidoba_server.core.models import Payload
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.models import ProcessingRun
from sidoba_server.publishing.models import PublishedModel

pytestmark = pytest.mark.django_db

PRODUCTION = platform("production")
WELL_KEYED, WRONGLY_KEYED = "010000016", "010000017"


@pytest.fixture
def both(quick_secrets: None, settings: Any) -> dict[str, Scene]:
    """The same codes and numbers in both environments, on a deployment that serves both."""
    settings.SIDOBA_ENVIRONMENTS = ["bac_a_sable", "production"]
    return {
        actor.environment: a_scene(establishment=situations.an_establishment(finess=WELL_KEYED, by=actor), by=actor)
        for actor in (situations.PLATFORM, PRODUCTION)
    }


def test_each_sees_its_own_campaigns(both: dict[str, Scene]) -> None:
    situations.a_campaign(code="rama-2026", model="rama-structure", by=PRODUCTION)
    for environment, codes in (("bac_a_sable", ["ssiad-2026"]), ("production", ["rama-2026", "ssiad-2026"])):
        listed = body_of(both[environment].caller.get("/api/v1/campagnes"))["elements"]
        assert [campaign["code"] for campaign in listed] == codes
        assert {campaign["environnement"] for campaign in listed} == {environment}


def test_a_campaign_of_the_other_is_unknown(both: dict[str, Scene]) -> None:
    situations.a_campaign(code="rama-2026", model="rama-structure", by=PRODUCTION)
    answers = [
        both["bac_a_sable"].caller.post(
            f"/api/v1/campagnes/{code}/etablissements/{WELL_KEYED}/structure", b"{}", X_Correlation_Id="c"
        )
        for code in ("rama-2026", "inconnue")
    ]
    assert code_of(answers[0]) == (404, "CAMPAGNE_INCONNUE")
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    "ask",
    [
        lambda caller, finess: caller.get(f"/api/v1/campagnes?finess={finess}", X_Correlation_Id="c"),
        lambda caller, finess: caller.get(
            f"/api/v1/campagnes/ssiad-2026/etablissements/{finess}/collecte", X_Correlation_Id="c"
        ),
        lambda caller, finess: caller.post(
            f"/api/v1/campagnes/ssiad-2026/etablissements/{finess}/structure", b"{}", X_Correlation_Id="c"
        ),
        lambda caller, finess: caller.post(
            f"/api/v1/campagnes/ssiad-2026/etablissements/{finess}/cda", b"{}", X_Correlation_Id="c"
        ),
    ],
    ids=["ws01", "ws06", "ws05", "ws07"],
)
def test_unknown_foreign_and_unmandated_establishments_answer_the_same_bytes(both: dict[str, Scene], ask: Any) -> None:
    situations.an_establishment(finess="010000024", by=PRODUCTION)
    situations.an_establishment(finess="010000032", by=situations.PLATFORM)
    answers = [ask(both["bac_a_sable"].caller, finess) for finess in ("010000040", "010000024", "010000032")]
    assert [code_of(answer) for answer in answers] == [(404, "ETABLISSEMENT_INCONNU")] * 3
    assert len({answer.content for answer in answers}) == 1


def test_filings_and_runs_of_the_other_are_not_there(both: dict[str, Scene]) -> None:
    theirs = body_of(both["production"].send())
    addresses = [theirs["collecte"]["href"]] + [
        theirs["traitement"]["href"] + end for end in ("", "/anomalies", "/documents")
    ]
    for address in addresses:
        mine = both["production"].caller.get(address)
        assert mine.status_code == 200
        unknown = address.replace(theirs["collecte"]["id"], str(new_id())).replace(
            theirs["traitement"]["id"], str(new_id())
        )
        foreign = [both["bac_a_sable"].caller.get(tried, X_Correlation_Id="c") for tried in (address, unknown)]
        assert code_of(foreign[0]) == (404, "RESSOURCE_INCONNUE")
        assert foreign[0].content == foreign[1].content


def test_the_same_software_with_mandates_in_both(both: dict[str, Scene]) -> None:
    """A mandate given in one world is not one of the other, even for the same software."""
    told = {name: body_of(scene.caller.get("/api/v1/moi")) for name, scene in both.items()}
    assert both["bac_a_sable"].access.software.pk == both["production"].access.software.pk
    for environment, me in told.items():
        assert me["environnement"] == environment and len(me["mandats"]) == 1


def test_a_model_published_in_one_is_unknown_in_the_other(both: dict[str, Scene]) -> None:
    only = PublishedModel.objects.get(environment="production", code="ssiad-structure")
    only.pk, only.code = new_id(), "ssiad-essai"
    only.save(force_insert=True)
    address = "/api/v1/modeles/ssiad-essai/versions/derniere"
    assert both["production"].caller.get(address).status_code == 200
    answers = [
        both["bac_a_sable"].caller.get(tried, X_Correlation_Id="c")
        for tried in (address, address.replace("essai", "inconnu"))
    ]
    assert code_of(answers[0]) == (404, "MODELE_INCONNU") and answers[0].content == answers[1].content


def test_the_same_bytes_are_sealed_apart(both: dict[str, Scene]) -> None:
    for scene in both.values():
        scene.send(b"{}")
    sealed = list(Payload.objects.values_list("environment", "digest"))
    assert len(sealed) == 2 and len({digest for _, digest in sealed}) == 1


def test_pseudonyms_differ(both: dict[str, Scene], corpus: Any) -> None:
    """The same person is another one in the other world."""
    from msgspec import json
    from sidoba_engine.formats.cda.wrap import document_reference

    document = json.encode(document_reference((corpus / "cda" / "valides" / "ssiad-usager-01.xml").read_bytes()))
    seen = set()
    for scene in both.values():
        answer = scene.caller.post(scene.address("cda"), document, kind="application/fhir+json")
        run = ProcessingRun.objects.get(pk=body_of(answer)["traitement"]["id"])
        judge_run(run.pk)
        seen |= set(run.documents.values_list("pseudonym", flat=True))
    assert len(seen) == 2


def test_the_key_of_a_finess_number_counts_in_production_only(both: dict[str, Scene]) -> None:
    for actor in (situations.PLATFORM, PRODUCTION):
        wrongly = situations.an_establishment(finess=WRONGLY_KEYED, by=actor)
        scene = a_scene(campaign=both[actor.environment].campaign, establishment=wrongly, by=actor)
        answer = scene.send()
        if actor.environment == "production":
            assert code_of(answer) == (422, "FINESS_INVALIDE") and "clé" in body_of(answer)["detail"]
            read = scene.caller.get(scene.address("collecte"))
            assert code_of(read) == (422, "FINESS_INVALIDE")
        else:
            assert answer.status_code == 202


def test_a_deployment_refuses_the_environment_it_does_not_serve(both: dict[str, Scene], settings: Any) -> None:
    settings.SIDOBA_ENVIRONMENTS = ["bac_a_sable"]
    assert both["bac_a_sable"].caller.get("/api/v1/moi").status_code == 200
    assert code_of(both["production"].caller.get("/api/v1/moi")) == (401, "JETON_INVALIDE")


def test_the_verdict_is_that_of_the_environment(both: dict[str, Scene]) -> None:
    for environment, scene in both.items():
        receipt = body_of(scene.send())
        judge_run(ProcessingRun.objects.get(pk=receipt["traitement"]["id"]).pk)
        verdict = body_of(scene.caller.get(receipt["traitement"]["href"]))["verdict"]
        assert verdict["environnement"] == environment


def test_one_token_for_each(both: dict[str, Scene]) -> None:
    """Nothing in a request changes the environment of its token."""
    caller = Caller(a_token(both["bac_a_sable"].access))
    told = caller.call("GET", "/api/v1/moi?environnement=production", X_Environnement="production")
    assert body_of(told)["environnement"] == "bac_a_sable"
