"""Controls of business models: expressions over several keys, compiled once, run on what is valid.

A control that cannot be run is reported with its reason, never passed over; one whose `when` is false says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sidoba_engine.anomaly import Fix
from sidoba_engine.assessments.aggir import AggirGrid
from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.catalogue import Catalogue, CatalogueError, Rule
from sidoba_engine.checks.judgement import replacement_fix
from sidoba_engine.checks.totals import Total, only_total, total_of
from sidoba_engine.checks.value_fault import Replacement, shown
from sidoba_engine.expressions import (
    Evaluate,
    ExpressionError,
    FaultyKey,
    FunctionNotBuilt,
    Kind,
    Operands,
    compile_condition,
)

KINDS = {
    "entier": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "booleen": Kind.BOOLEAN,
    "date": Kind.DATE,
    "code": Kind.TEXT,
    "texte": Kind.TEXT,
}


class ControlReport(Protocol):
    """Who is told what controls find: a `Judgement` of key-value data, or the findings of a record."""

    catalogue: Catalogue

    def report(self, rule: Rule, pointer: str, *, value: str | None = None, fix: Fix | None = None) -> object:
        """A control that does not hold, at that place."""

    def skip(self, rule: str, reason: str, detail: str) -> None:
        """A control that could not be run."""


@dataclass(frozen=True, slots=True)
class CompiledControl:
    """A control ready to run, under `exact_arithmetic()`; `keys` in the order of its texts.

    `total` is the total that it compares with the sum of its parts, when that is what it does.
    """

    id: str
    entity: str
    applies: Evaluate | None
    holds: Evaluate
    keys: tuple[str, ...]
    total: Total | None


@dataclass(frozen=True, slots=True)
class Instance:
    """What controls run on: the root of the payload, or one element of an entity with the root keys visible.

    `element` and `root` are the object's place and the object as received; `label` says which element (`semaine[3]`);
    `stands` tells whether nothing is wrong with a value of a key.
    """

    entity: str
    label: str
    operands: Operands
    element: tuple[str, Mapping[str, object]]
    root: tuple[str, Mapping[str, object]]
    stands: Callable[[str, object], bool]

    def named(self, key: str) -> str:
        """The key, with the element it belongs to: `semaine[3].jours`."""
        entity, _, name = key.rpartition(".")
        return f"{self.label}.{name}" if entity and entity == self.entity else key

    def received(self, key: str) -> tuple[str, object] | None:
        """Place and value of a key as received; None when it is not there."""
        entity, _, name = key.rpartition(".")
        pointer, data = self.element if entity == self.entity else self.root
        return (f"{pointer}/{name}", data[name]) if data.get(name) is not None else None


def compile_controls(model: BusinessModel, *, aggir: AggirGrid | None) -> tuple[CompiledControl, ...]:
    """Compile the controls of a model; raises CatalogueError naming the control that is not of the language."""
    kinds = {key: KINDS[indicator.type] for key, indicator in model.indicators.items()}
    return tuple(_compiled(control, kinds, aggir) for control in model.controls)


def _compiled(control: Control, kinds: Mapping[str, Kind], aggir: AggirGrid | None) -> CompiledControl:
    try:
        when = compile_condition(control.when, kinds, aggir=aggir) if control.when else None
        expression = compile_condition(control.expression, kinds, aggir=aggir)
    except ExpressionError as error:
        raise CatalogueError(f"control {control.id}: {error}") from error
    return CompiledControl(
        id=control.id,
        entity=control.entity,
        applies=when.run if when else None,
        holds=expression.run,
        keys=tuple(dict.fromkeys(expression.keys + (when.keys if when else ()))),
        total=total_of(control.expression, kinds),
    )


def run_controls(
    judgement: ControlReport, model: BusinessModel, controls: tuple[CompiledControl, ...], instance: Instance
) -> None:
    """Run these controls on one instance, under `exact_arithmetic()`: each gives nothing, an anomaly, or is not run."""
    operands = instance.operands
    for control in controls:
        try:
            if (control.applies is None or control.applies(operands)) and not control.holds(operands):
                _report(judgement, model, controls, control, instance)
        except (KeyError, ZeroDivisionError, FunctionNotBuilt) as unread:
            _skip(judgement, control, instance, unread)


def _skip(judgement: ControlReport, control: CompiledControl, instance: Instance, unread: Exception) -> None:
    match unread:
        case KeyError(args=(key,)):
            is_faulty = isinstance(unread, FaultyKey) or key in instance.operands.faulty
            judgement.skip(control.id, "cle_fautive" if is_faulty else "cle_absente", instance.named(key))
        case ZeroDivisionError():
            judgement.skip(control.id, "division_par_zero", instance.label)
        case _:
            judgement.skip(control.id, "fonction_absente", str(unread))


def _report(
    judgement: ControlReport,
    model: BusinessModel,
    controls: tuple[CompiledControl, ...],
    control: CompiledControl,
    instance: Instance,
) -> None:
    """Place the anomaly on the first key that the expression reads, and quote the values that do not agree."""
    received = {key: found for key in control.keys if (found := instance.received(key))}
    place = next((pointer for pointer, _ in received.values()), instance.element[0])
    quoted = [f"{key} = {shown(value)}" for key, (_, value) in received.items() if not model.indicators[key].personal]
    fix = _total_fix(model, controls, control, instance)
    rule = judgement.catalogue.control_rule(model, control.id)
    judgement.report(rule, place, value=" ; ".join(quoted) or None, fix=fix)


def _total_fix(
    model: BusinessModel,
    controls: tuple[CompiledControl, ...],
    control: CompiledControl,
    instance: Instance,
) -> Fix | None:
    """The total that all sums and balances agree on, to be confirmed: a part may be wrong just as well."""
    if control.total is None or not control.total.is_sum or model.indicators[control.total.key].personal:
        return None
    received = instance.received(control.total.key)
    total = only_total(control.total.key, [other.total for other in controls if other.total], instance.operands)
    if received is None or total is None or not instance.stands(control.total.key, total):
        return None
    return replacement_fix(received[0], Replacement(total, certain=False))
