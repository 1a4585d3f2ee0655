"""Value sets: R-KV-026. A list that the model only names (`ans`) accepts any text."""

from __future__ import annotations

from collections.abc import Mapping

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault

NOT_IN_SET = "R-KV-026"
QUOTED = 12
"""Codes quoted in the message; the anomaly's `attendu` lists them all."""


def value_set_check(indicator: Indicator, catalogue: Catalogue) -> ValueCheck | None:
    """The check of the value set; None when the indicator has none, or one that is only named.

    Raises CatalogueError when the model refers to a value set that the catalogue does not have.
    """
    codes = indicator.codes or _referenced(indicator, catalogue.value_sets)
    if codes is None:
        return None
    known = frozenset(codes)
    quoted = ", ".join(codes[:QUOTED]) + (f"… ({len(codes)} valeurs)" if len(codes) > QUOTED else "")

    def check(value: str) -> ValueFault | None:
        if value in known:
            return None
        trimmed = value.strip()
        replacement = Replacement(trimmed) if trimmed in known else None
        return ValueFault(NOT_IN_SET, {"attendu": quoted}, codes, replacement)

    return check


def _referenced(indicator: Indicator, value_sets: Mapping[str, object]) -> tuple[str, ...] | None:
    reference = indicator.values_from
    if reference is None or reference["nature"] == "ans":
        return None
    name = reference["nom"]
    if name not in value_sets or "filtre" in reference:
        raise CatalogueError(f"indicator {indicator.key}: value set {name} is not in the catalogue, or is filtered")
    return tuple(value_sets[name].labels)  # type: ignore[attr-defined]
