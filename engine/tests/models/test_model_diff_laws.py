"""Laws of the gap, on models made out of the published ones by drawn changes."""

from __future__ import annotations

import copy
import itertools
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
    model_of,
    payloads,
    plain,
    published,
    verdict_on,
)
from sidoba_engine.business_model import model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.changes import AttributeChange, ModelDiff
from sidoba_engine.model_diff.conversion import convert
from sidoba_engine.model_diff.renames import find_renames

SOME = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
Data = dict[str, Any]


def gap(source: Data, target: Data) -> ModelDiff:
    return diff_models(model_of(source), model_of(target), installed_catalogue())


@pytest.mark.parametrize("name", NAMES)
@SOME
@given(data=st.data())
def test_the_gap_to_itself_is_empty(name: str, data: st.DataObject) -> None:
    model = data.draw(changed_models(as_given(published(name))))
    found = gap(model, copy.deepcopy(model))
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
        made = patch.apply(copy.deepcopy(one))
        assert made == other
        assert model_from_data(made).digest == other["empreinte"]


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(NAMES, 2)))
def test_the_migration_between_any_two_published_models(one: str, other: str) -> None:
    source, target = (dict(published(name).data) for name in (one, other))
    made = jsonpatch.JsonPatch(plain(gap(source, target).migration)).apply(copy.deepcopy(source))
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
    for gone, come in itertools.permutations(keys, 2):
        if keys[gone] != keys[come] or {gone, come} == SAME_LABEL:
            continue
        sides = [
            model_from_data({**bare, "indicateurs": [one for one in bare["indicateurs"] if one["cle"] != left]})
            for left in (come, gone)
        ]
        assert find_renames(*sides) == (), (gone, come)
