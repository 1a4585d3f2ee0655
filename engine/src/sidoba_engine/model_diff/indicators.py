"""Attribute by attribute, what is not the same in one key, and whether a value right before may be refused after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sidoba_engine.business_model import INDICATOR_ORDER, BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import bounds
from sidoba_engine.model_diff.changes import AttributeChange
from sidoba_engine.model_diff.migration import are_same
from sidoba_engine.value_choices import admitted_codes, is_only_named

CARDINALITY = "cardinalite"
_NUMBERS = ("entier", "decimal")
_DEFAULTS = {"obligatoire": False, "personnel": False}
_NOT_COMPARED = frozenset({"cle", "entite"})  # the key says its entity
_ROOTS = ("structure", "usager")

Raw = Mapping[str, Any]


def attribute_changes(
    source: BusinessModel, target: BusinessModel, renamed: Mapping[str, str], catalogue: Catalogue
) -> Iterator[AttributeChange]:
    """The changes of the keys that both models have, then of the entities; in the order of the target."""
    raw_source = {entry["cle"]: entry for entry in source.data["indicateurs"]}
    former = {after: before for before, after in renamed.items()}
    for entry in target.data["indicateurs"]:
        key = former.get(entry["cle"], entry["cle"])
        if key in raw_source:
            pair = source.indicators[key], target.indicators[entry["cle"]]
            yield from _changes(pair, raw_source[key], entry, catalogue)
    yield from _entity_changes(source, target)


def _changes(
    pair: tuple[Indicator, Indicator], source: Raw, target: Raw, catalogue: Catalogue
) -> Iterator[AttributeChange]:
    key = pair[0].key
    for attribute in INDICATOR_ORDER:
        default = _DEFAULTS.get(attribute)
        before, after = source.get(attribute, default), target.get(attribute, default)
        if attribute in _NOT_COMPARED or are_same(before, after):
            continue
        breaks = _breaks(attribute, *pair, catalogue)
        if attribute == "valeurs":
            before, after = _codes_not_in(before, after), _codes_not_in(after, before)
            breaks = breaks and bool(before or not source.get("valeurs"))
            if before == after:  # the same codes in another order
                continue
        yield AttributeChange(key, attribute, before, after, breaks)


def _codes_not_in(values: list[Raw] | None, others: list[Raw] | None) -> list[Raw]:
    return [value for value in values or () if value not in (others or ())]


def _breaks(attribute: str, before: Indicator, after: Indicator, catalogue: Catalogue) -> bool:
    match attribute:
        case "type":
            return type_breaks(before, after, catalogue)
        case "unite":
            return _measures(before.unit) != _measures(after.unit) and None not in (before.unit, after.unit)
        case "obligatoire":
            return after.required and not before.required
        case "min":
            return after.minimum is not None and (before.minimum is None or after.minimum > before.minimum)
        case "max":
            return after.maximum is not None and (before.maximum is None or after.maximum < before.maximum)
        case "format":
            return after.format is not None
        case "valeurs" | "valeurs_de":
            return codes_break(before, after, catalogue)
        case _:
            return False


def codes_break(before: Indicator, after: Indicator, catalogue: Catalogue) -> bool:
    """True when the target's list lacks something that the source admits."""
    admitted = admitted_codes(after, catalogue)
    if admitted is None:
        return False
    former = admitted_codes(before, catalogue)
    return former is None or not former.keys() <= admitted.keys()


def type_breaks(before: Indicator, after: Indicator, catalogue: Catalogue) -> bool:
    """True unless every value of the former type is one of the new type, and no less present."""
    match before.type, after.type:
        case ("entier", "decimal") | ("date", "texte"):
            return False
        case ("code", "texte"):
            codes = admitted_codes(before, catalogue)
            return after.required and (codes is None or not all(code.strip() for code in codes))
        case ("texte", "code"):
            return not is_only_named(after)
        case _:
            return before.type != after.type


def _measures(unit: str | None) -> str:
    """A unit without what does not change it: case, plural."""
    return " ".join(word.rstrip("s") for word in (unit or "").casefold().split())


def _entity_changes(source: BusinessModel, target: BusinessModel) -> Iterator[AttributeChange]:
    before, after = (
        {
            entity["code"]: entity["cardinalite"]
            for entity in model.data.get("entites", ())
            if entity["code"] not in _ROOTS
        }
        for model in (source, target)
    )
    for code in [*after, *(code for code in before if code not in after)]:
        if before.get(code) != after.get(code):
            breaks = _is_narrower(before.get(code), after.get(code))
            yield AttributeChange(code, CARDINALITY, before.get(code), after.get(code), breaks)


def _is_narrower(before: str | None, after: str | None) -> bool:
    """An entity that is gone is refused; one that is new is missing from the data."""
    if after is None:
        return True
    low, high = bounds(after)
    former_low, former_high = bounds(before) if before is not None else (0, 0)
    return low > former_low or (high is not None and (former_high is None or high < former_high))
