"""All the checks of one key-value payload, in their order: context, keys and values, entities, controls, deviations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import check_entity, is_object
from sidoba_engine.checks.compiled_model import CompiledModel, Field, ObjectChecks, compiled_model, moment
from sidoba_engine.checks.context import check_context
from sidoba_engine.checks.controls import Instance, run_controls
from sidoba_engine.checks.deviations import check_deviations
from sidoba_engine.checks.judgement import Judgement, TooManyAnomalies, child_pointer
from sidoba_engine.checks.keys import KnownKeys, check_comments, report_duplicates, report_missing, report_unknown
from sidoba_engine.checks.value_fault import ValueFault
from sidoba_engine.expressions import Operands, exact_arithmetic
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
    """One object of the payload once its values have been checked: `values` and `faulty` by the name of the field."""

    checks: ObjectChecks
    pointer: str
    data: dict[str, Any]
    values: dict[str, Any]
    faulty: set[str] = field(default_factory=set)

    def operands(self) -> Operands:
        """What controls compute with: the accepted values by business key, dates as moments."""
        keys = self.checks.keys
        named = {keys[name]: value for name, value in self.values.items()} if self.checks.entity else self.values
        found = Operands(named, {keys[name] for name in self.faulty})
        for name in self.checks.dates:
            if name in self.values:
                found[keys[name]] = moment(self.values[name])
        return found


def check_key_value(payload: KeyValuePayload, *, catalogue: Catalogue, facts: Facts) -> KeyValueOutcome:
    """Run every check of the payload's model."""
    judgement = Judgement(payload.json, catalogue, facts)
    try:
        return _Checking(payload, compiled_model(payload.model, catalogue), judgement).run()
    except TooManyAnomalies:
        judgement.stop(payload.pointer)
        return KeyValueOutcome(judgement.findings, {}, {})


class _Checking:
    def __init__(self, payload: KeyValuePayload, compiled: CompiledModel, judgement: Judgement) -> None:
        self.payload = payload
        self.compiled = compiled
        self.judgement = judgement
        self.known = KnownKeys(payload.model, compiled.known_keys)
        self.duplicates = payload.json.duplicates

    def run(self) -> KeyValueOutcome:
        payload, judgement = self.payload, self.judgement
        check_context(judgement, payload.model, payload.data, payload.pointer)
        if self.duplicates:
            report_duplicates(judgement)
        root = self._check_object(self.compiled.root, payload.data, payload.pointer)
        entities = {code: self._check_entity(checks, root) for code, checks in self.compiled.entities.items()}
        comments = check_comments(judgement, self.known, payload.model, payload.comments)
        with exact_arithmetic():
            self._run_controls(root, entities)
        check_deviations(judgement, payload.model, root.values, payload.pointer)
        for code, elements in entities.items():
            if elements:
                root.values[code] = [element.values for _, element in elements]
        return KeyValueOutcome(judgement.findings, root.values, comments)

    def _check_object(self, checks: ObjectChecks, data: dict[str, Any], pointer: str) -> _Object:
        """Check the values of one object; only what fails its short test is looked at closely."""
        checked = _Object(checks, pointer, data, data.copy())
        plain = {} if self.duplicates else checks.plain
        odd = [name for name, value in data.items() if (is_plain := plain.get(name)) is None or not is_plain(value)]
        unknown = []
        for name in odd:
            known = checks.fields.get(name)
            if known is not None:
                self._check_value(checked, known, data[name])
                continue
            del checked.values[name]
            if checks.entity or name not in self.compiled.entities:
                unknown.append(name)
        if unknown:
            self._report_unknown(checked, unknown)
        if not checks.required_names <= checked.values.keys():
            for known in checks.required:
                if known.name not in checked.values and known.name not in checked.faulty:
                    report_missing(self.judgement, pointer, known.name, known.indicator)
        return checked

    def _report_unknown(self, checked: _Object, names: list[str]) -> None:
        fields, data = checked.checks.fields, checked.data

        def stands(name: str, key: str) -> bool:
            return data[name] is not None and fields[key].fault(data[name]) is None

        free = [name for name in fields if name not in data]
        report_unknown(self.judgement, self.known, checked.pointer, names, free=free, stands=stands)

    def _check_value(self, checked: _Object, known: Field, value: Any) -> None:
        """Keep the value that is to be kept, in its place; take it out when it is absent or faulty."""
        name = known.name
        if self.duplicates and f"{checked.pointer}/{name}" in self.duplicates:
            del checked.values[name]
            checked.faulty.add(name)
            return
        if value is None or (known.is_text and isinstance(value, str) and not value.strip()):
            del checked.values[name]
            return
        fault = known.fault(value)
        if fault is not None and self._report(checked, known, value, fault):
            del checked.values[name]
            checked.faulty.add(name)
            return
        checked.values[name] = known.accept(value)

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

    def _run_controls(self, root: _Object, entities: Mapping[str, list[tuple[int, _Object]]]) -> None:
        """The root's controls, then those of each element, with the root keys visible."""
        operands = root.operands()
        self._run_on(root, root, operands, "")
        for code, elements in entities.items():
            if not self.compiled.entities[code].controls:
                continue
            for index, element in elements:
                own = element.operands()
                operands.update(own)
                seen = Operands(operands, operands.faulty | own.faulty) if own.faulty else operands
                self._run_on(element, root, seen, f"{code}[{index}]")
                for key in own:
                    del operands[key]

    def _run_on(self, element: _Object, root: _Object, operands: Operands, label: str) -> None:
        places = (element.pointer, element.data), (root.pointer, root.data)
        instance = Instance(element.checks.entity, label, operands, *places, self._stands)
        run_controls(self.judgement, self.payload.model, element.checks.controls, instance)

    def _stands(self, key: str, value: object) -> bool:
        entity, _, name = key.rpartition(".")
        checks = self.compiled.entities[entity] if entity else self.compiled.root
        return checks.fields[name].fault(value) is None
