"""Laws of the gap, on models made out of the published ones by drawn changes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from model_generation import (
    EXAMPLES,
    NAMES,
    as_given,
    body_of,
    catalogue_with,
    changed_models,
    copied,
    model_of,
    payloads,
    plain,
    published,
    verdict_on,
)
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.checks.compiled_model import compiled_model
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.changes import AttributeChange, ModelDiff
from sidoba_engine.model_diff.conversion import convert
from sidoba_engine.model_diff.renames import find_renames
from sidoba_engine.value_choices import admitted_codes

SOME = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
Data = dict[str, Any]


def gap(source: Data, target: Data) -> ModelDiff:
    return diff_models(model_of(source), model_of(target), installed_catalogue())


@pytest.mark.parametrize("name", NAMES)
@SOME
@given(data=st.data())
def test_the_gap_to_itself_is_empty(name: str, data: st.DataObject) -> None:
    model = data.draw(changed_models(as_given(published(name))))
    found = gap(model, copied(model))
    assert found.is_empty and found.compatible
    assert not (found.additions or found.removals or found.renames or found.changes or found.migration)
    assert not (found.controls.added or found.controls.removed or found.controls.changed or found.controls.breaking)


@pytest.mark.parametrize("name", NAMES)
@SOME
@given(data=st.data())
def test_the_migration_makes_the_target(name: str, data: st.DataObject) -> None:
    """As another program applies it: the same model, the same digest. Both ways."""
    source = dict(published(name).data)
    target = dict(model_of(data.draw(changed_models(source))).data)
    for one, other in ((source, target), (target, source)):
        patch = jsonpatch.JsonPatch(plain(gap(one, other).migration))
        made = patch.apply(copied(one))
        assert made == other
        assert model_from_data(made).digest == other["empreinte"]


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(NAMES, 2)))
def test_the_migration_between_any_two_published_models(one: str, other: str) -> None:
    source, target = (dict(published(name).data) for name in (one, other))
    made = jsonpatch.JsonPatch(plain(gap(source, target).migration)).apply(copied(source))
    assert made == target and model_from_data(made).digest == target["empreinte"]


def judged_in(source: Data, target: Data) -> tuple[Catalogue, Catalogue]:
    return catalogue_with(source), catalogue_with(target)


def at_risk(change: AttributeChange) -> list[Any]:
    """Values that were right before, and that the change may have made wrong."""
    if change.attribute == "valeurs":
        return [code["code"] for code in change.before]
    return [change.before] if change.attribute in ("min", "max") and change.before is not None else []


@pytest.mark.parametrize("name", NAMES)
@settings(parent=SOME, max_examples=2 * EXAMPLES)
@given(data=st.data())
def test_a_compatible_gap_refuses_nothing_that_was_right(name: str, data: st.DataObject) -> None:
    source = as_given(published(name))
    target = data.draw(changed_models(source, most=3))
    found = gap(source, target)
    if not found.compatible:
        event("not compatible")
        return
    before, after = judged_in(source, target)
    former, latter = (next(iter(catalogue.models.values())) for catalogue in (before, after))
    touched = {change.key: at_risk(change) for change in found.changes}
    for _ in range(6):
        payload = data.draw(payloads(former, published(name).example, before, touched))
        if verdict_on(body_of(former, payload), former, before).is_conformant:
            event("compatible, conformant")
            verdict = verdict_on(body_of(latter, payload), latter, after)
            note(str([(one.rule, one.location.path, one.message) for one in verdict.anomalies]))
            assert verdict.is_conformant


@pytest.mark.parametrize("name", NAMES)
@SOME
@given(data=st.data())
def test_what_is_not_compatible_says_why(name: str, data: st.DataObject) -> None:
    source = as_given(published(name))
    found = gap(source, data.draw(changed_models(source)))
    reasons = (
        found.removals
        or found.renames
        or found.controls.breaking
        or any(addition.required for addition in found.additions)
        or any(change.breaks for change in found.changes)
    )
    assert found.compatible or reasons


@pytest.mark.parametrize("name", NAMES)
@SOME
@given(data=st.data())
def test_conversion_invents_nothing(name: str, data: st.DataObject) -> None:
    """Every value of the converted data is a value of the data, and every value that is gone is accounted for."""
    source = as_given(published(name))
    example = plain(dict(published(name).example))
    converted = convert(example, gap(source, data.draw(changed_models(source))))
    before, after = leaves(example), leaves(converted.data)
    gone = [*converted.dropped, *converted.remeasured]
    moved = {place: f"{place.rpartition('/')[0]}/{key.rpartition('.')[2]}" for place, key in converted.renamed.items()}
    expected = {
        moved.get(place, place): value
        for place, value in before.items()
        if not any(place == one or place.startswith(f"{one}/") for one in gone)
    }
    assert after == expected


def leaves(value: Any, pointer: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, held in value.items() for k, v in leaves(held, f"{pointer}/{name}").items()}
    if isinstance(value, list) and value:
        return {k: v for index, held in enumerate(value) for k, v in leaves(held, f"{pointer}/{index}").items()}
    return {pointer: value}


# Renames


@pytest.mark.parametrize("name", NAMES)
def test_a_key_renamed_under_its_label_is_found(name: str) -> None:
    model = published(name)
    labels = [(one.section, one.label) for one in model.indicators.values()]
    for rank, indicator in enumerate(model.indicators.values()):
        if labels.count((indicator.section, indicator.label)) > 1:
            continue
        data = as_given(model) | {"controles": []}
        renamed = f"{indicator.key}_nouveau"
        data["indicateurs"][rank]["cle"] = renamed
        found = find_renames(model, model_from_data(data))
        assert [(one.before, one.after) for one in found] == [(indicator.key, renamed)]


SAME_LABEL = {"delai_rdv_3_6_mois", "delai_soin_3_6_mois"}
"""Two waits of the CMPP model under the same label, section and unit: alone, nothing tells them apart."""


@pytest.mark.parametrize("name", NAMES)
def test_two_different_items_are_not_taken_for_one(name: str) -> None:
    """One goes, another comes: of all the pairs of a section, none is called a rename."""
    model = published(name)
    bare = as_given(model) | {"controles": []}
    keys = {key: indicator.section for key, indicator in model.indicators.items()}
    without = {
        key: model_from_data({**bare, "indicateurs": [one for one in bare["indicateurs"] if one["cle"] != key]})
        for key in keys
    }
    for gone, come in itertools.permutations(keys, 2):
        if keys[gone] != keys[come] or {gone, come} == SAME_LABEL:
            continue
        assert find_renames(without[come], without[gone]) == (), (gone, come)


# One attribute at a time, in every key: the drawn models above seldom meet the one value that a new bound refuses

NUMBERS = ("entier", "decimal")
CHANGES: dict[str, Callable[[Data], object]] = {
    "max lowered": lambda one: one["type"] in NUMBERS and one.update(max=one.get("max", 50) - 1),
    "max raised": lambda one: "max" in one and one.update(max=one["max"] + 1),
    "max taken away": lambda one: one.pop("max", None),
    "min raised": lambda one: one["type"] in NUMBERS and one.update(min=one.get("min", -1) + 1),
    "min lowered": lambda one: "min" in one and one.update(min=one["min"] - 1),
    "min taken away": lambda one: one.pop("min", None),
    "first code taken out": lambda one: one.get("valeurs") and one.update(valeurs=one["valeurs"][1:]),
    "last code taken out": lambda one: one.get("valeurs") and one.update(valeurs=one["valeurs"][:-1]),
    "code brought in": lambda one: (
        one.get("valeurs") and one.update(valeurs=[*one["valeurs"], {"code": "zz", "libelle": "Z"}])
    ),
    "format taken away": lambda one: one.pop("format", None),
    "format asked": lambda one: one["type"] == "texte" and one.update(format="finess"),
    "whole numbers become decimals": lambda one: one["type"] == "entier" and one.update(type="decimal"),
    "decimals become whole numbers": lambda one: one["type"] == "decimal" and one.update(type="entier"),
    "numbers become texts": lambda one: one["type"] == "entier" and one.update(type="texte"),
    "dates become texts": lambda one: one["type"] == "date" and one.update(type="texte"),
    "texts become dates": lambda one: one["type"] == "texte" and one.update(type="date"),
    "booleans become numbers": lambda one: one["type"] == "booleen" and one.update(type="entier"),
    "asked": lambda one: one.update(obligatoire=True),
    "no longer asked": lambda one: one.update(obligatoire=False),
}
PLAIN_VALUES = (
    -1,
    0,
    1,
    48,
    50,
    Decimal("2.5"),
    True,
    "texte",
    "",
    "019999994",
    "2025-01-14",
    "2025-01-14T14:00:00+01:00",
)


def admitted_by(model: BusinessModel, key: str, catalogue: Catalogue, values: Iterable[Any]) -> list[Any]:
    """Those of the values (None: no value at all) that stand under that key."""
    compiled = compiled_model(model, catalogue)
    entity, _, name = key.rpartition(".")
    field = (compiled.entities[entity] if entity else compiled.root).fields[name]
    is_asked = field.indicator.required
    return [value for value in values if (not is_asked if value is None or value == "" else field.fault(value) is None)]


@pytest.mark.parametrize("name", NAMES)
def test_a_change_that_does_not_break_takes_every_value_that_was_right(name: str) -> None:
    """And one that breaks is told of every key where a value that was right is refused."""
    catalogue = installed_catalogue()
    source = as_given(published(name)) | {"controles": []}
    source["indicateurs"] = [one for one in source["indicateurs"] if one["cle"] != "finess_et"]
    former = model_of(source)
    missed, told = [], Counter[str]()
    for change, make in CHANGES.items():
        target = copied(source)
        for one in target["indicateurs"]:
            make(one)
            one.update(min=min(one["min"], one["max"])) if "min" in one and "max" in one else None
        latter = model_of(target)
        found = diff_models(former, latter, catalogue)
        breaking = {changed.key for changed in found.changes if changed.breaks}
        assert found.compatible is not bool(breaking or found.removals or found.renames), change
        told[change] = len(breaking)
        for key, indicator in former.indicators.items():
            codes = [code for code in admitted_codes(indicator, catalogue) or () if code]
            held = [bound for bound in (indicator.minimum, indicator.maximum) if bound is not None]
            right = admitted_by(
                former,
                key,
                catalogue,
                (None, *PLAIN_VALUES, *held, codes[0] if codes else "", codes[-1] if codes else ""),
            )
            still = admitted_by(latter, key, catalogue, right)
            if len(still) < len(right) and key not in breaking:
                missed.append((change, key, [value for value in right if value not in still]))
    assert missed == []
    assert told["max lowered"] and told["min raised"] and told["asked"]
    assert not (told["max raised"] or told["max taken away"] or told["min lowered"] or told["no longer asked"])
