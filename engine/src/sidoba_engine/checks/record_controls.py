"""The controls of `ssiad-usager` over a record, whatever the document it was read from.

Never the types, formats or required marks of the model: those are the business of the document's own format. Controls
over weeks wait for the software that computes weeks; they are told as not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sidoba_engine.anomaly import Fix, RuleNotRun
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.checks.compiled_model import compiled_model, moment
from sidoba_engine.checks.controls import CompiledControl, Instance, run_controls
from sidoba_engine.checks.dates import NoSuchDay, NotADate
from sidoba_engine.checks.model_values import MODEL, NOT_TOLD, ModelObject, StayObjects, model_objects, over_weeks
from sidoba_engine.expressions import Operands, exact_arithmetic
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.records import Record

NOT_COMPUTED = "semaines_non_calculees"


@dataclass(frozen=True, slots=True)
class BrokenControl:
    """A control that the record breaks: where in the record (a path), and the values that do not agree."""

    rule: Rule
    path: str
    value: str | None


@dataclass(slots=True)
class RecordFindings:
    """What the controls say of one record; the same thing said of two stays is told once."""

    catalogue: Catalogue
    objects: dict[str, ModelObject] = field(default_factory=dict)
    broken: dict[tuple[str, str], BrokenControl] = field(default_factory=dict)
    not_run: dict[RuleNotRun, None] = field(default_factory=dict)

    def report(self, rule: Rule, pointer: str, *, value: str | None = None, fix: Fix | None = None) -> None:
        """Keep a broken control. `pointer` is that of an object, or of one of its fields; nothing is ever repaired."""
        path = pointer
        if pointer not in self.objects:
            owner, _, name = pointer.rpartition("/")
            path = self.objects[owner].sources.get(name, owner)
        self.broken.setdefault((rule.id, path), BrokenControl(rule, path, value))

    def skip(self, rule: str, reason: str, detail: str) -> None:
        """Keep why a control was not run; a key that no record has is missing, not faulty."""
        self.not_run[RuleNotRun(rule, "cle_absente" if detail in NOT_TOLD else reason, detail)] = None


def control_model(catalogue: Catalogue, facts: Facts) -> BusinessModel | None:
    """The model whose controls a record must meet, from the campaign; None when there is none."""
    if facts.campaign is None or f"{facts.campaign.report_type}-usager" != MODEL:
        return None
    return catalogue.model(MODEL)


def run_record_controls(
    record: Record, *, model: BusinessModel, catalogue: Catalogue, campaign: CampaignFacts, unread: Set[str]
) -> RecordFindings:
    """Run the controls. `unread` are the paths in the record of values that are there and could not be read."""
    findings = RecordFindings(catalogue)
    controls = _controls_by_entity(model, catalogue)
    for control in controls.get(None, ()):
        findings.skip(control.id, NOT_COMPUTED, "")
    with exact_arithmetic():
        for objects in model_objects(record, campaign):
            _run_stay(findings, model, controls, objects, unread)
    return findings


@lru_cache(maxsize=8)
def _controls_by_entity(model: BusinessModel, catalogue: Catalogue) -> Mapping[str | None, tuple[CompiledControl, ...]]:
    """The controls of each entity (the root is ``""``); under None, those over weeks."""
    compiled, weeks = compiled_model(model, catalogue), over_weeks(model)
    found: dict[str | None, tuple[CompiledControl, ...]] = {}
    for entity, checks in [("", compiled.root), *compiled.entities.items()]:
        late = tuple(control for control in checks.controls if not weeks.isdisjoint(control.keys))
        found[entity] = tuple(control for control in checks.controls if control not in late)
        found[None] = found.get(None, ()) + late
    return found


def _run_stay(
    findings: RecordFindings,
    model: BusinessModel,
    controls: Mapping[str | None, tuple[CompiledControl, ...]],
    objects: StayObjects,
    unread: Set[str],
) -> None:
    root = objects.root
    operands = _operands(root, model, unread)
    operands.faulty = operands.faulty | NOT_TOLD
    findings.objects[root.path] = root
    run_controls(findings, model, controls[""], _instance(root, root, operands))
    for element in objects.elements:
        own = _operands(element, model, unread)
        findings.objects[element.path] = element
        seen = Operands({**operands, **own}, operands.faulty | own.faulty)
        run_controls(findings, model, controls[element.entity], _instance(element, root, seen))


def _instance(element: ModelObject, root: ModelObject, operands: Operands) -> Instance:
    places = (element.path, element.values), (root.path, root.values)
    return Instance(element.entity, element.label, operands, *places, lambda _key, _value: False)


def _operands(element: ModelObject, model: BusinessModel, unread: Set[str]) -> Operands:
    """The values by business key, dates as moments; faulty are those that are there and cannot be read."""
    prefix = f"{element.entity}." if element.entity else ""
    faulty = element.faulty | {name for name, path in element.sources.items() if path in unread}
    found = Operands({}, {prefix + name for name in faulty})
    for name, value in element.values.items():
        indicator = model.indicators.get(prefix + name)
        if indicator is None:
            continue
        read = _moment(str(value)) if indicator.type == "date" else value
        if read is None:
            found.faulty = found.faulty | {prefix + name}
        else:
            found[prefix + name] = read  # type: ignore[assignment]
    return found


def _moment(text: str) -> date | None:
    """The day or the time that controls compare; None when it is less precise than a day, or than a minute."""
    try:
        read: date = moment(text)
    except (NotADate, NoSuchDay, ValueError):
        return None
    return read
