"""Entities: R-KV-020 (number of elements); a list of objects is the only form of an entity (R-KV-021)."""

from __future__ import annotations

from typing import Any, TypeGuard

from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.types import TYPE, received_type
from sidoba_engine.checks.value_fault import shown

CARDINALITY = "R-KV-020"


def check_entity(judgement: Judgement, code: str, cardinality: str, value: object, pointer: str) -> list[object]:
    """The elements of one entity as received; empty when it is absent or not a list, whatever the fault reported."""
    if value is not None and not isinstance(value, list):
        judgement.report(
            TYPE, pointer, value=shown(value), cle=code, type_attendu="liste", type_recu=received_type(value)
        )
        return []
    elements = value or []
    minimum, maximum = bounds(cardinality)
    if len(elements) < minimum or (maximum is not None and len(elements) > maximum):
        judgement.report(CARDINALITY, pointer, entite=code, nombre=len(elements), cardinalite=cardinality)
    return elements


def is_object(element: object, judgement: Judgement, code: str, pointer: str) -> TypeGuard[dict[str, Any]]:
    """True when the element of an entity is an object; R-KV-021 when it is not."""
    if isinstance(element, dict):
        return True
    judgement.report(
        TYPE, pointer, value=shown(element), cle=code, type_attendu="objet", type_recu=received_type(element)
    )
    return False


def bounds(cardinality: str) -> tuple[int, int | None]:
    """Lowest and highest number of elements.

    >>> bounds("0..54"), bounds("1..*"), bounds("1")
    ((0, 54), (1, None), (1, 1))
    """
    low, _, high = cardinality.partition("..")
    return int(low), None if high == "*" else int(high or low)
