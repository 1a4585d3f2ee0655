"""Each function and operator against what the standard says of it (FHIRPath N1, and the section of FHIR R4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fhir_path_truths import ALL, CONVERSIONS, EXISTENCE, FHIR, FILTERING, MOMENTS, OPERATORS, TEXTS
from sidoba_engine.formats.fhir.path import EvaluationError, Node, NodeTypes, NotEvaluatedError
from sidoba_engine.formats.fhir.path.compiler import FUNCTIONS

Ask = Callable[..., list[Any]]

LOGIC = [
    # left, right, and, or, xor, implies
    ("true", "true", True, True, False, True),
    ("true", "false", False, True, True, False),
    ("true", "{}", None, True, None, None),
    ("false", "true", False, True, True, True),
    ("false", "false", False, False, False, True),
    ("false", "{}", False, None, None, True),
    ("{}", "true", None, True, None, True),
    ("{}", "false", False, None, None, None),
    ("{}", "{}", None, None, None, None),
]

ERRORS = (
    "name.single()",
    "active and name",
    "name.given.length()",
    "1 < 'a'",
    "true + 1",
    "1.contains('1')",
    "(1 | 2).toString()",
    "name is HumanName",
    "name as HumanName",
    "name['a']",
    "(1 | 'a').allTrue()",
)


@pytest.mark.parametrize(
    "truths",
    [EXISTENCE, FILTERING, TEXTS, CONVERSIONS, OPERATORS, MOMENTS, FHIR],
    ids=lambda truths: next(iter(truths)),
)
def test_truths_of_the_standard(ask: Ask, truths: dict[str, list[Any]]) -> None:
    surroundings = {"resolve": {}.get}
    answers = {text: ask(text, **surroundings) for text in truths}
    wrong = {text: answer for text, answer in answers.items() if not _identical(answer, truths[text])}
    assert wrong == {}


def _identical(answer: list[Any], expected: list[Any]) -> bool:
    return answer == expected and [type(item) is bool for item in answer] == [type(item) is bool for item in expected]


def test_three_valued_logic(ask: Ask) -> None:
    wrong = []
    for left, right, *answers in LOGIC:
        for operator, answer in zip(("and", "or", "xor", "implies"), answers, strict=True):
            if ask(f"({left}) {operator} ({right})") != ([] if answer is None else [answer]):
                wrong.append(f"{left} {operator} {right}")
    assert wrong == []


@pytest.mark.parametrize("text", ERRORS)
def test_what_does_not_apply_is_an_error(ask: Ask, text: str) -> None:
    with pytest.raises(EvaluationError):
        ask(text)


def test_every_function_has_its_truth() -> None:
    written = " ".join(ALL)
    elsewhere = {"memberOf", "conformsTo", "htmlChecks", "encode"}
    conversions = {name for name in FUNCTIONS if name.startswith("convertsTo")}
    silent = [name for name in FUNCTIONS.keys() - elsewhere - conversions if f"{name}(" not in written]
    assert silent == []


def test_value_sets_and_profiles_are_asked_of_the_caller(ask: Ask) -> None:
    known = {"urn:held": True}
    asked = ask("gender.memberOf('urn:held')", member_of=lambda node, url: known.get(url))
    assert asked == [True]
    with pytest.raises(NotEvaluatedError, match="urn:other"):
        ask("gender.memberOf('urn:other')", member_of=lambda node, url: known.get(url))
    with pytest.raises(NotEvaluatedError, match="memberOf"):
        ask("gender.memberOf('urn:held')")
    assert ask("conformsTo('urn:held')", conforms_to=lambda node, url: known.get(url)) == [True]
    with pytest.raises(NotEvaluatedError, match="conformsTo"):
        ask("conformsTo('urn:other')", conforms_to=lambda node, url: known.get(url))


def test_a_reference_is_looked_up_by_the_caller(ask: Ask, types: NodeTypes) -> None:
    away: dict[str, Any] = {"resourceType": "Patient", "id": "away"}
    found = ask("generalPractitioner.resolve().ofType(Patient).id", resolve={"Patient/away": away}.get)
    assert found == ["away"]
    as_node: dict[str, Node] = {"Patient/away": types.resource(away)}
    assert ask("generalPractitioner.resolve().ofType(Patient).id", resolve=as_node.get) == ["away"]
    with pytest.raises(NotEvaluatedError, match="resolve"):
        ask("generalPractitioner.resolve()")


def test_a_resource_of_a_type_that_the_model_does_not_describe(ask: Ask) -> None:
    found: dict[str, Any] = {"Patient/away": {"resourceType": "Composition", "title": "t", "section": [{"title": "s"}]}}
    away = "generalPractitioner[1].resolve()"
    assert ask(f"{away}.is(Composition)", resolve=found.get) == [True]
    assert ask(f"{away}.ofType(Resource).section.title", resolve=found.get) == ["s"]
    assert ask(f"{away}.is(Patient)", resolve=found.get) == [False]


def test_variables_of_the_caller(ask: Ask) -> None:
    assert ask("%questionnaire & '!'", variables={"questionnaire": "q"}) == ["q!"]
    with pytest.raises(NotEvaluatedError, match="%other"):
        ask("%other")
