"""The Questionnaire of a model: right FHIR R4 for an independent validator, and every key asked as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fhirkit
import pytest
from model_generation import NAMES, as_given, published
from sidoba_engine.business_model import model_from_data
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.model_questionnaire import LARGEST_INTEGER, questionnaire_of
from sidoba_engine.value_choices import admitted_codes

SSIAD, USER = "ssiad-structure@2026.0-brouillon", "ssiad-usager@2026.0-brouillon"
TYPES = {"entier": "integer", "decimal": "decimal", "booleen": "boolean", "texte": "string", "date": "date"}


def asked(name: str) -> dict[str, Any]:
    return json.loads(json.dumps(questionnaire_of(published(name), installed_catalogue())))


def items_of(holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in holder.get("item", ()):
        yield item
        yield from items_of(item)


def questions(name: str) -> dict[str, dict[str, Any]]:
    return {item["linkId"]: item for item in items_of(asked(name)) if item["type"] not in ("group", "display")}


def extension(item: dict[str, Any], name: str) -> Any:
    for one in item.get("extension", ()):
        if one["url"].endswith(f"/{name}"):
            (value,) = (value for key, value in one.items() if key.startswith("value"))
            return value
    return None


def issues(resource: dict[str, Any]) -> list[str]:
    return [str(issue) for issue in fhirkit.validate(json.dumps(resource).encode())]


@pytest.mark.parametrize("name", NAMES)
def test_the_validator_finds_no_fault(name: str) -> None:
    assert issues(asked(name)) == []


def test_the_validator_would_find_one() -> None:
    """So that the test above says something."""
    for fault in ({"url": "pas une uri"}, {"item": [{"text": "sans linkId", "type": "group"}]}, {"inconnu": 1}):
        assert issues(asked(SSIAD) | fault) != []
    wrong = asked(SSIAD)
    wrong["item"][0]["item"][0]["required"] = "oui"
    assert issues(wrong) != []


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_asked_once_as_it_is(name: str) -> None:
    model, found = published(name), questions(name)
    assert list(found) != [] and found.keys() == model.indicators.keys()
    links = [item["linkId"] for item in items_of(asked(name))]
    assert len(links) == len(set(links))
    for key, indicator in model.indicators.items():
        item = found[key]
        assert (item["text"], item["required"]) == (indicator.label, indicator.required)
        if indicator.type in TYPES and indicator.entity != "evenement":
            assert item["type"] == TYPES[indicator.type]
        assert extension(item, "minValue") == indicator.minimum and extension(item, "maxValue") == indicator.maximum
        if indicator.unit and item["type"] in ("integer", "decimal"):
            assert extension(item, "questionnaire-unit") == {"display": indicator.unit}
        assert bool(extension(item, "regex")) is bool(indicator.format)
        assert [one["type"] for one in item.get("item", ())] == (["display"] if indicator.hint else [])


@pytest.mark.parametrize("name", NAMES)
def test_codes_are_choices(name: str) -> None:
    for key, indicator in published(name).indicators.items():
        codes = admitted_codes(indicator, installed_catalogue()) if indicator.type == "code" else None
        item = questions(name)[key]
        options = {one["valueCoding"]["code"]: one["valueCoding"]["display"] for one in item.get("answerOption", ())}
        assert options == (codes or {})
        assert (item["type"] == "choice") is bool(codes)


@pytest.mark.parametrize("name", NAMES)
def test_sections_are_groups_in_their_order(name: str) -> None:
    model = published(name)
    links = [group["linkId"] for group in asked(name)["item"]]
    assert links == [f"section/{code}" for code, _ in model.sections if f"section/{code}" in links] != []


@pytest.mark.parametrize("name", NAMES)
def test_types_are_those_of_fhir_r4(name: str) -> None:
    """The bindings and invariants that the validator leaves aside (que-1, que-2, que-4, que-5, que-6, que-9)."""
    for item in items_of(asked(name)):
        assert item["type"] in {"group", "display", *TYPES.values(), "dateTime", "choice"}
        assert (item["type"] == "group") <= bool(item.get("item"))
        assert (item["type"] == "display") <= (not item.keys() & {"item", "required", "repeats", "answerOption"})
        assert ("answerOption" in item) is (item["type"] == "choice")


def test_head() -> None:
    found = asked(SSIAD)
    assert (found["url"], found["version"]) == (
        f"{installed_catalogue().documentation}/modeles/ssiad-structure",
        "2026.0-brouillon",
    )
    assert (found["name"], found["status"], found["subjectType"]) == ("SsiadStructure", "draft", ["Organization"])
    assert asked(USER)["subjectType"] == ["Patient"]


def test_entities_are_repeated_groups() -> None:
    groups = {item["linkId"]: item for item in items_of(asked(USER)) if item["linkId"].startswith("entite/")}
    assert groups.keys() == {"entite/evaluation", "entite/evenement", "entite/semaine"}
    assert all(group["repeats"] and not group["required"] for group in groups.values())
    assert extension(groups["entite/semaine"], "questionnaire-maxOccurs") == 54
    held = {item["linkId"] for item in items_of(groups["entite/semaine"]) if item["type"] != "display"}
    assert held == {key for key in published(USER).indicators if key.startswith("semaine.")}
    assert questions(USER)["evenement.date_debut"]["type"] == "dateTime"


def test_an_entity_of_several_sections_is_one_group_still() -> None:
    data = as_given(published(USER))
    moved = [one for one in data["indicateurs"] if one["cle"].startswith("semaine.")][-2:]
    for one in moved:
        one["section"] = "synthese"
    next(one for one in data["entites"] if one["code"] == "semaine")["cardinalite"] = "1..54"
    found = questionnaire_of(model_from_data(data), installed_catalogue())
    assert issues(found) == []
    (group,) = [item for item in items_of(found) if item["linkId"] == "entite/semaine"]
    assert {part["linkId"] for part in group["item"]} == {"entite/semaine/semaine", "entite/semaine/synthese"}
    assert group["required"] is True and extension(group, "questionnaire-minOccurs") == 1


def test_what_fhir_cannot_hold_as_an_integer_is_a_decimal() -> None:
    data = as_given(published(SSIAD))
    large = next(one for one in data["indicateurs"] if one["type"] == "entier")
    large["max"] = LARGEST_INTEGER + 1
    found = questionnaire_of(model_from_data(data), installed_catalogue())
    item = next(item for item in items_of(found) if item["linkId"] == large["cle"])
    assert item["type"] == "decimal" and issues(found) == []
