"""The checks of one model, built once: for each object of a payload, what each of its fields must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.controls import CompiledControl, compile_controls
from sidoba_engine.checks.dates import read_date
from sidoba_engine.checks.identifier_formats import format_check
from sidoba_engine.checks.ranges import range_check
from sidoba_engine.checks.types import type_check
from sidoba_engine.checks.value_fault import ValueCheck, ValueFault
from sidoba_engine.checks.value_sets import value_set_check
from sidoba_engine.expressions import Operand

ROOT_ENTITIES = frozenset({"structure", "usager"})


@dataclass(frozen=True, slots=True)
class Field:
    """One key of one object of the payload.

    `accept` gives the value to keep, `operand` what controls compute with (the value itself when none reads it).
    """

    name: str
    indicator: Indicator
    checks: tuple[ValueCheck, ...]
    is_text: bool
    accept: Callable[[Any], object]
    operand: Callable[[Any], Operand]

    def fault(self, value: object) -> ValueFault | None:
        """The first fault of a value; the later checks rely on the earlier ones."""
        for check in self.checks:
            if fault := check(value):
                return fault
        return None


@dataclass(frozen=True, slots=True)
class ObjectChecks:
    """One object of the payload: the root (`entity` empty), or an element of an entity."""

    entity: str
    cardinality: str
    fields: Mapping[str, Field]
    required: tuple[Field, ...]
    controls: tuple[CompiledControl, ...]


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """All the checks of one model."""

    model: BusinessModel
    root: ObjectChecks
    entities: Mapping[str, ObjectChecks]


@lru_cache(maxsize=64)
def compiled_model(model: BusinessModel, catalogue: Catalogue) -> CompiledModel:
    """Build the checks of a model; raises CatalogueError when the model is not one the engine can run."""
    controls = compile_controls(model)
    cardinalities = {"": "1"} | {
        entity["code"]: entity["cardinalite"]
        for entity in model.data.get("entites", ())
        if entity["code"] not in ROOT_ENTITIES
    }
    objects = {
        entity: _object_checks(entity, cardinality, model, catalogue, controls)
        for entity, cardinality in cardinalities.items()
    }
    return CompiledModel(model, objects.pop(""), objects)


def _object_checks(
    entity: str,
    cardinality: str,
    model: BusinessModel,
    catalogue: Catalogue,
    controls: tuple[CompiledControl, ...],
) -> ObjectChecks:
    read = {key for control in controls for key in control.keys}
    fields = [
        _field(indicator, catalogue, is_read=indicator.key in read)
        for indicator in model.indicators.values()
        if _belongs(indicator.entity, entity)
    ]
    return ObjectChecks(
        entity,
        cardinality,
        {field.name: field for field in fields},
        tuple(field for field in fields if field.indicator.required),
        tuple(control for control in controls if _belongs(control.entity, entity)),
    )


def _belongs(named: str, entity: str) -> bool:
    return named == entity if entity else named in ROOT_ENTITIES


def _field(indicator: Indicator, catalogue: Catalogue, *, is_read: bool) -> Field:
    checks = [
        type_check(indicator),
        range_check(indicator),
        value_set_check(indicator, catalogue),
        format_check(indicator),
    ]
    return Field(
        name=indicator.key.rsplit(".", 1)[-1],
        indicator=indicator,
        checks=tuple(check for check in checks if check is not None),
        is_text=indicator.type == "texte",
        accept=_whole if indicator.type == "entier" else _unchanged,
        operand=_OPERANDS.get(indicator.type, _unchanged) if is_read else _unchanged,
    )


def _unchanged(value: Any) -> Any:
    return value


def _whole(value: int | Decimal) -> int:
    return int(value)


def _number(value: int | Decimal) -> int | Fraction:
    return value if type(value) is int else Fraction(value)


def _moment(value: str) -> Operand:
    return read_date(value, with_time=True)


_OPERANDS: dict[str, Callable[[Any], Operand]] = {
    "entier": _whole,
    "decimal": _number,
    "date": _moment,
}
