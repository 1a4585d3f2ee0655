"""The JSON Schema of a model: whatever the engine finds conformant passes it, for two independent validators."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from model_generation import EXAMPLES, NAMES, as_given, body_of, catalogue_with, payloads, plain, published, verdict_on
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.identifiers import adeli, finess, ins, rpps, siren, siret
from sidoba_engine.model_schema import schema_of
from sidoba_engine.text_forms import FORMS

SLOW = settings(max_examples=3 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def validators(name: str) -> tuple[Any, Any]:
    """Python and Rust, formats asserted."""
    schema = schema_of(published(name), installed_catalogue())
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return (
        jsonschema.Draft202012Validator(schema, format_checker=checker),
        jsonschema_rs.validator_for(schema, validate_formats=True),
    )


def passes(name: str, value: Any) -> bool:
    """Both validators agree, and say so."""
    python, rust = validators(name)
    assert python.is_valid(value) == rust.is_valid(value), value
    return bool(python.is_valid(value))


@cache
def without_controls(name: str) -> tuple[BusinessModel, Catalogue]:
    """The same keys, no control: nearly every drawn payload is then conformant."""
    data = as_given(published(name)) | {"controles": []}
    catalogue = catalogue_with(data)
    return next(iter(catalogue.models.values())), catalogue


@pytest.mark.parametrize("name", NAMES)
def test_the_example_passes(name: str) -> None:
    model = published(name)
    assert passes(name, plain(json.loads(body_of(model, model.example))))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("with_controls", [True, False], ids=["controls", "no control"])
@SLOW
@given(data=st.data())
def test_what_is_conformant_passes(name: str, with_controls: bool, data: st.DataObject) -> None:
    model, catalogue = (published(name), installed_catalogue()) if with_controls else without_controls(name)
    payload = data.draw(payloads(model, published(name).example, catalogue))
    content = body_of(model, payload)
    verdict = verdict_on(content, model, catalogue)
    event("conformant" if verdict.is_conformant else "refused")
    note(str([(one.rule, one.location.path) for one in verdict.anomalies]))
    if verdict.is_conformant:
        assert passes(name, json.loads(content))


@pytest.mark.parametrize("name", [name for name in NAMES if "structure" in name])
def test_comments(name: str) -> None:
    model = published(name)
    key = next(iter(model.indicators))
    for comments, is_right in (
        ({key: "Vérifié."}, True),
        ({key: None}, True),
        (None, True),
        ({"inconnue": "x"}, False),
    ):
        body = json.loads(body_of(model, model.example)) | {"commentaires": comments}
        verdict = verdict_on(json.dumps(body).encode(), model, installed_catalogue())
        assert verdict.is_conformant is passes(name, plain(body)) is is_right


FAULTS: dict[str, Any] = {
    "a type": {"nombre_de_places": "36"},
    "true for 1": {"nombre_de_places": True},
    "a fraction": {"nombre_de_places": 36.5},
    "a bound": {"jours_ouverture_semaine": 8},
    "a code": {"statut_etablissement": "Public"},
    "a code of a value set": {"departement": "1"},
    "a form": {"finess_ej": "19999986"},
    "blank for a required text": {"raison_sociale": " \u00a0"},
    "null for a required key": {"nombre_de_places": None},
    "an unknown key": {"nombre_places": 36},
    "a null character": {"raison_sociale": "a\x00"},
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS)
def test_the_schema_refuses_what_a_schema_can_see(change: dict[str, Any]) -> None:
    name = "ssiad-structure@2026.0-brouillon"
    model = published(name)
    body = body_of(model, {**model.example, **change})
    assert not verdict_on(body, model, installed_catalogue()).is_conformant
    assert not passes(name, json.loads(body))


def test_dates_and_entities() -> None:
    name = "ssiad-usager@2026.0-brouillon"
    right = plain(dict(published(name).example))
    assert passes(name, {**right, "semaine": None}) and passes(name, {**right, "semaine": []})
    assert not passes(name, {**right, "semaine": [right["semaine"][0]] * 55})
    assert not passes(name, {**right, "date_entree": "2023-10-08T10:00:00Z"}), "a time is of events only"
    for written in ("2025-05-06", "2025-05-06T08:00", "2025-05-06T08:00:00+02:00"):
        event = {**right["evenement"][0], "date_debut": written}
        assert passes(name, {**right, "evenement": [event]}), written
    assert not passes(name, {**right, "evenement": [{**right["evenement"][0], "date_debut": "06/05/2025"}]})


def test_null_is_the_absence_of_an_optional_key_only() -> None:
    for name in NAMES:
        payload = schema_of(published(name), installed_catalogue())
        payload = payload.get("$defs", {}).get("donnees", payload)
        check = jsonschema.Draft202012Validator
        for key, said in payload["properties"].items():
            assert check(said).is_valid(None) is (key not in payload["required"]), key


@pytest.mark.parametrize("module", [finess, ins, siren, siret, rpps, adeli])
def test_forms_are_those_of_the_identifiers(module: Any) -> None:
    """A number that the engine finds right has the form that the schema gives."""
    right = {
        "finess": ["010001436", "2A0000170"],
        "ins": ["253072A07300443", "295109912611193"],
        "siren": ["732829320"],
        "siret": ["73282932000074"],
        "rpps": ["10003312345"],
        "adeli": ["019300001"],
    }
    name = module.__name__.rpartition(".")[2]
    check = jsonschema.Draft202012Validator({"pattern": f"^(?:{FORMS[name]})$"})
    for number in right[name]:
        assert module.is_well_formed(number) and check.is_valid(number)
        assert not check.is_valid(number[:-1]) and not check.is_valid(number + "1")


def test_every_format_of_the_engine_has_its_form() -> None:
    used = {one.format for name in NAMES for one in published(name).indicators.values() if one.format}
    assert used <= FORMS.keys()


def test_a_reference_that_the_catalogue_lacks_admits_any_text() -> None:
    data = as_given(published("ssiad-structure@2026.0-brouillon"))
    where = next(one for one in data["indicateurs"] if one["cle"] == "departement")
    where["valeurs_de"] = {"nature": "ans", "nom": "JDV_INCONNU"}
    said = schema_of(model_from_data(data), installed_catalogue())["$defs"]["donnees"]["properties"]["departement"]
    assert said["type"] == "string" and said["x-nomenclature"] == "JDV_INCONNU"
