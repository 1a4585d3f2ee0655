"""``fhir.json``: what its sources name exists, nothing is defined twice, and the catalogue's digest follows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue_problems import Problems
from compile_catalogue import load, main
from fhir_definitions import compile_fhir

CATALOGUE = Path(__file__).resolve().parents[3] / "catalogue"
FHIR = Path("formats", "fhir")
LISTS = {"civilite": {"1": {"oid": "1.2.3"}}}

Data = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A catalogue with one type, one profile and one value set of FHIR."""
    for package, files in {
        "base": {
            "types/Slot": {"name": "Slot", "kind": "resource", "elements": {"Slot": {"min": 0, "max": "*"}}},
            "jeux-de-valeurs/a": {"url": "urn:a", "nomenclature": "1.2.3"},
        },
        "guide": {"profils/p": {"url": "urn:p", "id": "p", "type": "Slot", "elements": {"Slot": {}}}},
    }.items():
        for name, content in {"paquet": {"version": "1"}, **files}.items():
            path = tmp_path / FHIR / package / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
    return tmp_path


def compiled(root: Path) -> tuple[Data, list[str]]:
    problems = Problems()
    made = compile_fhir(root, LISTS, problems, load)
    assert made is not None
    return made, list(problems)


def rewrite(root: Path, name: str, change: Callable[[Data], object]) -> None:
    path = root / FHIR / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_packages_are_put_together(root: Path) -> None:
    made, problems = compiled(root)
    assert problems == []
    assert [each["nom"] for each in made["paquets"]] == ["base", "guide"]
    assert made["profils"]["urn:p"]["paquet"] == "guide"


def test_what_is_named_and_missing_is_told(root: Path) -> None:
    slot = {"types": [{"code": "Slot", "profile": ["urn:nowhere"]}]}
    rewrite(root, "guide/profils/p.json", lambda profile: profile["elements"].update({"Slot": slot}))
    rewrite(root, "base/jeux-de-valeurs/a.json", lambda value_set: value_set.update(nomenclature="9.9"))
    (root / FHIR / "terminologie.yaml").write_text("memes_listes: {urn:b: nowhere}")
    (root / FHIR / "identifiants.yaml").write_text(
        "identifiants: [{systeme: urn:i, nature: other}, {systeme: urn:i, nature: ins}]"
    )
    (root / FHIR / "contradictions.yaml").write_text(
        "contradictions: [{code: c, nature: n, cibles: [x], source: s, exemple: {a: 1}}]"
    )
    _, problems = compiled(root)
    expected = [
        "terminologie.yaml: the value set of urn:b 'nowhere'",
        "urn:p Slot: urn:nowhere is not held: import the package that defines it",
        "urn:a: the value set '9.9'",
        "identifiants.yaml: the nature 'other'",
        "identifiants.yaml: urn:i is used 2 times",
        "contradictions.yaml c: missing: raison",
    ]
    assert len(problems) == len(expected)
    for said, wanted in zip(problems, expected, strict=True):
        assert said.startswith(wanted)


def test_a_definition_of_two_packages_is_told(root: Path) -> None:
    shutil.copytree(root / FHIR / "guide", root / FHIR / "twin")
    _, problems = compiled(root)
    assert problems == ["twin/profils/p.json: urn:p is already defined"]


def test_a_profile_of_an_unknown_type_is_told(root: Path) -> None:
    rewrite(root, "guide/profils/p.json", lambda profile: profile.update(type="Sloth"))
    _, problems = compiled(root)
    assert problems == ["urn:p: the type 'Sloth' is not among Slot"]


def test_the_digest_of_the_catalogue_follows_the_definitions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, root)
    before = (root / "src/sidoba_catalogue/catalogue.json").read_bytes()
    name = "ans.fhir.fr.tddui/profils/tddui-schedule.json"
    rewrite(root, name, lambda profile: profile.update(version="2.4.1"))
    assert main(["--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert (
        "profils: https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/tddui-schedule has changed" in said
    )
    after = (root / "src/sidoba_catalogue/catalogue.json").read_bytes()
    assert json.loads(before)["fhir"] != json.loads(after)["fhir"]
    assert {part for part, value in json.loads(after).items() if json.loads(before)[part] != value} == {"fhir"}
