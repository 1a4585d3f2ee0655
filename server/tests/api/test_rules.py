"""`GET /regles` and `/regles/{id}`: the rules of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from calling import Caller, Scene, a_token, body_of, code_of
from sidoba_engine.catalogue import installed_catalogue
from sidoba_server.api import schemas

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/regles"


def all_of(scene: Scene, address: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address is not None:
        page = body_of(scene.caller.get(address))
        schemas.ListeRegles.model_validate(page)
        found += page["elements"]
        address = page["suivant"]
    return found


def test_every_rule_once_in_order(scene: Scene) -> None:
    names = [rule["id"] for rule in all_of(scene, f"{ADDRESS}?limite=90")]
    assert names == sorted(installed_catalogue().rules)


@pytest.mark.parametrize("domain", ["modele", "reception", "ssiad-structure"])
def test_of_one_domain(scene: Scene, domain: str) -> None:
    names = {rule["id"] for rule in all_of(scene, f"{ADDRESS}?domaine={domain}&limite=7")}
    assert names == {rule.id for rule in installed_catalogue().rules.values() if rule.domain == domain} != set()


def test_unknown_domain_is_empty(scene: Scene) -> None:
    assert body_of(scene.caller.get(f"{ADDRESS}?domaine=inconnu")) == {"elements": [], "suivant": None}


def test_a_format_rule(scene: Scene) -> None:
    rule = installed_catalogue().rules["R-KV-028"]
    answer = scene.caller.get(f"{ADDRESS}/R-KV-028")
    told = body_of(answer)
    assert list(told)[:6] == ["id", "version", "gravite", "gravites", "niveau", "domaine"]
    assert (told["message"], told["aide"], told["gravites"]) == (rule.message, rule.hint, {"production": "bloquante"})
    assert set(told["exemples"]) == {"conforme", "fautif"}


def test_a_control_has_its_examples_and_its_source_in_full(scene: Scene) -> None:
    told = body_of(scene.caller.get(f"{ADDRESS}/SSIAD-S-001"))
    assert told["domaine"] == "ssiad-structure"
    assert "semaines_usagers" in told["exemples"]["conforme"]
    assert told["exemples"]["conforme"] != told["exemples"]["fautif"]
    assert told["source"].startswith("S2 : ")


def test_tag_of_the_catalogue(scene: Scene) -> None:
    for address in (ADDRESS, f"{ADDRESS}/R-KV-017"):
        first = scene.caller.get(address)
        assert first["ETag"] == f'"{installed_catalogue().digest}"'
        assert scene.caller.get(address, If_None_Match=first["ETag"]).status_code == 304


def test_refusals(scene: Scene) -> None:
    assert code_of(scene.caller.get(f"{ADDRESS}/R-KV-999")) == (404, "RESSOURCE_INCONNUE")
    assert code_of(scene.caller.get(f"{ADDRESS}?limite=0")) == (422, "PARAMETRE_INVALIDE")
    assert code_of(scene.caller.get(f"{ADDRESS}?limite=501")) == (422, "PARAMETRE_INVALIDE")
    assert code_of(scene.caller.get(f"{ADDRESS}?apres=!!")) == (422, "PARAMETRE_INVALIDE")
    for address in (ADDRESS, f"{ADDRESS}/R-KV-017"):
        assert code_of(Caller().get(address)) == (401, "JETON_ABSENT")
        narrow = Caller(a_token(scene.access, scopes=["campagnes:lire"]))
        assert code_of(narrow.get(address)) == (403, "PORTEE_ABSENTE")
