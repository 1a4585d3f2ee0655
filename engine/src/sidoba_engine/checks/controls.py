"""Controls of business models: expressions over several keys, compiled once, run on what is valid.

A control that cannot be run is reported with its reason, never passed over; one whose `when` is false says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.catalogue import CatalogueError
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.expressions import (
    Expression,
    ExpressionError,
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


@dataclass(frozen=True, slots=True)
class CompiledControl:
    """A control ready to run; `keys` in the order of its texts."""

    id: str
    entity: str
    when: Expression | None
    expression: Expression
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """What controls run on: the root of the payload, or one element of an entity with the root keys visible.

    `element` and `root` are the object's place and the object as received; `label` says which element (`semaine[3]`).
    """

    entity: str
    label: str
    operands: Operands
    element: tuple[str, Mapping[str, object]]
    root: tuple[str, Mapping[str, object]]

    def named(self, key: str) -> str:
        """The key, with the element it belongs to: `semaine[3].jours`."""
        entity, _, name = key.rpartition(".")
        return f"{self.label}.{name}" if entity and entity == self.entity else key

    def received(self, key: str) -> tuple[str, object] | None:
        """Place and value of a key as received; None when it is not there."""
        entity, _, name = key.rpartition(".")
        pointer, data = self.element if entity == self.entity else self.root
        return (f"{pointer}/{name}", data[name]) if data.get(name) is not None else None


def compile_controls(model: BusinessModel) -> tuple[CompiledControl, ...]:
    """Compile the controls of a model; raises CatalogueError naming the control that is not of the language."""
    kinds = {key: KINDS[indicator.type] for key, indicator in model.indicators.items()}
    return tuple(_compiled(control, kinds) for control in model.controls)


def _compiled(control: Control, kinds: Mapping[str, Kind]) -> CompiledControl:
    try:
        when = compile_condition(control.when, kinds) if control.when else None
        expression = compile_condition(control.expression, kinds)
    except ExpressionError as error:
        raise CatalogueError(f"control {control.id}: {error}") from error
    keys = dict.fromkeys(expression.keys + (when.keys if when else ()))
    return CompiledControl(control.id, control.entity, when, expression, tuple(keys))


def run_control(judgement: Judgement, model: BusinessModel, control: CompiledControl, instance: Instance) -> None:
    """Run one control on one instance: nothing, an anomaly, or a rule not run."""
    operands = instance.operands
    try:
        if control.when is not None and not control.when.evaluate(operands):
            return
        if control.expression.evaluate(operands):
            return
    except KeyError as unread:
        key = str(unread.args[0])
        reason = "cle_fautive" if key in operands.faulty else "cle_absente"
        judgement.skip(control.id, reason, instance.named(key))
    except ZeroDivisionError:
        judgement.skip(control.id, "division_par_zero", instance.label)
    except FunctionNotBuilt as missing:
        judgement.skip(control.id, "fonction_absente", str(missing))
    else:
        _report(judgement, model, control, instance)


def _report(judgement: Judgement, model: BusinessModel, control: CompiledControl, instance: Instance) -> None:
    """Place the anomaly on the first key that the expression reads, and quote the values that do not agree."""
    received = {key: found for key in control.keys if (found := instance.received(key))}
    place = next((pointer for pointer, _ in received.values()), instance.element[0])
    quoted = [f"{key} = {shown(value)}" for key, (_, value) in received.items() if not model.indicators[key].personal]
    judgement.report(control.id, place, value=" ; ".join(quoted) or None)
