"""What the tests of expressions are made of: a patient, the examples of the corpus, the types."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fhir_path_model import r4_model, small_model
from fhir_path_oracle import CORPUS, PATIENT
from sidoba_engine.formats.fhir.path import Environment, Node, NodeTypes, compile_expression
from sidoba_engine.formats.fhir.path.nodes import system_value


@pytest.fixture(scope="session")
def types() -> NodeTypes:
    """The small model."""
    return NodeTypes(small_model())


@pytest.fixture(scope="session")
def r4_elements() -> dict[str, Any]:
    """The element tables of base R4 of the corpus."""
    path = CORPUS / "definitions" / "r4-elements.json"
    if not path.exists():
        pytest.skip(f"missing {path}")
    data: dict[str, Any] = json.loads(path.read_text())
    return data


@pytest.fixture(scope="session")
def r4_types(r4_elements: dict[str, Any]) -> NodeTypes:
    """Base R4."""
    return NodeTypes(r4_model(r4_elements))


@pytest.fixture(scope="session")
def examples(r4_elements: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The examples of the corpus by file name."""
    folder = CORPUS / "examples"
    return {path.stem: json.loads(path.read_text(), parse_float=Decimal) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="session")
def guide_elements(r4_elements: dict[str, Any]) -> dict[str, Any]:
    """The structures of the guide."""
    data: dict[str, Any] = json.loads((CORPUS / "definitions" / "elements.json").read_text())
    return data


@pytest.fixture
def patient(types: NodeTypes) -> Node:
    """A patient with a bit of everything."""
    return types.resource(json.loads(json.dumps(PATIENT), parse_float=Decimal))


@pytest.fixture
def ask(types: NodeTypes, patient: Node) -> Callable[..., list[Any]]:
    """Evaluate an expression on the patient: FHIRPath values, and plain JSON for complex nodes."""

    def asked(text: str, **surroundings: Any) -> list[Any]:
        environment = Environment(types, resource=patient, **surroundings)
        found = compile_expression(text).evaluate(patient, environment)
        values = [system_value(item) for item in found]
        return [value.value if isinstance(value, Node) else value for value in values]

    return asked
