"""The constraints of base R4 and of the guide on the guide's own examples: they hold, as HL7's validator says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sidoba_engine.formats.fhir.path import Compiled, Environment, Node, NodeTypes, State, compile_expression
from sidoba_engine.formats.fhir.path.nodes import children, members

DECISION = "https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/tddui-decision"
WARNINGS = {"dom-6"}
"""The narratives were taken out of the examples, and this one asks for them; a warning in FHIR."""


def _compiled(element: dict[str, Any]) -> list[tuple[str, Compiled]]:
    constraints = element.get("constraints", ())
    return [(one["key"], compile_expression(one["expression"])) for one in constraints if one.get("expression")]


def _by_type(elements: dict[str, Any]) -> dict[str, list[tuple[str, Compiled]]]:
    found = defaultdict(list)
    for definition in elements["types"].values():
        for element in definition["elements"]:
            found[element["path"]] += _compiled(element)
    return found


def _walk(node: Node, resource: Node, root: Node) -> Iterator[tuple[Node, Node, Node]]:
    yield node, resource, root
    for child in children(node):
        is_resource = child.type.is_a("Resource")
        is_entry = is_resource and node.type.name == "Bundle.entry"
        yield from _walk(child, child if is_resource else resource, child if is_entry else root)


def test_base_constraints_hold(
    r4_types: NodeTypes, r4_elements: dict[str, Any], examples: dict[str, dict[str, Any]]
) -> None:
    by_type = _by_type(r4_elements)
    states: Counter[State] = Counter()
    failures = []
    for name, example in examples.items():
        root = r4_types.resource(example)
        entries = {entry["fullUrl"]: entry["resource"] for entry in example.get("entry", ())}
        for node, resource, top in _walk(root, root, root):
            environment = Environment(r4_types, resource=resource, root_resource=top, resolve=entries.get)
            for ancestor in (owner for owner in by_type if node.type.is_a(owner)):
                for key, constraint in by_type[ancestor]:
                    outcome = constraint.outcome(node, environment)
                    states[outcome.state] += 1
                    if outcome.state is not State.HOLDS and key not in WARNINGS:
                        failures.append((name, node.type.name, key, outcome))
    assert failures == []
    assert states[State.HOLDS] > 900


def _resources(examples: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, example in examples.items():
        for resource in [entry["resource"] for entry in example.get("entry", ())] or [example]:
            yield name, resource


def _at(node: Node, path: str) -> list[Node]:
    nodes = [node]
    for name in path.split(".")[1:]:
        nodes = [inside for one in nodes for inside in members(one, name)]
    return nodes


def test_constraints_of_the_guide_hold(
    r4_types: NodeTypes, guide_elements: dict[str, Any], examples: dict[str, dict[str, Any]]
) -> None:
    judged: Counter[str] = Counter()
    failures = []
    for name, resource in _resources(examples):
        node = r4_types.resource(resource)
        environment = Environment(r4_types, resource=node)
        targets = [(node, profile) for profile in resource.get("meta", {}).get("profile", ())]
        targets += [(one, DECISION) for one in members(node, "extension") if one.value.get("url") == DECISION]
        for target, profile in targets:
            for element in guide_elements["structures"].get(profile, {"elements": ()})["elements"]:
                slice_name = element["id"].partition(":")[2]
                for key, constraint in _compiled(element):
                    for inside in _at(target, element["path"]):
                        if profile == DECISION and slice_name and inside.value.get("url") != slice_name:
                            continue
                        judged[key] += 1
                        if not constraint.holds(inside, environment):
                            failures.append((name, key))
    assert failures == []
    assert len(judged) >= 20


@pytest.mark.parametrize(
    ("value", "holds"),
    [("3010000001/ABC-BESO-1", True), ("3010000001/ABC-PDV-1", False), ("x3010000001/ABC-BESO-1", False), ("", False)],
)
def test_a_constraint_on_a_primitive_that_asks_for_its_value(r4_types: NodeTypes, value: str, holds: bool) -> None:
    constraint = compile_expression("value.matches('^3[0-9]{9}/[A-Za-z0-9]+-BESO-[A-Za-z0-9]+$')")
    assert constraint.holds(r4_types.node(value, "string"), Environment(r4_types)) is holds


FAULTS = [
    ("pat-1", "Patient.contact", {"gender": "male"}),
    ("ext-1", "Extension", {"url": "urn:x"}),
    ("ext-1", "Extension", {"url": "urn:x", "valueCode": "a", "extension": [{"url": "urn:y", "valueCode": "b"}]}),
    ("per-1", "Period", {"start": "2020-02-02", "end": "2020-02-01"}),
    ("ref-1", "Reference", {"reference": "#absent"}),
    ("qty-3", "Quantity", {"value": 1, "code": "kg"}),
    ("att-1", "Attachment", {"data": "AAAA"}),
    ("obs-6", "Observation", {"resourceType": "Observation", "valueString": "x", "dataAbsentReason": {"text": "x"}}),
    ("bdl-1", "Bundle", {"resourceType": "Bundle", "type": "transaction", "total": 1}),
    ("bdl-3", "Bundle", {"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": "urn:x"}]}),
    ("bdl-8", "Bundle.entry", {"fullUrl": "http://x/Patient/1/_history/2"}),
    ("dom-3", "Patient", {"resourceType": "Patient", "contained": [{"resourceType": "Patient", "id": "x"}]}),
    ("dom-2", "Patient", {"contained": [{"resourceType": "Patient", "contained": [{"resourceType": "Patient"}]}]}),
    ("qrs-1", "QuestionnaireResponse.item", {"answer": [{"valueString": "x"}], "item": [{"linkId": "1"}]}),
    ("cpl-3", "CarePlan.activity", {"detail": {"status": "draft"}, "reference": {"reference": "Task/1"}}),
]


@pytest.mark.parametrize(("key", "type_name", "value"), FAULTS)
def test_a_faulty_node_fails_its_constraint(
    r4_types: NodeTypes, r4_elements: dict[str, Any], key: str, type_name: str, value: dict[str, Any]
) -> None:
    node = r4_types.node(value, type_name)
    by_type = _by_type(r4_elements)
    found = [one for owner in by_type if node.type.is_a(owner) for name, one in by_type[owner] if name == key]
    assert found
    environment = Environment(r4_types, resource=node)
    assert not any(one.holds(node, environment) for one in found)
