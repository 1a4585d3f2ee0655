"""WS04: the gap between two models, published or given."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_server.api import schemas
from sidoba_server.core import clock
from sidoba_server.publishing.actions import publish_model
from sidoba_server.publishing.models import PublishedModel

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/modeles/ecart"


def next_year(**changes: Any) -> dict[str, Any]:
    """The published model under another version, one key less, one key more, a lower bound."""
    model = copy.deepcopy(dict(situations.the_model().data))
    del model["empreinte"]
    model["version"] = "2031.0"
    model["indicateurs"] = [one for one in model["indicateurs"] if one["cle"] != "kilometres_parcourus"]
    model["controles"] = [one for one in model["controles"] if "kilometres_parcourus" not in one["cles"]]
    places = next(one for one in model["indicateurs"] if one["cle"] == "nombre_de_places")
    places["max"] = 500
    model["indicateurs"].append(
        {"cle": "temps_de_coordination", "libelle": "Temps de coordination", "section": "activite", "type": "decimal"}
    )
    return model | changes


def publish(model: dict[str, Any]) -> BusinessModel:
    made = model_from_data(model)
    publish_model(situations.PLATFORM, model=made)
    return made


def named(model: BusinessModel | None = None) -> dict[str, str]:
    model = model or situations.the_model()
    return {"code": model.code, "version": model.version}


def asked(scene: Scene, source: Any, target: Any) -> dict[str, Any]:
    answer = scene.caller.post(ADDRESS, msgspec.json.encode({"source": source, "cible": target}), key=None)
    assert answer.status_code == 200, answer.content
    schemas.Ecart.model_validate(body_of(answer))
    return body_of(answer)


def test_between_two_published_versions(scene: Scene) -> None:
    after = publish(next_year())
    found = asked(scene, named(), named(after))
    assert (found["source"], found["cible"]) == (named(), named(after))
    assert found["ajouts"] == [{"cle": "temps_de_coordination", "obligatoire": False}]
    assert found["suppressions"] == ["kilometres_parcourus"]
    assert found["modifications"] == [
        {"cle": "nombre_de_places", "attribut": "max", "avant": 2000, "apres": 500, "rupture": True}
    ]
    assert found["controles"]["suppressions"] and not found["controles"]["ajouts"]
    assert found["compatible"] is False


def test_the_address_of_two_versions_says_the_same(scene: Scene) -> None:
    publish(next_year())
    before = situations.the_model().version
    answer = scene.caller.get(f"/api/v1/modeles/ssiad-structure/ecart?de={before}&vers=2031.0")
    assert body_of(answer) == asked(scene, named(), {"code": "ssiad-structure", "version": "2031.0"})
    latest = scene.caller.get(f"/api/v1/modeles/ssiad-structure/ecart?de={before}&vers=derniere")
    assert latest.content == answer.content


def test_a_model_may_be_given_whole(scene: Scene) -> None:
    after = publish(next_year())
    assert asked(scene, named(), next_year()) == asked(scene, named(), named(after))
    assert asked(scene, dict(situations.the_model().data), named(after)) == asked(scene, named(), named(after))


def test_no_gap_from_a_model_to_itself(scene: Scene) -> None:
    found = asked(scene, named(), named())
    assert found["compatible"] is True and found["migration"] == []
    assert not any(found[part] for part in ("ajouts", "suppressions", "renommages", "modifications"))
    assert not any(found["controles"].values())


def test_a_compatible_gap(scene: Scene) -> None:
    wider = copy.deepcopy(dict(situations.the_model().data)) | {"version": "2031.1"}
    del wider["empreinte"]
    next(one for one in wider["indicateurs"] if one["cle"] == "nombre_de_places")["max"] = 5000
    found = asked(scene, named(), wider)
    assert found["compatible"] is True
    assert [change["rupture"] for change in found["modifications"]] == [False]


# Refusals


def refused(scene: Scene, body: Any) -> tuple[int, str]:
    written = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return code_of(scene.caller.post(ADDRESS, written, key=None))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "COMMANDE_ILLISIBLE")),
        (b"[]", (400, "COMMANDE_ILLISIBLE")),
        ('{"source": {}}'.encode("utf-16"), (400, "COMMANDE_ILLISIBLE")),
        ({"source": {}, "cible": {}, "de": "2026"}, (422, "CHAMP_INCONNU")),
        ({"source": {"code": "a", "version": "1", "annee": 2026}, "cible": {}}, (422, "CHAMP_INCONNU")),
        ({"source": {"code": "a"}, "cible": {}}, (422, "CHAMP_INVALIDE")),
        ({"source": "ssiad-structure", "cible": {}}, (422, "CHAMP_INVALIDE")),
        ({}, (422, "CHAMP_INVALIDE")),
        ({"source": {"code": "inconnu", "version": "1"}, "cible": {}}, (404, "MODELE_INCONNU")),
    ],
)
def test_refusals(scene: Scene, body: Any, expected: tuple[int, str]) -> None:
    assert refused(scene, body) == expected


def test_an_unknown_field_is_named(scene: Scene) -> None:
    answer = scene.caller.post(ADDRESS, b'{"source": {"code": "a", "versoin": "1"}}', key=None)
    assert "source.versoin" in body_of(answer)["detail"]


def test_a_malformed_model_comes_back_with_its_anomalies(scene: Scene) -> None:
    model = next_year()
    model["indicateurs"][0]["type"] = "Texte"
    answer = scene.caller.post(ADDRESS, msgspec.json.encode({"source": named(), "cible": model}), key=None)
    assert code_of(answer) == (422, "MODELE_INVALIDE")
    problem = body_of(answer)
    assert problem["total_anomalies"] >= 1
    assert problem["anomalies"][0]["emplacement"]["chemin"] == "/cible/indicateurs/0/type"


def test_a_key_written_twice(scene: Scene) -> None:
    model = msgspec.json.encode(next_year()).replace(b'"version":', b'"version":"1","version":', 1)
    body = b'{"source":' + msgspec.json.encode(named()) + b',"cible":' + model + b"}"
    assert refused(scene, body) == (422, "MODELE_INVALIDE")


@pytest.mark.parametrize("query", ["", "?de=2026.0", "?vers=2026.0"])
def test_both_versions_are_asked_for(scene: Scene, query: str) -> None:
    answer = scene.caller.get(f"/api/v1/modeles/ssiad-structure/ecart{query}")
    assert code_of(answer) == (422, "PARAMETRE_INVALIDE")


def test_who_may_ask(scene: Scene) -> None:
    narrow = Caller(a_token(scene.access, scopes=["campagnes:lire"]))
    address = "/api/v1/modeles/ssiad-structure/ecart?de=derniere&vers=derniere"
    assert code_of(Caller().post(ADDRESS, b"{}", key=None)) == (401, "JETON_ABSENT")
    assert code_of(narrow.post(ADDRESS, b"{}", key=None)) == (403, "PORTEE_ABSENTE")
    assert code_of(Caller().get(address)) == (401, "JETON_ABSENT")
    assert code_of(narrow.get(address)) == (403, "PORTEE_ABSENTE")


def test_models_of_the_other_environment_are_unknown(scene: Scene) -> None:
    PublishedModel.objects.create(
        environment="production",
        code="ssiad-structure",
        version="2040.0",
        digest="sha256:x",
        content="{}",
        published_at=clock.now(),
    )
    answer = scene.caller.get("/api/v1/modeles/ssiad-structure/ecart?de=derniere&vers=2040.0")
    assert code_of(answer) == (404, "MODELE_INCONNU")
