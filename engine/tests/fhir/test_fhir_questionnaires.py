"""Answers to the business models as WS02 exports them: types, options, required questions."""

from __future__ import annotations

import json
from typing import Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.model_questionnaire import questionnaire_of
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge

CODE = "ssiad-usager"


def found_in(answers: list[dict[str, Any]], catalogue: Catalogue, status: str = "completed") -> set[tuple[str, str]]:
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": status,
        "questionnaire": f"{catalogue.documentation}/modeles/{CODE}",
        "item": answers,
    }
    content = json.dumps(response).encode()
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts(), door=Door.USER_DATA)
    return {(one.rule, one.location.path) for one in verdict.anomalies if one.rule in RULES}


RULES = {f"R-FHIR-{number:03d}" for number in range(71, 80)}


def questions(catalogue: Catalogue) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first group of the model that asks something, and its first required choice or question."""
    model = catalogue.model(CODE)
    assert model is not None
    for group in questionnaire_of(model, catalogue)["item"]:
        for item in group["item"]:
            if item.get("required") and item["type"] in ("choice", "string", "date"):
                return group, item
    raise AssertionError("no required question")


def test_a_question_of_a_model_is_known_and_its_group_takes_no_answer(catalogue: Catalogue) -> None:
    group, item = questions(catalogue)
    wrong = {"linkId": item["linkId"], "answer": [{"valueBoolean": True}]}
    found = found_in([{"linkId": group["linkId"], "item": [wrong]}], catalogue, "in-progress")
    assert ("R-FHIR-076", "/item/0/item/0/answer/0/valueBoolean") in found
    answered = {"linkId": group["linkId"], "answer": [{"valueBoolean": True}]}
    assert ("R-FHIR-074", "/item/0/answer") in found_in([answered], catalogue, "in-progress")


def test_a_required_question_is_asked_of_finished_answers_only(catalogue: Catalogue) -> None:
    group, item = questions(catalogue)
    answers = [{"linkId": group["linkId"], "item": [{"linkId": item["linkId"]}]}]
    assert ("R-FHIR-078", "/item/0/item/0") in found_in(answers, catalogue)
    assert not [rule for rule, _ in found_in(answers, catalogue, "in-progress") if rule == "R-FHIR-078"]


def test_an_unknown_question_and_one_out_of_its_group(catalogue: Catalogue) -> None:
    _, item = questions(catalogue)
    found = found_in([{"linkId": "rien"}, {"linkId": item["linkId"]}], catalogue, "in-progress")
    assert found == {("R-FHIR-072", "/item/0/linkId"), ("R-FHIR-073", "/item/1/linkId")}
