"""WS02: the JSON Schema and the Questionnaire of a published model."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest
import situations
from calling import Scene, body_of
from sidoba_server.publishing.actions import publish_model

pytestmark = pytest.mark.django_db

LATEST = "/api/v1/modeles/ssiad-structure/versions/derniere"
SCHEMA = "application/schema+json"
FHIR = "application/fhir+json"
FORMS = ["application/json", SCHEMA, FHIR]


def form(scene: Scene, media_type: str, code: str = "ssiad-structure") -> Any:
    answer = scene.caller.get(LATEST.replace("ssiad-structure", code), Accept=media_type)
    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    return body_of(answer)


def test_the_schema_takes_the_body_of_ws05(scene: Scene) -> None:
    schema = form(scene, SCHEMA)
    model = situations.the_model()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/modeles/ssiad-structure/versions/{model.version}")
    check = jsonschema.Draft202012Validator(schema)
    check.check_schema(schema)
    assert check.is_valid(msgspec.json.decode(situations.a_structure_body()))
    wrong = situations.a_structure_body(situations.example_values(nombre_de_places="36"))
    (error,) = check.iter_errors(msgspec.json.decode(wrong))
    assert list(error.absolute_path) == ["donnees", "nombre_de_places"]


def test_the_schema_of_a_user_model_takes_the_bare_payload(scene: Scene) -> None:
    model = situations.the_model("ssiad-usager")
    publish_model(situations.PLATFORM, model=model)
    assert jsonschema.Draft202012Validator(form(scene, SCHEMA, "ssiad-usager")).is_valid(dict(model.example))


def test_the_questionnaire_asks_every_key(scene: Scene) -> None:
    questionnaire = form(scene, FHIR)
    assert (questionnaire["resourceType"], questionnaire["status"]) == ("Questionnaire", "draft")
    keys = {item["linkId"] for group in questionnaire["item"] for item in group["item"]}
    assert keys == set(situations.the_model().indicators)


@pytest.mark.parametrize("accept", ["application/fhir+json; fhirVersion=4.0", "text/html, application/fhir+json;q=0.5"])
def test_ways_of_asking_for_fhir(scene: Scene, accept: str) -> None:
    assert scene.caller.get(LATEST, Accept=accept)["Content-Type"] == FHIR


def test_each_form_has_its_own_tag(scene: Scene) -> None:
    answers = {media_type: scene.caller.get(LATEST, Accept=media_type) for media_type in FORMS}
    assert len({answer["ETag"] for answer in answers.values()}) == 3
    for media_type, first in answers.items():
        assert "Accept" in first["Vary"] and "max-age" in first["Cache-Control"]
        again = scene.caller.get(LATEST, Accept=media_type, If_None_Match=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = scene.caller.get(LATEST, Accept=SCHEMA, If_None_Match=answers["application/json"]["ETag"])
    assert other.status_code == 200


def test_an_unknown_model_is_an_outcome_for_who_asks_fhir(scene: Scene) -> None:
    answer = scene.caller.get(LATEST.replace("ssiad", "inconnu"), Accept=FHIR)
    assert (answer.status_code, body_of(answer)["resourceType"]) == (404, "OperationOutcome")
