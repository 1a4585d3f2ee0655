"""The constraints written out in Python say what their FHIRPath says, on values made for that."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.constraints import NATIVE
from sidoba_engine.formats.fhir.definitions import Definitions, fhir_definitions
from sidoba_engine.formats.fhir.path import Environment, Node, NodeTypes, State, compile_expression

MEMBERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ext-1": ("Extension", {"url": "https://x.example", "valueString": "a", "extension": [{"url": "b"}]}),
    "qty-3": ("Quantity", {"value": 1, "code": "km", "system": "http://unitsofmeasure.org"}),
    "att-1": ("Attachment", {"data": "AAAA", "contentType": "text/plain", "title": "a"}),
    "cpt-2": ("ContactPoint", {"value": "0100000000", "system": "phone"}),
}
CONTAINED: list[dict[str, Any]] = [
    {},
    {"contained": [{"resourceType": "Practitioner", "id": "a"}]},
    {"contained": [{"resourceType": "Practitioner", "id": "a"}], "generalPractitioner": [{"reference": "#a"}]},
    {"contained": [{"resourceType": "Practitioner", "id": "a"}], "generalPractitioner": [{"reference": "#b"}]},
    {"contained": [{"resourceType": "Practitioner", "id": "a", "meta": {"versionId": "1"}}]},
    {"contained": [{"resourceType": "Practitioner", "id": "a", "meta": {"security": [{"code": "R"}]}}]},
]


def expression_of(key: str, type_name: str, definitions: Definitions) -> str:
    constraints = definitions.types[type_name].constraints
    return next(one.expression for one in constraints if one.key == key and one.expression)


def compare(key: str, type_name: str, values: list[dict[str, Any]], catalogue: Catalogue) -> int:
    definitions = fhir_definitions(catalogue)
    types = NodeTypes(definitions.model)
    compiled = compile_expression(expression_of(key, type_name, definitions))
    for value in values:
        node = Node(value, types.named(type_name))
        outcome = compiled.outcome(node, Environment(types, resource=node, root_resource=node))
        assert (outcome.state is State.HOLDS) is NATIVE[key](value), (key, value, outcome)
    return len(values)


def test_written_out_constraints_agree_with_their_expression(catalogue: Catalogue) -> None:
    compared = 0
    for key, (type_name, members) in MEMBERS.items():
        several = [dict(some) for size in range(1, len(members) + 1) for some in combinations(members.items(), size)]
        compared += compare(key, type_name, several, catalogue)
    resources = [{"resourceType": "Patient", **members} for members in CONTAINED]
    for key in ("dom-3", "dom-4", "dom-5"):
        compared += compare(key, "Patient", resources, catalogue)
    assert compared >= 40 and NATIVE.keys() == {*MEMBERS, "dom-3", "dom-4", "dom-5"}
