"""The controls of the published models, one by one: the model's own example passes, its faulty variant breaks it."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sidoba_engine.anomaly import Severity, Stage
from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.expressions import ExpressionError, Kind, compile_condition

MODELS = list(installed_catalogue().models.values())
CONTROLS = [(model, control) for model in MODELS for control in model.controls]


def changed(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The data with these keys changed; None takes a key away."""
    merged = data | change
    return {key: value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.code)
def test_the_example_of_a_model_is_conformant_and_all_of_it_is_accepted(
    model: BusinessModel, body: Any, judge_one: Any
) -> None:
    sent = body(model.code)
    verdict = judge_one(sent)
    assert verdict.anomalies == ()
    assert {line.reason for line in verdict.not_run} == {"fait_inconnu"}
    assert verdict.values == json.loads(json.dumps(sent["donnees"]), parse_float=Decimal)
    assert verdict.model == (model.code, model.version)


def test_there_are_sixty_two_controls() -> None:
    assert [(model.code, len(model.controls)) for model in MODELS] == [("rama-structure", 41), ("ssiad-structure", 21)]


@pytest.mark.parametrize(("model", "control"), CONTROLS, ids=lambda item: getattr(item, "id", ""))
def test_the_faulty_variant_breaks_its_control(
    model: BusinessModel, control: Control, body: Any, judge_one: Any, catalogue: Catalogue
) -> None:
    sent = body(model.code)
    sent["donnees"] = changed(sent["donnees"], control.data["exemples"]["fautif"])
    verdict = judge_one(sent)
    assert {anomaly.stage for anomaly in verdict.anomalies} == {Stage.BUSINESS}, "every single value must be valid"
    (anomaly,) = [anomaly for anomaly in verdict.anomalies if anomaly.rule == control.id]
    rule = catalogue.rules[control.id]
    assert (anomaly.message, anomaly.hint, anomaly.severity) == (rule.message, rule.hint, rule.severity)
    named = anomaly.location.path.removeprefix("/donnees/")
    assert named in control.keys
    assert named in (anomaly.value or "") or named not in sent["donnees"]
    assert verdict.is_conformant is all(found.severity is not Severity.BLOCKING for found in verdict.anomalies)


PLAIN = [
    (model, control)
    for model, control in CONTROLS
    if control.when is None and not any(word in control.expression for word in (" and ", " or ", "present("))
]


@pytest.mark.parametrize(("model", "control"), PLAIN, ids=lambda item: getattr(item, "id", ""))
def test_a_control_that_lacks_any_of_its_keys_is_reported_with_that_key(
    model: BusinessModel, control: Control, body: Any, judge_one: Any
) -> None:
    for key in control.keys:
        sent = body(model.code)
        del sent["donnees"][key]
        (line,) = [line for line in judge_one(sent).not_run if line.rule == control.id]
        assert (line.reason, line.detail) == ("cle_absente", key)


def test_a_control_whose_condition_is_false_says_nothing(body: Any, judge_one: Any) -> None:
    sent = body("rama-structure")
    sent["donnees"]["medecin_coordonnateur_en_poste"] = False
    del sent["donnees"]["etp_medecin_coordonnateur"]
    verdict = judge_one(sent)
    said = {line.rule for line in verdict.not_run} | {anomaly.rule for anomaly in verdict.anomalies}
    assert "RAMA-S-028" not in said
    assert "RAMA-S-029" in said


def test_the_reference_counterexamples_break_the_same_controls(
    shared: Path, body: Any, judge_one: Any, catalogue: Catalogue
) -> None:
    published = json.loads((shared / "models" / "examples" / "counterexamples.json").read_text(encoding="utf-8"))
    ours = [line for line in published if line["control"] in catalogue.rules]
    assert len(ours) == 62
    for line in ours:
        example = json.loads((shared / "models" / "examples" / f"{line['model']}.json").read_text(encoding="utf-8"))
        assert judge_one(copy.deepcopy(example)).anomalies == ()
        example["donnees"] = changed(example["donnees"], line["set"])
        anomalies = {anomaly.rule: anomaly.severity.value for anomaly in judge_one(example).anomalies}
        assert anomalies.get(line["control"]) == line["severity"], line


def test_every_control_of_the_reference_models_is_of_the_language(shared: Path) -> None:
    kinds = {
        "integer": Kind.NUMBER,
        "decimal": Kind.NUMBER,
        "boolean": Kind.BOOLEAN,
        "date": Kind.DATE,
        "code": Kind.TEXT,
        "text": Kind.TEXT,
    }
    compiled = 0
    for path in sorted((shared / "models").glob("*.json")):
        model = json.loads(path.read_text(encoding="utf-8"))
        keys = {indicator["key"]: kinds[indicator["type"]] for indicator in model["indicators"]}
        for control in model["controls"]:
            texts = [text for text in (control["expression"], control.get("when")) if text]
            read = {key for text in texts for key in compile_condition(text, keys).keys}
            assert read == set(control["keys"]), control["id"]
            compiled += 1
    assert compiled == 202


def test_a_control_that_is_not_of_the_language_names_itself() -> None:
    with pytest.raises(ExpressionError, match="inconnue"):
        compile_condition("inconnue > 1", {"a": Kind.NUMBER})
