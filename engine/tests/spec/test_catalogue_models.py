"""The nine business models of the catalogue: complete, explained, and the same facts as the reference texts."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sidoba_catalogue
from catalogue_loading import check_loaded
from catalogue_problems import Problems
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue, installed_catalogue

YEAR = "2026.0-brouillon"
NEXT_YEAR = "2027.0-brouillon"
SIZES = {
    "camsp-structure": (111, 27),
    "camsp-usager": (44, 14),
    "cmpp-structure": (95, 25),
    "cmpp-usager": (39, 15),
    "rama-structure": (150, 41),
    "rama-usager": (71, 19),
    "setmin-usager": (70, 16),
    "ssiad-structure": (70, 21),
    "ssiad-usager": (83, 24),
}
MODELS = list(installed_catalogue().models.values())
OF_THE_YEAR = [model for model in MODELS if model.version == YEAR]

TYPES = {
    "integer": "entier",
    "decimal": "decimal",
    "boolean": "booleen",
    "date": "date",
    "code": "code",
    "text": "texte",
}


def is_of(model: BusinessModel) -> str:
    return f"{model.code} {model.version}"


def test_nine_models_seven_hundred_and_thirty_three_indicators_two_hundred_and_two_controls() -> None:
    assert {model.code: (len(model.indicators), len(model.controls)) for model in OF_THE_YEAR} == SIZES
    assert sum(indicators for indicators, _ in SIZES.values()) == 733
    assert sum(controls for _, controls in SIZES.values()) == 202


def test_the_numbers_are_those_of_the_reference_table(shared: Path) -> None:
    read_me = (shared / "models" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([a-z]+-[a-z]+) \| (\d+) \(.*?\) \| (\d+) \|", read_me, flags=re.MULTILINE)
    assert {code: (int(indicators), int(controls)) for code, indicators, controls in table} == SIZES


def test_the_engine_takes_the_catalogue_and_every_example_passes_or_breaks_as_told() -> None:
    problems = Problems()
    check_loaded(problems, sidoba_catalogue.read(), [])
    assert problems == []


@pytest.mark.parametrize("model", MODELS, ids=is_of)
def test_every_required_indicator_and_every_control_is_explained_in_its_own_words(model: BusinessModel) -> None:
    for indicator in model.indicators.values():
        assert len(indicator.hint or "") > 20 or not indicator.required, indicator.key
    controls = [control.data for control in model.controls]
    for text in ("message", "aide"):
        assert [line for line, times in Counter(control[text] for control in controls).items() if times > 1] == []
    for control in controls:
        assert control["message"].endswith(".") and len(control["aide"]) > 60, control["id"]


REFERENCE_FIELDS = {
    "libelle": "label",
    "section": "section",
    "unite": "unit",
    "obligatoire": "required",
    "min": "min",
    "max": "max",
    "format": "format",
    "entite": "entity",
    "origine": "origin",
    "personnel": "personal",
    "source": "source",
    "confiance": "confidence",
}


@pytest.mark.parametrize("model", OF_THE_YEAR, ids=is_of)
def test_the_facts_of_a_model_are_those_of_the_reference(model: BusinessModel, shared: Path) -> None:
    reference = json.loads((shared / "models" / f"{model.code}.json").read_text(encoding="utf-8"))
    assert list(model.indicators) == [indicator["key"] for indicator in reference["indicators"]]
    for ours, theirs in zip(model.data["indicateurs"], reference["indicators"], strict=True):
        assert {name: ours.get(name) for name in REFERENCE_FIELDS} == {
            name: theirs.get(name_there) for name, name_there in REFERENCE_FIELDS.items()
        }
        assert ours["type"] == TYPES[theirs["type"]]
        assert [(code["code"], code["libelle"]) for code in ours.get("valeurs", ())] == [
            (code["code"], code["label"]) for code in theirs.get("values", ())
        ]
        assert ours.get("agregation") == _aggregation(theirs.get("aggregation"))
        assert ours.get("valeurs_de", {}).get("filtre") == theirs.get("values_from", {}).get("filter")
    assert [(section["code"], section["libelle"]) for section in model.data["sections"]] == [
        (section["code"], section["label"]) for section in reference["sections"]
    ]
    assert [(entity["code"], entity["cardinalite"]) for entity in model.data.get("entites", ())] == [
        (entity["code"], entity["cardinality"]) for entity in reference.get("entities", ())
    ]
    assert model.data["categories_finess"] == reference["finess_categories"]
    for control, theirs in zip(model.controls, reference["controls"], strict=True):
        assert (control.id, control.data["gravite"], control.entity) == (
            theirs["id"],
            theirs["severity"],
            theirs["entity"],
        )
        assert (control.expression, control.when) == (theirs["expression"], theirs.get("when"))
        assert sorted(control.keys) == sorted(theirs["keys"])


def _aggregation(theirs: dict[str, Any] | None) -> dict[str, Any] | None:
    if theirs is None:
        return None
    ours = {
        "modele": theirs["from"],
        "operation": theirs["op"],
        "champ": theirs["field"],
        "condition": theirs["where"],
    }
    return {name: value for name, value in ours.items() if value is not None}


@pytest.mark.parametrize("code", ["rama-structure", "ssiad-structure"])
def test_the_notes_of_a_next_year_name_every_key_and_control_that_it_touches(code: str, catalogue: Catalogue) -> None:
    before, after = catalogue.model(code, YEAR), catalogue.model(code, NEXT_YEAR)
    assert before is not None and after is not None
    entry = next(
        entry for entry in json.loads(sidoba_catalogue.read())["modeles"] if entry["version"] == NEXT_YEAR
        and entry["code"] == code
    )  # fmt: skip
    notes = " ".join(entry["notes"])
    old = {indicator["cle"]: indicator for indicator in before.data["indicateurs"]}
    new = {indicator["cle"]: indicator for indicator in after.data["indicateurs"]}
    touched = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    controls = {control["id"]: control for control in before.data["controles"]}
    touched |= {control["id"] for control in after.data["controles"] if control != controls[control["id"]]}
    assert len(touched) >= 8
    assert [name for name in touched if name not in notes] == []
    assert "notes" not in after.data, "they do not travel"


@pytest.mark.parametrize("code", ["rama-structure", "ssiad-structure"])
def test_each_version_states_its_own_controls(code: str, catalogue: Catalogue) -> None:
    before, after = catalogue.model(code, YEAR), catalogue.model(code)
    assert before is not None and after is not None and after.version == NEXT_YEAR
    changed = [
        control.id
        for control, next_control in zip(before.controls, after.controls, strict=True)
        if control.data["message"] != next_control.data["message"]
    ]
    assert len(changed) == 1
    first, second = (catalogue.control_rule(model, changed[0]) for model in (before, after))
    assert first.message != second.message
    assert catalogue.rules[changed[0]].message == second.message, "without version, the latest one"


def test_the_tables_of_the_grid_are_whole(catalogue: Catalogue) -> None:
    grid = json.loads(sidoba_catalogue.read())["tables"]["aggir"]
    weighted = [variable["code"] for variable in grid["variables"] if variable["ponderee"]]
    assert [variable["role"] for variable in grid["variables"]].count("discriminante") == 10
    for group in grid["groupes"]:
        assert {len(weights) for weights in group["poids"].values()} == {len(weighted)} == {8}
    for variable, composite in grid["composites"].items():
        parts = len(composite["sous_variables"])
        assert set(composite["resultats"]) == set(map("".join, itertools.product("ABC", repeat=parts))), variable
    ranks = [threshold["rang"] for group in grid["groupes"] for threshold in group["seuils"]]
    assert [*ranks, grid["dernier_rang"]] == list(range(1, 14))
    assert len(grid["gir"]) == 13


def test_the_tables_of_the_grid_are_those_of_the_reference(shared: Path) -> None:
    grid = json.loads(sidoba_catalogue.read())["tables"]["aggir"]
    weighted = [variable["code"] for variable in grid["variables"] if variable["ponderee"]]
    groups = {group["code"]: group for group in grid["groupes"]}
    with (shared / "reference" / "aggir_poids.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            is_counted = row["modalite"] != "A" and row["variable"] in weighted
            weights = groups[row["groupe"]]["poids"].get(row["modalite"], ())
            ours = weights[weighted.index(row["variable"])] if is_counted else 0
            assert ours == int(row["poids"]), row
    with (shared / "reference" / "aggir_composites.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            assert grid["composites"][row["variable"]]["resultats"][row["modalites"]] == row["resultat"], row
