"""The checks of one model, built once: for each object of a payload, what each of its fields must satisfy.

Most values of most payloads are right: each field has one short test, `is_plain`, which says so without a word. Only a
value that fails it goes through the field's checks, one by one, to be named, converted or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sidoba_engine.assessments.aggir import grid_from_table
from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.controls import CompiledControl, compile_controls
from sidoba_engine.checks.dates import read_date
from sidoba_engine.checks.identifier_formats import format_check
from sidoba_engine.checks.plain_values import PlainTest, plain_test
from sidoba_engine.checks.ranges import decimals_of, precision_check, range_check, scale_check
from sidoba_engine.checks.types import type_check
from sidoba_engine.checks.value_fault import ValueCheck, ValueFault
from sidoba_engine.checks.value_sets import codes_of, value_set_check

DAY_LENGTH = len("AAAA-MM-JJ")
ROOT_ENTITIES = frozenset({"structure", "usager"})


@dataclass(frozen=True, slots=True)
class Field:
    """One key of one object of the payload. `accept` gives the value to keep of one that has no fault."""

    name: str
    indicator: Indicator
    checks: tuple[ValueCheck, ...]
    is_text: bool
    accept: Callable[[Any], object]

    def fault(self, value: object) -> ValueFault | None:
        """The first fault of a value; the later checks rely on the earlier ones.

        A correction is kept only when what it writes has no fault itself.
        """
        for check in self.checks:
            if fault := check(value):
                meant = fault.replacement
                if meant is not None and self.fault(meant.value) is not None:
                    return replace(fault, replacement=None)
                return fault
        return None


@dataclass(frozen=True, slots=True)
class ObjectChecks:
    """One object of the payload: the root (`entity` empty), or an element of an entity.

    `plain` holds the short test of each field; `dates` are the fields that controls read as moments, `keys` the
    business key of each field, `required_names` the names of `required`.
    """

    entity: str
    cardinality: str
    fields: Mapping[str, Field]
    plain: Mapping[str, PlainTest]
    required: tuple[Field, ...]
    required_names: frozenset[str]
    keys: Mapping[str, str]
    dates: tuple[str, ...]
    controls: tuple[CompiledControl, ...]


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """All the checks of one model. `known_keys` are the names that may stand anywhere, entities included."""

    model: BusinessModel
    root: ObjectChecks
    entities: Mapping[str, ObjectChecks]
    known_keys: tuple[str, ...]


@lru_cache(maxsize=64)
def compiled_model(model: BusinessModel, catalogue: Catalogue) -> CompiledModel:
    """Build the checks of a model; raises CatalogueError when the model is not one the engine can run."""
    grid = grid_from_table(catalogue.tables["aggir"]) if "aggir" in catalogue.tables else None
    controls = compile_controls(model, aggir=grid)
    cardinalities = {"": "1"} | {
        entity["code"]: entity["cardinalite"]
        for entity in model.data.get("entites", ())
        if entity["code"] not in ROOT_ENTITIES
    }
    objects = {
        entity: _object_checks(entity, cardinality, model, catalogue, controls)
        for entity, cardinality in cardinalities.items()
    }
    root = objects.pop("")
    return CompiledModel(model, root, objects, (*model.indicators, *objects))


def _object_checks(
    entity: str,
    cardinality: str,
    model: BusinessModel,
    catalogue: Catalogue,
    controls: tuple[CompiledControl, ...],
) -> ObjectChecks:
    read = {key for control in controls for key in control.keys}
    indicators = [indicator for indicator in model.indicators.values() if _belongs(indicator.entity, entity)]
    fields = [_field(indicator, catalogue) for indicator in indicators]
    return ObjectChecks(
        entity=entity,
        cardinality=cardinality,
        fields={field.name: field for field in fields},
        plain={field.name: _plain_test(field.indicator, catalogue) for field in fields},
        required=tuple(field for field in fields if field.indicator.required),
        required_names=frozenset(field.name for field in fields if field.indicator.required),
        keys={field.name: field.indicator.key for field in fields},
        dates=tuple(field.name for field in fields if field.indicator.type == "date" and field.indicator.key in read),
        controls=tuple(control for control in controls if _belongs(control.entity, entity)),
    )


def _belongs(named: str, entity: str) -> bool:
    return named == entity if entity else named in ROOT_ENTITIES


def _field(indicator: Indicator, catalogue: Catalogue) -> Field:
    checks = [
        type_check(indicator, codes_of(indicator, catalogue)),
        range_check(indicator, catalogue.rules),
        value_set_check(indicator, catalogue),
        format_check(indicator),
        scale_check(indicator, catalogue.rules),
        precision_check(indicator, catalogue.rules),
    ]
    return Field(
        name=indicator.key.rsplit(".", 1)[-1],
        indicator=indicator,
        checks=tuple(check for check in checks if check is not None),
        is_text=indicator.type == "texte",
        accept=_whole if indicator.type == "entier" else _unchanged,
    )


def _plain_test(indicator: Indicator, catalogue: Catalogue) -> PlainTest:
    return plain_test(
        indicator,
        codes=codes_of(indicator, catalogue),
        decimals=decimals_of(indicator, catalogue.rules),
        unlikely=scale_check(indicator, catalogue.rules),
    )


def _unchanged(value: Any) -> Any:
    return value


def _whole(value: int | Decimal) -> int:
    return int(value)


def moment(value: str) -> Any:
    """What a control compares: the day, or the time with its offset."""
    return date.fromisoformat(value) if len(value) == DAY_LENGTH else read_date(value, with_time=True)
