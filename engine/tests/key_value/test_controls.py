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
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.expressions import ExpressionError, Kind, compile_condition

MODELS = list(installed_catalogue().models.values())
CONTROLS = [(model, control) for model in MODELS for control in model.controls]


NUMBER_OF_CONTROLS = {
    "camsp-structure": 27,
    "camsp-usager": 14,
    "cmpp-structure": 25,
    "cmpp-usager": 15,
    "rama-structure": 41,
    "rama-usager": 19,
    "setmin-usager": 16,
    "ssiad-structure": 21,
    "ssiad-usager": 24,
}


def changed(data: dict[str, Any], change: dict[str, Any], *, entity: str = "", instance: int = 0) -> dict[str, Any]:
    """The data with these keys changed, those of `entity` in its element `instance`; None takes a key away."""
    data = copy.deepcopy(data)
    for key, value in change.items():
        owner, _, field = key.rpartition(".")
        place = data[entity][instance] if owner else data
        place[field] = value
        if value is None:
            del place[field]
    return data


def broken(data: dict[str, Any], control: Control) -> dict[str, Any]:
    """The data changed as the faulty example of the control says."""
    faulty = control.data["exemples"]["fautif"]
    if faulty.keys() == {"instance", "valeurs"}:
        return changed(data, faulty["valeurs"], entity=control.entity, instance=faulty["instance"])
    return changed(data, faulty)


def written(data: Any, path: str) -> Any:
    """What stands at a JSON Pointer; None when nothing does."""
    for step in path.removeprefix("/").split("/"):
        data = data[int(step)] if isinstance(data, list) else data.get(step)
    return data


def is_of(model: BusinessModel) -> str:
    return f"{model.code} {model.version}"


@pytest.mark.parametrize("model", MODELS, ids=is_of)
def test_the_example_of_a_model_is_conformant_and_all_of_it_is_accepted(
    model: BusinessModel, body: Any, judge_one: Any
) -> None:
    sent = body(model.code, model.version)
    verdict = judge_one(sent)
    assert verdict.anomalies == ()
    not_run = {(line.reason, line.detail) for line in verdict.not_run if line.reason != "fait_inconnu"}
    assert not_run <= {("cle_absente", "evaluation[0].aucun_motif")}, "an AGGIR assessment has no such answer"
    assert verdict.values == json.loads(json.dumps(sent["donnees"]), parse_float=Decimal)
    assert verdict.model == (model.code, model.version)


def test_there_are_two_hundred_and_two_controls() -> None:
    numbers = {model.code: len(model.controls) for model in MODELS if model.version == "2026.0-brouillon"}
    assert numbers == NUMBER_OF_CONTROLS
    assert sum(numbers.values()) == 202


def named(item: object) -> str:
    """The name of a parameter: `ssiad-usager 2026.0-brouillon`, `SSIAD-U-001`."""
    return is_of(item) if isinstance(item, BusinessModel) else item.id if isinstance(item, Control) else ""


@pytest.mark.parametrize(("model", "control"), CONTROLS, ids=named)
def test_the_faulty_variant_breaks_its_control(
    model: BusinessModel, control: Control, body: Any, judge_one: Any
) -> None:
    sent = body(model.code, model.version)
    sent["donnees"] = broken(sent["donnees"], control)
    verdict = judge_one(sent)
    assert {anomaly.stage for anomaly in verdict.anomalies} == {Stage.BUSINESS}, "every single value must be valid"
    instance = control.data["exemples"]["fautif"].get("instance")
    place = "/donnees/" if instance is None else f"/donnees/{control.entity}/{instance}"
    anomaly, *others = [
        anomaly
        for anomaly in verdict.anomalies
        if anomaly.rule == control.id and (anomaly.location.path + "/").startswith(place)
    ]
    assert others == []
    expected = control.data["message"], control.data["aide"], control.data["gravite"]
    assert (anomaly.message, anomaly.hint, anomaly.severity.value) == expected
    key = anomaly.location.path.rpartition("/")[2]
    key = key if instance is None or key in control.keys else f"{control.entity}.{key}"
    if key in control.keys:
        quoted = key in (anomaly.value or "")
        assert quoted or model.indicators[key].personal or written(sent, anomaly.location.path) is None
    else:
        assert anomaly.location.path == place.rstrip("/"), "no key of the control was received"
    assert verdict.is_conformant is all(found.severity is not Severity.BLOCKING for found in verdict.anomalies)


PLAIN = [
    (model, control)
    for model, control in CONTROLS
    if control.when is None
    and model.data_level == control.entity
    and not any(word in control.expression for word in (" and ", " or ", "present(", "absent("))
]


@pytest.mark.parametrize(("model", "control"), PLAIN, ids=named)
def test_a_control_that_lacks_any_of_its_keys_is_reported_with_that_key(
    model: BusinessModel, control: Control, body: Any, judge_one: Any
) -> None:
    for key in control.keys:
        sent = body(model.code, model.version)
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


def test_the_reference_counterexamples_break_the_same_controls(shared: Path, judge_one: Any) -> None:
    examples = shared / "models" / "examples"
    published = json.loads((examples / "counterexamples.json").read_text(encoding="utf-8"))
    entities = {control.id: control.entity for model, control in CONTROLS}
    assert sorted(line["control"] for line in published) == sorted(
        control.id for model, control in CONTROLS if model.version == "2026.0-brouillon"
    )
    for line in published:
        sent = json.loads((examples / f"{line['model']}.json").read_text(encoding="utf-8"))
        assert judge_one(sent).anomalies == ()
        sent["donnees"] = changed(
            sent["donnees"], line["set"], entity=entities[line["control"]], instance=line.get("instance", 0)
        )
        anomalies = {anomaly.rule: anomaly.severity.value for anomaly in judge_one(sent).anomalies}
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
