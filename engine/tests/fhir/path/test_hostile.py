"""Documents made to cost: linear where it can be, stopped by the budget where it cannot, never an unnamed failure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sidoba_engine.formats.fhir.path import Environment, Node, NodeTypes, State, TooCostlyError, compile_expression
from sidoba_engine.formats.fhir.path.evaluation import Run

CONTAINED_ARE_USED = (
    "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | "
    "%resource.descendants().as(uri) | %resource.descendants().as(url))) or "
    "descendants().where(reference = '#').exists()).not()).trace('unmatched', id).empty()"
)


def _steps(text: str, node: Node, types: NodeTypes, budget: int = 10_000_000) -> int:
    compiled = compile_expression(text)
    run = Run(node, Environment(types, resource=node, budget=budget))
    compiled._truth(node, run)
    return budget - run.left


def _patient(types: NodeTypes, count: int) -> Node:
    inside = [{"resourceType": "Observation", "id": f"o{index}", "status": "final"} for index in range(count)]
    references = [{"reference": f"#o{index}"} for index in range(count)]
    return types.resource({"resourceType": "Patient", "contained": inside, "generalPractitioner": references})


@pytest.mark.parametrize(
    "text",
    [
        CONTAINED_ARE_USED,
        "descendants().id.isDistinct()",
        "generalPractitioner.all(resolve().exists())",
        "generalPractitioner.reference.distinct().count() > 1",
        "contained.id.intersect(contained.id).exists()",
        "(contained.id | generalPractitioner.reference).exists()",
        "contained.all(id in %resource.contained.id)",
    ],
)
def test_ten_times_more_costs_about_ten_times_more(types: NodeTypes, text: str) -> None:
    small, large = (_steps(text, _patient(types, count), types) for count in (50, 500))
    assert large < 12 * small


@pytest.mark.parametrize(
    "text",
    [
        "contained.all(contained.all(true) and %resource.contained.where(id = $this.id).exists())",
        "contained.select(%resource.contained.where($this.id = id and $index >= 0)).exists()",
        "descendants().select(%resource.descendants().where($this is code)).exists()",
        "repeat($this | contained).select(%resource.contained.select(id & 'x')).exists()",
    ],
)
def test_a_product_of_lists_is_stopped_by_its_budget(types: NodeTypes, text: str) -> None:
    patient = _patient(types, 300)
    outcome = compile_expression(text).outcome(patient, Environment(types, resource=patient, budget=20_000))
    assert outcome.state is State.TOO_COSTLY


def test_an_expression_that_never_ends_is_stopped(types: NodeTypes) -> None:
    patient = _patient(types, 1)
    environment = Environment(types, resource=patient, budget=20_000)
    with pytest.raises(TooCostlyError):
        compile_expression("(1).repeat($this + 1)").evaluate(patient, environment)
    assert compile_expression("repeat($this)").evaluate(patient, environment) == [patient]
    with pytest.raises(TooCostlyError):
        compile_expression("descendants().aggregate($total & $total, 'x')").evaluate(_patient(types, 30), environment)


def test_very_deep_documents(types: NodeTypes) -> None:
    deep: dict[str, Any] = {"url": "urn:x", "valueString": "end"}
    for _ in range(190):
        deep = {"url": "urn:x", "extension": [deep]}
    node = types.resource({"resourceType": "Patient", "extension": [deep]})
    environment = Environment(types, resource=node)
    assert compile_expression("descendants().ofType(Extension).value = 'end'").holds(node, environment)
    assert compile_expression("extension = extension").holds(node, environment)
    assert compile_expression("repeat(extension).count() = 191").holds(node, environment)


MISPLACED = (None, True, 3, "x", [], {}, [[]], [None], [{}], {"a": {"b": 1}}, ["x", {"y": 1}], {"value": []})
EXPRESSIONS = (
    "name.exists()",
    "name.family = 'a'",
    "name.given.where($this = 'a').empty()",
    "birthDate < @2020",
    "contained.resolve().exists()",
    "generalPractitioner.resolve().exists()",
    "extension('urn:x').value.exists()",
    "descendants().exists()",
    "extension.value = extension.value",
    "descendants().isDistinct()",
    "active or deceased",
    "name.period.start <= name.period.end",
    "gender.matches('^a$')",
    CONTAINED_ARE_USED,
)
KEYS = (
    "name",
    "_name",
    "birthDate",
    "_birthDate",
    "contained",
    "generalPractitioner",
    "extension",
    "active",
    "deceasedBoolean",
    "gender",
    "resourceType",
    "_",
    "",
)


def test_elements_of_the_wrong_shape_end_in_an_outcome(types: NodeTypes) -> None:
    compiled = [compile_expression(text) for text in EXPRESSIONS]
    states = set()
    for key in KEYS:
        for value in MISPLACED:
            node = types.node({"resourceType": "Patient", "id": "p", key: value}, "Patient")
            environment = Environment(types, resource=node, resolve={}.get)
            states |= {expression.outcome(node, environment).state for expression in compiled}
    assert states == {State.HOLDS, State.FAILS, State.ERROR}


def test_numbers_without_end(types: NodeTypes) -> None:
    for number in (Decimal("1e999999"), Decimal("1e-999999"), 10**4000):
        quantity = types.node({"value": number, "unit": "kg"}, "Quantity")
        for text in ("value.floor()", "value div 3", "value * value", "value.toString()", "value ~ 1", "$this > $this"):
            outcome = compile_expression(text).outcome(quantity, Environment(types))
            assert outcome.state in (State.HOLDS, State.FAILS), (text, number, outcome)
