"""The cases asked of fhirpathpy, and the script that records its answers.

fhirpathpy wants an older python-dateutil than the one that is locked, so it lives in an environment of its own:

    uv run --isolated --no-project --with fhirpathpy==2.2.4 python engine/tests/fhir/path/fhir_path_oracle.py

Standard library only besides it: this module knows nothing of the engine it is compared with.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir_path_model import TableModel, r4_model
from fhir_path_truths import ALL

CORPUS = Path(__file__).resolve().parents[5] / "shared" / "corpus" / "fhir"
ANSWERS = Path(__file__).with_name("fhirpathpy_answers.json")
NODES_PER_CONSTRAINT = 24
MAX_LIST = 2
ALWAYS = {"Extension": {"url"}, "Quantity": {"unit", "value"}}

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "birthDate": "1950-03",
    "_birthDate": {"extension": [{"url": "urn:precision", "valueCode": "month"}]},
    "gender": "female",
    "_language": {"extension": [{"url": "urn:absent", "valueBoolean": True}]},
    "deceasedBoolean": False,
    "name": [
        {"use": "official", "family": "Durand", "given": ["Anne", "Marie"], "period": {"start": "1950", "end": "1975"}},
        {"use": "usual", "family": "Petit", "given": [None, "Annie"], "_given": [{"id": "g0"}, None]},
    ],
    "contact": [{"gender": "male", "name": {"family": "Durand"}}, {"gender": "female"}],
    "contained": [{"resourceType": "Observation", "id": "o1", "status": "final"}],
    "generalPractitioner": [{"reference": "#o1"}, {"reference": "Patient/away"}],
    "extension": [
        {"url": "urn:age", "valueQuantity": {"value": 75, "system": "http://unitsofmeasure.org", "code": "a"}},
        {"url": "urn:kind", "valueCodeableConcept": {"coding": [{"system": "urn:s", "code": "A"}]}},
    ],
}

CODES = ("x", "#x", "Patient/1", "something")
MOMENTS = ("2020", "2020-02", "2020-02-03", "2020-02-03T10:00:00Z", "2020-02-03T12:00:00+02:00", "2021-01-01")
PLAIN = {
    "boolean": (True, False),
    "integer": (0, 1, 3),
    "decimal": (-1, 0, 2.5),
    "date": MOMENTS[:3],
    "time": ("10:00:00", "11:30:00"),
}


def constraints(r4: dict[str, Any], guide: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Key and type → (type of the node it is evaluated on, expression), of base R4 and of the guide."""
    found: dict[str, tuple[str, str]] = {}
    structures = [*r4["types"].values(), *guide["structures"].values()]
    for structure in structures:
        for element in structure["elements"]:
            owner = _type_of(element)
            for constraint in element.get("constraints", ()):
                if owner and constraint.get("expression"):
                    found[f"{constraint['key']} {owner}"] = (owner, constraint["expression"])
    return found


def _type_of(element: dict[str, Any]) -> str:
    """The type of the node that a constraint of this element looks at; empty for a primitive."""
    codes = [kind["code"] for kind in element.get("types", ())]
    if "." not in element["path"]:
        return str(element["path"])
    if codes in ([], ["BackboneElement"], ["Element"]):
        known = {"identifier": "Identifier", "extension": "Extension", "value": ""}
        return known.get(element["path"].rpartition(".")[2], element["path"])
    return codes[0] if len(codes) == 1 and codes[0][0].isupper() else ""


