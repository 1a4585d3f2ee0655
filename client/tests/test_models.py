"""`sidoba models`, `model`, `diff` and `explain`: the same offline and from the platform."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from platform_fake import PlatformFake
from sidoba_command import Sidoba
from sidoba_engine.catalogue import installed_catalogue

CODE, VERSION = "ssiad-structure", "2026.0-brouillon"
NAME = f"{CODE}@{VERSION}"
Write = Callable[[str, bytes], Path]


def published() -> dict[str, Any]:
    return copy.deepcopy(dict(installed_catalogue().models[CODE, VERSION].data))


def later() -> dict[str, Any]:
    """The same model once changed: a key renamed, one less, another required, a unit changed."""
    model = published()
    del model["empreinte"]
    model["version"] = "essai"
    model["controles"] = []
    keys = {one["cle"]: one for one in model["indicateurs"]}
    keys["raison_sociale"]["cle"] = "nom_du_service"
    keys["heures_deplacement"]["unite"] = "minute"
    model["indicateurs"].remove(keys["intervention_nuit"])
    model["indicateurs"].append(
        {"cle": "nouveau", "libelle": "Nouveau", "section": "activite", "type": "entier", "obligatoire": True}
    )
    return model


@pytest.fixture
def later_file(write: Write) -> Path:
    return write("plus-tard.json", json.dumps(later(), ensure_ascii=False).encode())


@pytest.fixture
def body_file(write: Write) -> Path:
    example = dict(installed_catalogue().models[CODE, VERSION].example)
    body = {
        "modele": {"code": CODE, "version": VERSION},
        "donnees": example | {"heures_deplacement": 1900.10},
        "commentaires": {"raison_sociale": "Vu.", "intervention_nuit": "Aucune."},
    }
    return write("donnees.json", json.dumps(body, ensure_ascii=False).encode())


# models, model


def test_models_of_the_catalogue(sidoba: Sidoba) -> None:
    done = sidoba("models", "--format", "json")
    named = [(one["code"], one["version"]) for one in done.json()["elements"]]
    assert done.code == 0 and named == sorted(installed_catalogue().models)
    assert "70 indicateurs, 21 contrôles" in sidoba("models").stdout


def test_models_of_the_open_campaigns(sidoba: Sidoba, platform: PlatformFake) -> None:
    done = sidoba("models", "--remote", "--format", "json")
    assert [(one["code"], one["version"]) for one in done.json()["elements"]] == [(CODE, VERSION)]
    assert any("/api/v1/modeles/ssiad-structure" in request for request in platform.requests)


@pytest.mark.parametrize("form", [(), ("--as", "json-schema"), ("--as", "questionnaire"), ("--format", "json")])
def test_a_model_is_the_same_offline_and_from_the_platform(sidoba: Sidoba, form: tuple[str, ...]) -> None:
    offline, remote = sidoba("model", NAME, *form), sidoba("model", NAME, "--remote", *form)
    assert (offline.code, remote.code) == (0, 0), (offline, remote)
    assert offline.stdout_bytes == remote.stdout_bytes != b""


def test_json_schema(sidoba: Sidoba, body_file: Path) -> None:
    schema = sidoba("model", NAME, "--as", "json-schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(json.loads(body_file.read_bytes()))


def test_questionnaire(sidoba: Sidoba) -> None:
    assert sidoba("model", "ssiad-usager", "--as", "questionnaire").json()["resourceType"] == "Questionnaire"


def test_unknown_model(sidoba: Sidoba) -> None:
    assert sidoba("model", "ssiad-structur").code == 2
    assert sidoba("model", "inconnu", "--remote").code == 1
    done = sidoba("model", NAME, "--as", "xsd")
    assert done.code == 2 and "json-schema" in done.stderr


def test_validate_knows_a_model_when_it_sees_one(sidoba: Sidoba, write: Write) -> None:
    """WS03 offline: the same verdict as `POST /modeles/validation`."""
    right = sidoba("validate", str(write("m.json", json.dumps(published()).encode())), "--format", "json")
    assert (right.code, right.json()["documents"][0]["type"]) == (0, "modele")
    wrong = published()
    wrong["indicateurs"][0]["type"] = "code"
    done = sidoba("validate", str(write("n.json", json.dumps(wrong, indent=1).encode())))
    assert done.code == 1 and "R-MOD-035" in done.stdout


# diff


def test_diff_in_words(sidoba: Sidoba, later_file: Path) -> None:
    done = sidoba("diff", NAME, str(later_file))
    assert done.code == 0, done
    for said in (
        f"{NAME} → {CODE}@essai",
        "Incompatible",
        "nouveau (obligatoire)",
        "intervention_nuit",
        "raison_sociale → nom_du_service (même libellé",
        "heures_deplacement, unite : heure → minute (rupture)",
        "Contrôles supprimés (21)",
    ):
        assert said in done.stdout


def test_diff_of_a_model_with_itself(sidoba: Sidoba) -> None:
    done = sidoba("diff", NAME, NAME)
    assert (done.code, "Aucun écart." in done.stdout, "Compatible" in done.stdout) == (0, True, True)


def test_diff_is_the_same_offline_and_from_the_platform(sidoba: Sidoba, later_file: Path) -> None:
    offline = sidoba("diff", NAME, str(later_file), "--format", "json")
    remote = sidoba("diff", NAME, str(later_file), "--format", "json", "--remote")
    assert offline.stdout_bytes == remote.stdout_bytes
    found = offline.json()
    assert found["source"] == {"code": CODE, "version": VERSION} and found["compatible"] is False
    assert found["renommages"][0]["vers"] == "nom_du_service"


@pytest.mark.parametrize("where", [(), ("--remote",)], ids=["offline", "remote"])
def test_apply_writes_the_data_of_the_target(
    sidoba: Sidoba, later_file: Path, body_file: Path, where: tuple[str, ...]
) -> None:
    done = sidoba("diff", NAME, str(later_file), "--apply", str(body_file), *where)
    assert done.code == 0, done
    before, after = json.loads(body_file.read_bytes()), done.json()
    assert after["modele"] == {"code": CODE, "version": "essai"}
    assert after["commentaires"] == {"nom_du_service": "Vu."}
    expected = before["donnees"]
    expected["nom_du_service"] = expected.pop("raison_sociale")
    del expected["intervention_nuit"], expected["heures_deplacement"]
    assert after["donnees"] == expected
    for said in (
        "devient nom_du_service",
        "/intervention_nuit : retirée",
        "son unité a changé",
        "nouveau : obligatoire",
    ):
        assert said in done.stderr


def test_apply_keeps_figures_as_written(sidoba: Sidoba, write: Write) -> None:
    """No figure goes through a binary number on the way."""
    wider = published() | {"version": "essai"}
    del wider["empreinte"]
    target = write("cible.json", json.dumps(wider).encode())
    data = write("nues.json", b'{"heures_deplacement": 8684.2300, "kilometres_parcourus": 12345678901234567890}')
    done = sidoba("diff", NAME, str(target), "--apply", str(data), "-o", "sortie.json")
    assert (done.code, done.stdout) == (0, "")
    written = (sidoba.folder / "sortie.json").read_text()
    assert written == '{"heures_deplacement":8684.2300,"kilometres_parcourus":12345678901234567890}\n'


def test_apply_reads_standard_input(sidoba: Sidoba) -> None:
    done = sidoba("diff", NAME, NAME, "--apply", "-", stdin=b'{"nombre_de_places": 40}')
    assert (done.code, done.stdout) == (0, '{"nombre_de_places":40}\n')


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "n'est pas du JSON lisible"),
        (b"[]", "ne contient pas un objet"),
        (b'{"a": 1, "a": 2}', "écrites deux fois"),
        (b'{"a": NaN}', "NaN"),
        (b'{"modele": {"code": "rama-structure", "version": "1"}, "donnees": {}}', "ne sont pas de"),
        (b'{"modele": {"code": "ssiad-structure", "version": "2026.0-brouillon"}}', "donnees"),
    ],
)
def test_data_that_cannot_be_converted(sidoba: Sidoba, write: Write, data: bytes, said: str) -> None:
    done = sidoba("diff", NAME, NAME, "--apply", str(write("d.json", data)))
    assert done.code == 2 and said in done.stderr and done.stdout == ""


def test_a_file_that_holds_no_model(sidoba: Sidoba, write: Write) -> None:
    model = published()
    model["indicateurs"][0]["type"] = "Texte"
    done = sidoba("diff", NAME, str(write("m.json", json.dumps(model).encode())))
    assert done.code == 2 and "/indicateurs/0/type (ligne 1)" in done.stderr
    assert sidoba("diff", NAME, str(write("n.json", b"{"))).code == 2
    assert sidoba("diff", NAME, NAME, "-o", "x.json").code == 2
    assert sidoba("diff", NAME, "absent.json").code == 2


# explain


def test_explain_a_control(sidoba: Sidoba) -> None:
    done = sidoba("explain", "ssiad-u-003")
    assert done.code == 0
    for said in (
        "exige    evenement.date_fin >= evenement.date_debut",
        "Contrôle du modèle ssiad-usager@",
        "Exemple conforme : {",
        "Exemple fautif : {",
        "Source : ",
    ):
        assert said in done.stdout


def test_every_rule_is_explained_with_both_examples(sidoba: Sidoba) -> None:
    """Through the object that the API serves too; a few rules of each kind, for real."""
    for name in ("R-MOD-034", "R-KV-017", "R-CDA-003", "CAMSP-S-013"):
        told = sidoba("explain", name, "--format", "json").json()
        assert set(told["exemples"]) == {"conforme", "fautif"} and told["source"] and told["aide"]
