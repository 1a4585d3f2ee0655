"""The checks of the catalogue find each fault that one can make in it, and say where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sidoba_catalogue
import yaml
from catalogue_checks import check_models, check_rules, check_value_set
from catalogue_loading import check_examples, check_frozen
from catalogue_problems import Problems
from catalogue_proofs import always, opposed, spelled
from compile_catalogue import CATALOGUE, PlainLoader, main, read_frozen, read_models
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import load_catalogue

Data = dict[str, Any]
COMPILED = sidoba_catalogue.read()


def model_of(data: Data, code: str) -> Data:
    return next(model for model in data["modeles"] if model["code"] == code)


def indicator_of(data: Data, code: str, key: str) -> Data:
    return next(indicator for indicator in model_of(data, code)["indicateurs"] if indicator["cle"] == key)


def control_of(data: Data, control_id: str) -> Data:
    controls = (control for model in data["modeles"] for control in model["controles"])
    return next(control for control in controls if control["id"] == control_id)


def indicator(code: str, key: str, **changes: Any) -> Callable[[Data], None]:
    """Change attributes of an indicator."""
    return lambda data: indicator_of(data, code, key).update(changes)


def control(control_id: str, **changes: Any) -> Callable[[Data], None]:
    """Change attributes of a control."""
    return lambda data: control_of(data, control_id).update(changes)


def model(code: str, **changes: Any) -> Callable[[Data], None]:
    """Change attributes of a model."""
    return lambda data: model_of(data, code).update(changes)


def copy_of_a_control(data: Data) -> None:
    copied = control_of(data, "SSIAD-U-014")
    swapped = "interventions_planifiees >= interventions_annulees + interventions_realisees"
    twin = {**copied, "id": "SSIAD-U-099", "expression": swapped}
    model_of(data, "ssiad-usager")["controles"].append(twin)


def opposite_control(data: Data) -> None:
    opposed_one = {**control_of(data, "SSIAD-U-001"), "id": "SSIAD-U-099", "expression": "date_entree > date_sortie"}
    model_of(data, "ssiad-usager")["controles"].append(opposed_one)


FAULTS: dict[str, tuple[Callable[[Data], object], str]] = {
    "unknown attribute of a rule": (
        lambda data: data["regles"][0].update(gravitee="bloquante"),
        "attribute 'gravitee'",
    ),
    "rule without help": (lambda data: data["regles"][0].update(aide=""), "missing: aide"),
    "rule without faulty example": (lambda data: data["regles"][0]["exemples"].pop("fautif"), "missing: fautif"),
    "unknown attribute of a model": (model("ssiad-usager", libele="x"), "attribute 'libele' is not among"),
    "unknown attribute of an indicator": (indicator("ssiad-usager", "sexe", obligatoir=True), "nearest"),
    "unknown attribute of a control": (control("SSIAD-U-001", aides="x"), "attribute 'aides'"),
    "statut": (model("ssiad-usager", statut="final"), "statut 'final'"),
    "transport": (model("ssiad-usager", transport="poste"), "transport 'poste'"),
    "cardinality": (
        lambda data: model_of(data, "ssiad-usager")["entites"][1].update(cardinalite="plusieurs"),
        "cardinalite 'plusieurs'",
    ),
    "section that nothing uses": (
        lambda data: model_of(data, "ssiad-usager")["sections"].append({"code": "vide", "libelle": "Vide"}),
        "section without indicator: 'vide'",
    ),
    "modele_usager": (model("ssiad-structure", modele_usager="ssiad-usagers"), "modele_usager 'ssiad-usagers'"),
    "usagers_annonces_par": (model("ssiad-structure", usagers_annonces_par="file"), "usagers_annonces_par 'file'"),
    "bounds": (indicator("ssiad-usager", "age_debut_periode", min=200), "no value is between 200 and 125"),
    "bounds of a text": (indicator("ssiad-usager", "sexe", min=1), "a code has no bounds"),
    "no code": (indicator("ssiad-usager", "sexe", valeurs=[]), "a code needs valeurs"),
    "code twice": (
        lambda data: indicator_of(data, "ssiad-usager", "sexe")["valeurs"].append({"code": "F", "libelle": "F"}),
        "F is used 2 times",
    ),
    "filter without code": (
        lambda data: indicator_of(data, "setmin-usager", "projet.besoin")["valeurs_de"].update(filtre="famille=soin"),
        "keeps no code of serafin-ph",
    ),
    "unknown value set": (
        lambda data: indicator_of(data, "setmin-usager", "projet.besoin")["valeurs_de"].update(nom="serafin"),
        "valeurs_de 'serafin'",
    ),
    "key of another entity": (indicator("ssiad-usager", "evenement.statut", entite="semaine"), "does not begin with"),
    "aggregation of an unknown key": (
        lambda data: indicator_of(data, "ssiad-structure", "semaines_usagers")["agregation"].update(champ="semaines"),
        "key of the aggregation 'semaines'",
    ),
    "aggregation of a text": (
        lambda data: indicator_of(data, "ssiad-structure", "semaines_usagers")["agregation"].update(champ="sexe"),
        "cannot be added up",
    ),
    "unknown key": (control("SSIAD-U-001", expression="date_sorti >= date_entree"), "key 'date_sorti' is not among"),
    "unknown function": (control("SSIAD-U-001", expression="max(date_sortie) > 1"), "function 'max'"),
    "key not in cles": (control("SSIAD-U-001", cles=["date_sortie"]), "'date_entree' is read and not in cles"),
    "not an expression": (control("SSIAD-U-001", expression="date_sortie >="), "the expression cannot be read"),
    "no help": (control("SSIAD-U-001", aide=""), "missing: aide"),
    "no faulty example": (control("SSIAD-U-001", exemples={"fautif": {}}), "missing: fautif"),
    "instance of a root": (
        control("SSIAD-U-001", exemples={"fautif": {"instance": 0, "valeurs": {"date_sortie": None}}}),
        "exactly when the control is on a list",
    ),
    "instance that is not there": (
        control("SSIAD-U-003", exemples={"fautif": {"instance": 99, "valeurs": {"evenement.date_fin": None}}}),
        "no element 99 of evenement",
    ),
    "duplicate": (copy_of_a_control, "SSIAD-U-099 says the same as SSIAD-U-014"),
    "contradiction": (opposite_control, "SSIAD-U-099 contradicts SSIAD-U-001"),
    "never applies": (control("SSIAD-U-021", quand="age_debut_periode > 130", cles=["age_debut_periode"]), "never"),
    "never applies, a code that is not": (control("SSIAD-U-021", quand='type_public == "pag"'), "never applies"),
    "never satisfied": (control("SSIAD-U-021", expression="age_debut_periode < 0"), "can never be satisfied"),
    "never broken": (control("SSIAD-U-021", expression="age_debut_periode <= 125"), "can never be broken"),
    "example without a required key": (
        lambda data: model_of(data, "ssiad-usager")["exemple"]["evenement"][1].pop("statut"),
        "evenement[1]: the required key 'statut' is missing",
    ),
    "example with an unknown key": (
        lambda data: model_of(data, "ssiad-usager")["exemple"]["semaine"][0].update(jour=1),
        "semaine[0]: the key 'jour' is unknown",
    ),
}


def found_in(data: Data) -> Problems:
    problems = Problems()
    check_models(problems, data["modeles"], data["nomenclatures"])
    check_rules(problems, data["regles"])
    return problems


def test_the_models_of_the_catalogue_have_no_fault() -> None:
    assert found_in(json.loads(COMPILED)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    data = json.loads(COMPILED)
    change, told = FAULTS[fault]
    change(data)
    problems = found_in(data)
    assert problems != []
    assert told == "nearest" or any(told in problem for problem in problems), problems
    assert told != "nearest" or "is not among obligatoire" in problems[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.clear(), "missing: codes"),
        (lambda rows: rows.append(dict(rows[0])), "is used 2 times"),
        (lambda rows: rows[0].update(libelle=""), "missing: libelle"),
        (lambda rows: rows[0].update(code=354), "code is a text"),
    ],
)
def test_a_fault_of_a_value_set_is_found(change: Callable[[list[Data]], object], told: str) -> None:
    value_set = json.loads(COMPILED)["nomenclatures"]["codes-tddui"]["2025-10"]
    problems = Problems()
    check_value_set(problems, "essai", value_set)
    assert problems == []
    change(value_set["codes"])
    check_value_set(problems, "essai", value_set)
    assert any(told in problem for problem in problems), problems


def published(**changes: Any) -> BusinessModel:
    entry = {**model_of(json.loads(COMPILED), "cmpp-usager"), "statut": "publie", **changes}
    return model_from_data(entry)


def test_a_published_version_is_frozen_and_stays() -> None:
    first = published()
    line = {"code": first.code, "version": first.version, "empreinte": first.digest}

    def told(models: list[BusinessModel], lines: list[Data]) -> str:
        problems = Problems()
        check_frozen(problems, models, lines)
        return "\n".join(problems)

    assert told([first], [line]) == ""
    assert f'empreinte: "{first.digest}"' in told([first], [])
    assert "a published version does not change" in told([published(libelle="Autre")], [line])
    assert "is no longer in the catalogue" in told([], [line])
    assert "is written twice" in told([first], [line, line])
    draft = published(statut="brouillon")
    assert told([draft], []) == ""
    assert "cannot be a draft again" in told([draft], [{**line, "empreinte": draft.digest}])


def test_the_digests_written_are_those_of_the_catalogue() -> None:
    problems = Problems()
    check_frozen(problems, load_catalogue(COMPILED).models.values(), read_frozen(CATALOGUE, problems))
    assert problems == []


def test_an_example_that_does_not_do_what_it_says_is_found() -> None:
    data = json.loads(COMPILED)
    control_of(data, "CMPP-U-001")["exemples"]["fautif"] = {"date_sortie": "2030-01-01"}
    model_of(data, "cmpp-usager")["exemple"]["actes_groupe"] += 1
    catalogue = load_catalogue(json.dumps(data).encode())
    cmpp = catalogue.model("cmpp-usager")
    assert cmpp is not None
    problems = Problems()
    check_examples(problems, catalogue, cmpp)
    assert problems == [
        "cmpp-usager 2026.0-brouillon exemple: breaks CMPP-U-008",
        "cmpp-usager 2026.0-brouillon CMPP-U-001: its faulty example does not break it",
    ]


KEYS: dict[str, Data] = {
    "n": {"type": "entier", "min": 0, "max": 10, "obligatoire": True},
    "m": {"type": "decimal", "min": -1, "max": 1},
    "free": {"type": "entier"},
    "b": {"type": "booleen"},
    "c": {"type": "code", "valeurs": [{"code": "x"}, {"code": "y"}]},
    "d": {"type": "date"},
}


@pytest.mark.parametrize(
    ("expression", "proved"),
    [
        ("n <= 10", True),
        ("n < 10", None),
        ("n > 10", False),
        ("n + 2 * m >= -2", True),
        ("n * m <= 10", True),
        ("n - n == 0", None),
        ("n == n", True),
        ("abs(m) <= 1", True),
        ("abs(n) < 0", False),
        ("free * 0 == 0", None),
        ("n / 2 <= 10", None),
        ("b + b <= 2", True),
        ("-n <= 0", True),
        ('c == "z"', False),
        ('c != "z"', True),
        ('c == "x"', None),
        ("present(n)", True),
        ("absent(n)", False),
        ("present(m)", None),
        ("not (n > 10)", True),
        ("n > 10 and free > 1", False),
        ("n <= 10 or free > 1", True),
        ("year(d) > 2020", None),
        ("true", True),
        ("n == 0 or n > 10", None),
    ],
)
def test_only_what_holds_for_every_valid_value_is_affirmed(expression: str, proved: bool | None) -> None:
    assert always(expression, KEYS) is proved


def test_two_writings_of_one_thing_have_one_spelling() -> None:
    assert spelled("b + a + c > d") == spelled("d < ((c + a) + b)")
    assert spelled("a == b and not x or y") == spelled("y or (b == a and not x)")
    assert spelled("2 * a") == spelled("a * 2")
    assert spelled("a - b") != spelled("b - a")
    assert spelled("a / b") != spelled("b / a")
    assert spelled("a < b") != spelled("a <= b")


@pytest.mark.parametrize(
    ("first", "second", "is_opposed"),
    [
        ("a < b", "a > b", True),
        ("a < b", "b <= a", True),
        ("a == b", "b != a", True),
        ("a < b and c == 1", "c != 1 and d == 1", True),
        ("a <= b", "a >= b", False),
        ("a < b", "a < c", False),
        ("a < b or c == 1", "a > b", False),
    ],
)
def test_literal_contradictions(first: str, second: str, is_opposed: bool) -> None:
    assert (opposed(spelled(first), spelled(second)) is not None) is is_opposed


def test_the_command_names_a_fault_with_its_file_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "modeles" / "essai" / "1"
    folder.mkdir(parents=True)
    (tmp_path / "catalogue.yaml").write_text('version: "1"\ndocumentation: https://sidoba.example/docs\n')
    (folder / "modele.yaml").write_text("code: essai\ncode: autre\n")
    (folder / "regles.yaml").write_text("controles: []\n")
    (folder / "exemple.yaml").write_text("a: 1\n")
    for options in ([], ["--check"]):
        assert main(["--root", str(tmp_path), *options]) == 1
        told = capsys.readouterr().err
        assert "modeles/essai/1/modele.yaml" in told and "key written twice: code" in told
    assert list(tmp_path.rglob("catalogue.json")) == []


def test_the_sources_are_those_of_the_compiled_catalogue() -> None:
    problems = Problems()
    models = list(read_models(CATALOGUE, problems))
    assert problems == []
    assert models == json.loads(COMPILED)["modeles"], "run: python tools/compile_catalogue.py"


def test_yaml_keeps_as_texts_what_looks_like_a_date_or_a_yes() -> None:
    content = "jour: 2025-01-01\nreponse: oui\nnon: off\nvrai: true\nnombre: 12\n"
    read = yaml.load(content, Loader=PlainLoader)  # noqa: S506 (a safe loader)
    assert read == {"jour": "2025-01-01", "reponse": "oui", "non": "off", "vrai": True, "nombre": 12}