class Generator:
    """Makes nodes that have, or have not, the elements an expression speaks of, with the words it speaks of."""

    def __init__(self, model: TableModel, expression: str, seed: str) -> None:
        self.model = model
        texts = re.findall(r"'((?:[^'\\]|\\.)*)'", expression)
        self.names = set(re.findall(r"[a-z][A-Za-z]+", re.sub(r"'[^']*'", "", expression))) | {"id"}
        self.words = [text for text in texts if "^" not in text] or list(CODES)
        self.random = random.Random(seed)  # noqa: S311 - cases, always the same

    def node(self, type_name: str, depth: int = 0) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in sorted(self.names | ALWAYS.get(type_name, set())):
            if name not in ALWAYS.get(type_name, ()) and self.random.random() < (0.35 if depth else 0.25):
                continue
            pairs = self.model.choice(type_name, name)
            child = self.model.child(type_name, name)
            if pairs:
                key, child = self.random.choice(self._wanted(pairs))
                made |= {key: self.value(child, depth + 1)}
            elif child:
                count = self.random.randint(1, MAX_LIST)
                several = (type_name, name) in self.model.lists
                values = [self.value(child, depth + 1) for _ in range(count)]
                made[name] = values if several else values[0]
        return made or {"id": "a"}

    def _wanted(self, pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        simple = {"string", "boolean", "code", "CodeableConcept", "dateTime", "Quantity", "integer"}
        return [pair for pair in pairs if pair[1] in simple] or list(pairs)

    def value(self, type_name: str, depth: int) -> Any:
        if type_name in ("Resource", "DomainResource"):
            kind = self.random.choice(("Patient", "Observation", "Composition"))
            return {"resourceType": kind, "id": self.random.choice(("x", "y")), "meta": {"versionId": "1"}}
        if self.model.is_primitive(type_name):
            return self._plain(type_name)
        return self.node(type_name, depth) if depth < 7 else {"id": "deep"}

    def _plain(self, type_name: str) -> Any:
        for name, values in PLAIN.items():
            if self.model.is_subtype(type_name, name):
                return self.random.choice(values)
        if type_name in ("dateTime", "instant"):
            return self.random.choice(MOMENTS[3:] if type_name == "instant" else MOMENTS)
        return self.random.choice(self.words if self.random.random() < 0.85 else CODES)


def cases(r4: dict[str, Any], guide: dict[str, Any]) -> Iterator[tuple[str, str, str, list[dict[str, Any]]]]:
    """(Constraint, type, expression, nodes): half of them made by hand of chance, always the same."""
    model = r4_model(r4)
    for name, (type_name, expression) in constraints(r4, guide).items():
        nodes = []
        for index in range(NODES_PER_CONSTRAINT):
            node = Generator(model, expression, f"{name} {index}").node(type_name)
            is_resource = model.is_subtype(type_name, "Resource")
            nodes.append({"resourceType": type_name, **node} if is_resource else node)
        yield name, type_name, expression, nodes


def read_corpus() -> tuple[dict[str, Any], dict[str, Any]]:
    folder = CORPUS / "definitions"
    return json.loads((folder / "r4-elements.json").read_text()), json.loads((folder / "elements.json").read_text())


def digest_of(expression: str, nodes: list[dict[str, Any]]) -> str:
    """What tells that an answer was recorded for this very case."""
    return hashlib.sha256(json.dumps([expression, nodes], sort_keys=True).encode()).hexdigest()[:12]


def sign(result: Any) -> str:
    """One character for an answer: T, F, E for empty, V for anything else."""
    if result in ([], [True], [False]):
        return "E" if not result else "T" if result[0] is True else "F"
    return "V"


def record() -> None:
    """Ask fhirpathpy every case, and the truths of the unit tests, and write its answers."""
    import fhirpathpy  # only in the environment of the script
    from fhirpathpy.models import models

    silent = {"traceFn": lambda *_values: None}

    def asked(node: dict[str, Any], expression: str, base: str) -> str:
        around = {"resource": node, "rootResource": node}
        path: Any = expression if "resourceType" in node else {"base": base, "expression": expression}
        try:
            return sign(fhirpathpy.evaluate(json.loads(json.dumps(node)), path, around, models["r4"], silent))
        except Exception:
            return "X"

    answers = {}
    for name, type_name, expression, nodes in cases(*read_corpus()):
        signs = "".join(asked(node, expression, type_name) for node in nodes)
        answers[name] = [digest_of(expression, nodes), signs]
    truths = {text: asked(PATIENT, text, "Patient") for text in ALL}
    written = {"fhirpathpy": fhirpathpy.__version__, "constraints": answers, "truths": truths}
    ANSWERS.write_text(json.dumps(written, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    record()
