"""All the checks of one key-value payload, in their order: context, keys and values, entities, controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import check_entity, is_object
from sidoba_engine.checks.compiled_model import CompiledModel, Field, ObjectChecks, compiled_model
from sidoba_engine.checks.context import check_context
from sidoba_engine.checks.controls import Instance, run_control
from sidoba_engine.checks.judgement import Judgement, child_pointer
from sidoba_engine.checks.keys import KnownKeys, check_comments, report_duplicates, report_missing, report_unknown
from sidoba_engine.checks.value_fault import ValueFault
from sidoba_engine.expressions import Operand, Operands
from sidoba_engine.facts import Facts
from sidoba_engine.formats.key_value import KeyValuePayload


@dataclass(frozen=True, slots=True)
class KeyValueOutcome:
    """What the checks found, and what stands: `values` by key (a list of objects for an entity), and the comments."""

    findings: Findings
    values: dict[str, object]
    comments: dict[str, str]


@dataclass(slots=True)
class _Object:
    """One object of the payload once its values have been checked."""

    pointer: str
    data: dict[str, Any]
    values: dict[str, object] = field(default_factory=dict)
    operands: dict[str, Operand] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)


def check_key_value(payload: KeyValuePayload, *, catalogue: Catalogue, facts: Facts) -> KeyValueOutcome:
    """Run every check of the payload's model."""
    return _Checking(payload, compiled_model(payload.model, catalogue), Judgement(payload.json, catalogue, facts)).run()


class _Checking:
    def __init__(self, payload: KeyValuePayload, compiled: CompiledModel, judgement: Judgement) -> None:
        self.payload = payload
        self.compiled = compiled
        self.judgement = judgement
        self.known = KnownKeys(payload.model, (*payload.model.indicators, *compiled.entities))
        self.duplicates = payload.json.duplicates

    def run(self) -> KeyValueOutcome:
        payload, root_checks = self.payload, self.compiled.root
        check_context(self.judgement, payload.model, payload.data, payload.pointer)
        report_duplicates(self.judgement)
        root = self._check_object(root_checks, payload.data, payload.pointer)
        entities = {code: self._check_entity(checks, root) for code, checks in self.compiled.entities.items()}
        comments = check_comments(self.judgement, self.known, payload.model, payload.comments)
        self._run_controls(root_checks, root, root, "")
        for code, elements in entities.items():
            for index, element in elements:
                self._run_controls(self.compiled.entities[code], element, root, f"{code}[{index}]")
            if elements:
                root.values[code] = [element.values for _, element in elements]
        return KeyValueOutcome(self.judgement.findings, root.values, comments)

    def _check_object(self, checks: ObjectChecks, data: dict[str, Any], pointer: str) -> _Object:
        checked = _Object(pointer, data)
        fields = checks.fields
        for name, value in data.items():
            known = fields.get(name)
            if known is not None:
                self._check_value(checked, known, value)
            elif checks.entity or name not in self.compiled.entities:
                report_unknown(self.judgement, self.known, pointer, name)
        for known in checks.required:
            key = known.indicator.key
            if key not in checked.operands and key not in checked.faulty:
                report_missing(self.judgement, pointer, known.name, known.indicator)
        return checked

    def _check_value(self, checked: _Object, known: Field, value: Any) -> None:
        key = known.indicator.key
        if self.duplicates and f"{checked.pointer}/{known.name}" in self.duplicates:
            checked.faulty.add(key)
            return
        if value is None or (known.is_text and isinstance(value, str) and not value.strip()):
            return
        fault = known.fault(value)
        if fault is not None and self._report(checked, known, value, fault):
            checked.faulty.add(key)
            return
        checked.values[known.name] = known.accept(value)
        checked.operands[key] = known.operand(value)

    def _report(self, checked: _Object, known: Field, value: object, fault: ValueFault) -> bool:
        return self.judgement.report_value(fault, known.indicator, f"{checked.pointer}/{known.name}", value)

    def _check_entity(self, checks: ObjectChecks, root: _Object) -> list[tuple[int, _Object]]:
        pointer = child_pointer(root.pointer, checks.entity)
        received = self.payload.data.get(checks.entity)
        elements = check_entity(self.judgement, checks.entity, checks.cardinality, received, pointer)
        return [
            (index, self._check_object(checks, element, f"{pointer}/{index}"))
            for index, element in enumerate(elements)
            if is_object(element, self.judgement, checks.entity, f"{pointer}/{index}")
        ]

    def _run_controls(self, checks: ObjectChecks, element: _Object, root: _Object, label: str) -> None:
        if not checks.controls:
            return
        operands = Operands({**root.operands, **element.operands}, root.faulty | element.faulty)
        instance = Instance(checks.entity, label, operands, (element.pointer, element.data), (root.pointer, root.data))
        for control in checks.controls:
            run_control(self.judgement, self.payload.model, control, instance)
