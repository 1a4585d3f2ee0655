"""WS03: a model or data, judged at once; nothing is stored."""

from __future__ import annotations

import copy
import gzip
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of, kept_rows
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.verdict_json import encode
from sidoba_server.api import schemas
from sidoba_server.filings.models import Filing
from sidoba_server.publishing.actions import publish_model

pytestmark = pytest.mark.django_db

MODEL = "/api/v1/modeles/validation"
DATA = "/api/v1/modeles/ssiad-structure/versions/{}/validation"


def data_address(code: str = "ssiad-structure") -> str:
    return f"/api/v1/modeles/{code}/versions/{situations.the_model(code).version}/validation"


def judged(scene: Scene, body: bytes, address: str = MODEL, **headers: str) -> dict[str, Any]:
    """The one document of the verdict, once sure of the form of the whole."""
    answer = scene.caller.post(address, body, key=None, **headers)
    assert answer.status_code == 200, answer.content
    verdict = body_of(answer)
    schemas.Verdict.model_validate(verdict)
    catalogue = installed_catalogue()
    assert verdict["catalogue"] == {"version": catalogue.version, "empreinte": catalogue.digest}
    assert verdict["environnement"] == "bac_a_sable"
    (document,) = verdict["documents"]
    assert verdict["conforme"] is document["conforme"]
    return document


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The published model, as a vendor holds it, with a change."""
    model = copy.deepcopy(dict(situations.the_model().data))
    del model["empreinte"]
    change(model)
    return encode(model)


def indicator(model: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in model["indicateurs"] if one["cle"] == key)


def rules(document: dict[str, Any]) -> set[str]:
    return {anomaly["regle"] for anomaly in document["anomalies"]}


def a_filing(scene: Scene) -> Filing:
    return situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)


# A model


@pytest.mark.parametrize("code", sorted({code for code, _ in installed_catalogue().models}))
def test_a_published_model_agrees_with_itself(scene: Scene, code: str) -> None:
    document = judged(scene, encode(situations.the_model(code).data))
    assert (document["type"], document["conforme"], document["anomalies"]) == ("modele", True, [])


def test_what_differs_is_named_with_its_place(scene: Scene) -> None:
    model = situations.the_model()
    rank = list(model.indicators).index("nombre_de_places")

    document = judged(scene, changed(lambda held: indicator(held, "nombre_de_places").update(type="texte")))
    (anomaly,) = [one for one in document["anomalies"] if one["regle"] == "R-MOD-035"]
    assert anomaly["emplacement"]["chemin"] == f"/indicateurs/{rank}/type"
    assert anomaly["emplacement"]["ligne"] == 1 and anomaly["emplacement"]["colonne"] > 1
    assert (anomaly["valeur"], anomaly["attendu"]) == ("texte", ["entier"])
    assert document["conforme"] is False


def test_the_same_control_written_otherwise_is_the_same(scene: Scene) -> None:
    def reworded(held: dict[str, Any]) -> None:
        left, right = held["controles"][0]["expression"].split("==")
        terms = " + ".join(reversed(left.split("+")))
        held["controles"][0]["expression"] = f"({right.strip()}) == ({terms.strip()})"

    assert judged(scene, changed(reworded))["anomalies"] == []


def test_another_control_is_not(scene: Scene) -> None:
    def weaker(held: dict[str, Any]) -> None:
        held["controles"][0]["expression"] = held["controles"][0]["expression"].replace("==", "<=")

    assert rules(judged(scene, changed(weaker))) == {"R-MOD-046"}


def test_unknown_reference(scene: Scene) -> None:
    assert "R-MOD-030" in rules(judged(scene, changed(lambda held: held.update(code="autre-structure"))))
    assert "R-MOD-031" in rules(judged(scene, changed(lambda held: held.update(version="1999.0"))))


@pytest.mark.parametrize("body", [b"", b"<modele/>", b"[]", b'{"donnees": {}}', b'{"resourceType": "Bundle"}'])
def test_what_is_not_a_model(scene: Scene, body: bytes) -> None:
    document = judged(scene, body)
    assert (document["type"], rules(document)) == ("inconnu", {"R-MOD-001"})


def test_broken_json_is_an_anomaly_with_its_place(scene: Scene) -> None:
    document = judged(scene, b'{"code":\n"ssiad-structure",}')
    (anomaly,) = document["anomalies"]
    assert (anomaly["regle"], anomaly["emplacement"]["ligne"]) == ("R-KV-004", 2)


def test_at_most_500_anomalies_are_listed(scene: Scene) -> None:
    document = judged(scene, changed(lambda held: held.update({f"inconnu_{n}": 1 for n in range(700)})))
    assert document["total_anomalies"] == 700
    assert len(document["anomalies"]) == 500


# Data


def test_conformant_data(scene: Scene) -> None:
    document = judged(scene, situations.a_structure_body(), data_address())
    assert (document["type"], document["conforme"]) == ("cle-valeur", True)
    unknown = {(entry["regle"], entry["detail"]) for entry in document["regles_non_executees"]}
    assert {("R-KV-013", "campagne"), ("R-KV-014", "etablissement"), ("R-KV-015", "campagne")} <= unknown


def test_the_verdict_is_that_of_ws05(scene: Scene) -> None:
    """Same anomalies at the same places, for everything that needs no fact."""
    body = situations.a_structure_body(situations.example_values(nombre_de_places="36", places_installees=None))
    run = situations.judged(situations.a_submission(scene.access, a_filing(scene), body))
    stored = msgspec.json.decode(run.documents.get().judgement)
    document = judged(scene, body, data_address())
    assert document["anomalies"] == stored["anomalies"] != []


def test_the_model_named_in_the_body_must_be_that_of_the_address(scene: Scene) -> None:
    document = judged(scene, situations.a_structure_body(code="rama-structure"), data_address())
    assert rules(document) == {"R-KV-013"}


def test_latest_version(scene: Scene) -> None:
    address = data_address().replace(situations.the_model().version, "derniere")
    assert judged(scene, situations.a_structure_body(), address)["conforme"] is True


def test_data_of_a_service_user(scene: Scene) -> None:
    """Bare, or under the name of their model; a CDA document is not taken here."""
    publish_model(situations.PLATFORM, model=situations.the_model("ssiad-usager"))
    address = data_address("ssiad-usager")
    bare = encode(dict(situations.the_model("ssiad-usager").example))
    assert judged(scene, bare, address)["conforme"] is True
    assert judged(scene, situations.a_structure_body(code="ssiad-usager"), address)["conforme"] is True
    assert rules(judged(scene, b"<ClinicalDocument/>", address)) == {"R-ENV-001"}


def test_nothing_is_stored(scene: Scene) -> None:
    before = kept_rows()
    judged(scene, situations.a_structure_body(), data_address())
    judged(scene, encode(situations.the_model().data))
    assert kept_rows() == before


def test_compressed_body(scene: Scene) -> None:
    body = gzip.compress(situations.a_structure_body())
    assert judged(scene, body, data_address(), Content_Encoding="gzip")["conforme"] is True


# Refusals


@pytest.mark.parametrize("address", [MODEL, data_address()])
def test_refusals(scene: Scene, address: str) -> None:
    call = scene.caller.post
    assert code_of(Caller().post(address, b"{}", key=None)) == (401, "JETON_ABSENT")
    narrow = Caller(a_token(scene.access, scopes=["campagnes:lire"]))
    assert code_of(narrow.post(address, b"{}", key=None)) == (403, "PORTEE_ABSENTE")
    assert code_of(call(address, b"{}", kind="text/csv", key=None)) == (415, "TYPE_NON_ADMIS")
    assert code_of(call(address, b"{}", key=None, Content_Encoding="br")) == (415, "ENCODAGE_NON_ADMIS")
    assert code_of(call(address, b"x", key=None, Content_Encoding="gzip")) == (400, "CORPS_ILLISIBLE")
    assert code_of(call(address, b"{}", key=None, Content_Digest="sha-256=:AAAA:")) == (400, "EMPREINTE_DIFFERENTE")
    assert code_of(scene.caller.get(address)) == (405, "METHODE_NON_ADMISE")


@pytest.mark.parametrize("address", [MODEL, data_address()])
def test_ten_mebibytes_at_most(scene: Scene, address: str) -> None:
    """Announced, or met while decompressing."""
    large = b" " * (10 * 1024 * 1024 + 1)
    assert code_of(scene.caller.post(address, large, key=None)) == (413, "CORPS_TROP_GRAND")
    small = gzip.compress(large)
    assert code_of(scene.caller.post(address, small, key=None, Content_Encoding="gzip")) == (413, "CORPS_TROP_GRAND")


def test_unknown_model(scene: Scene) -> None:
    assert code_of(scene.caller.post(DATA.format("1999.0"), b"{}", key=None)) == (404, "MODELE_INCONNU")
    unpublished = data_address("rama-structure")
    assert code_of(scene.caller.post(unpublished, b"{}", key=None)) == (404, "MODELE_INCONNU")
