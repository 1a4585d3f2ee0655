"""WS06: a collection and its runs, as the sender can follow them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import situations
from calling import Caller, Scene, a_token, body_of, code_of
from sidoba_engine.filing_status import FilingStatus, targets_of
from sidoba_server.core.ids import new_id
from sidoba_server.processing.actions import give_up, judge_run
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db


def sent(scene: Scene, body: bytes | None = None, *, judge: bool = True) -> dict[str, Any]:
    """A receipt; its run judged unless told otherwise."""
    receipt: dict[str, Any] = body_of(scene.send(body))
    if judge:
        judge_run(ProcessingRun.objects.get(pk=receipt["traitement"]["id"]).pk)
    return receipt


def read(scene: Scene, address: str) -> dict[str, Any]:
    answer = scene.caller.get(address)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = body_of(answer)
    return found


def test_filing_before_anything_was_sent(scene: Scene) -> None:
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    told = read(scene, scene.address("collecte"))
    assert told == read(scene, f"/api/v1/collectes/{filing.pk}")
    assert told["statut"] == "a_initier" and "dernier_envoi" not in told
    assert told["etablissement"] == {"finess": "019999994", "nom": scene.establishment.name}
    (model,) = told["completude"]["modeles"]
    assert (model["recus"], model["acceptes"]) == (0, 0)
    required = [i.key for i in situations.the_model().indicators.values() if i.required]
    assert model["obligatoires_manquants"] == required
    assert told["completude"]["complete"] is False


def test_filing_with_complete_data(scene: Scene) -> None:
    receipt = sent(scene)
    told = read(scene, receipt["collecte"]["href"])
    assert told["statut"] == "en_cours"
    assert told["dernier_envoi"] == {"id": receipt["accuse"]["id"], "recu_le": receipt["accuse"]["recu_le"]}
    (model,) = told["completude"]["modeles"]
    example = situations.example_values()
    assert model["attendus"] == len(situations.the_model().indicators)
    assert model["recus"] == model["acceptes"] == len(example)
    assert model["obligatoires_manquants"] == []


@pytest.mark.parametrize("status", FilingStatus)
def test_possible_transitions_come_from_the_table(scene: Scene, status: FilingStatus) -> None:
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    filing.status = status
    filing.save()
    told = read(scene, scene.address("collecte"))
    assert (told["statut"], told["transitions_possibles"]) == (status, [target.value for target in targets_of(status)])


def test_etag_changes_with_what_is_told(scene: Scene) -> None:
    """Received, judged, refused: each changes the filing, so each changes its ETag; reading does not."""
    seen = []
    situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    bad = situations.a_structure_body({**situations.example_values(), "inconnue": 1})
    for step in (lambda: None, lambda: sent(scene), lambda: sent(scene, bad, judge=False)):
        step()
        answers = [scene.caller.get(scene.address("collecte")) for _ in range(2)]
        assert answers[0]["ETag"] == answers[1]["ETag"] and answers[0].content == answers[1].content
        seen.append((answers[0]["ETag"], answers[0].content))
    judge_run(ProcessingRun.objects.get(status="en_attente").pk)
    last = scene.caller.get(scene.address("collecte"))
    seen.append((last["ETag"], last.content))
    assert len({etag for etag, _ in seen}) == len({content for _, content in seen}) == 4


def test_run_waiting_then_ended(scene: Scene) -> None:
    first, second = sent(scene, judge=False), sent(scene, judge=False)
    waiting = read(scene, second["traitement"]["href"])
    assert (waiting["statut"], waiting["file"]["position"]) == ("en_attente", 2)
    assert not {"debut", "fin", "bilan", "verdict", "catalogue"} & set(waiting)
    judge_run(ProcessingRun.objects.get(pk=first["traitement"]["id"]).pk)
    assert read(scene, second["traitement"]["href"])["file"]["position"] == 1
    ended = read(scene, first["traitement"]["href"])
    assert ended["statut"] == "termine" and "file" not in ended
    assert ended["recu_le"] <= ended["debut"] <= ended["fin"]
    assert ended["bilan"] == {
        "recus": 1,
        "acceptes": 1,
        "acceptes_avec_avertissement": 0,
        "refuses": 0,
        "inchanges": 0,
    }
    assert ended["verdict"]["conforme"] is True and ended["verdict"]["catalogue"] == ended["catalogue"]


def test_run_being_judged(scene: Scene) -> None:
    run = ProcessingRun.objects.get(pk=sent(scene, judge=False)["traitement"]["id"])
    run.status, run.started_at = "en_cours", run.received_at
    run.save()
    told = read(scene, f"/api/v1/traitements/{run.pk}")
    assert told["statut"] == "en_cours" and "debut" in told and not {"file", "bilan"} & set(told)


def test_run_given_up(scene: Scene) -> None:
    run = ProcessingRun.objects.get(pk=sent(scene, judge=False)["traitement"]["id"])
    give_up(run.pk)
    told = read(scene, f"/api/v1/traitements/{run.pk}")
    assert told["statut"] == "echoue" and "fin" in told and not {"bilan", "verdict", "file"} & set(told)


def test_a_refused_payload_and_its_anomalies(scene: Scene) -> None:
    receipt = sent(scene, situations.a_structure_body(situations.example_values(nombre_de_places="quarante")))
    run = read(scene, receipt["traitement"]["href"])
    assert (run["bilan"]["recus"], run["bilan"]["refuses"], run["verdict"]["conforme"]) == (1, 1, False)
    (document,) = read(scene, run["documents_href"])["elements"]
    assert document["statut"] == "refuse" and document["type"] == "cle-valeur"
    listed = read(scene, run["anomalies_href"])
    assert listed["total_anomalies"] == document["total_anomalies"] == run["verdict"]["total_anomalies"]
    assert [element["anomalie"] for element in listed["elements"]] == document["anomalies"]
    first = listed["elements"][0]
    assert (first["traitement"], first["document"], first["finess"]) == (run["id"], 0, "019999994")
    assert first["anomalie"]["emplacement"]["chemin"] == "/donnees/nombre_de_places"
    assert read(scene, scene.address("collecte"))["statut"] == "a_initier", "nothing was accepted"


def test_the_verdict_of_a_run_is_made_of_its_documents(scene: Scene) -> None:
    receipt = sent(scene, situations.a_structure_body(situations.example_values(nombre_de_places=-1)))
    run = read(scene, receipt["traitement"]["href"])
    (document,) = read(scene, run["documents_href"])["elements"]
    del document["statut"]
    assert run["verdict"]["documents"] == [document]


def test_a_thousand_anomalies_are_counted_and_five_hundred_listed(scene: Scene) -> None:
    body = {
        "modele": {"code": "ssiad-structure", "version": situations.the_model().version},
        "donnees": {f"inconnue_{number}": number for number in range(1000)},
    }
    run = read(scene, sent(scene, msgspec.json.encode(body))["traitement"]["href"])
    total = run["verdict"]["total_anomalies"]
    assert total >= 1000
    (document,) = read(scene, run["documents_href"])["elements"]
    assert (document["total_anomalies"], len(document["anomalies"])) == (total, 500)
    page = read(scene, f"{run['anomalies_href']}?limite=500")
    assert (page["total_anomalies"], len(page["elements"])) == (total, 500)


@pytest.mark.parametrize(
    "address", ["collectes/{id}", "traitements/{id}", "traitements/{id}/anomalies", "traitements/{id}/documents"]
)
@pytest.mark.parametrize("asked", ["019a0000-0000-7000-8000-000000000000", "0", "x", "%00", "é"])
def test_unknown_ids(scene: Scene, address: str, asked: str) -> None:
    assert code_of(scene.caller.get("/api/v1/" + address.format(id=asked))) == (404, "RESSOURCE_INCONNUE")


def test_filing_of_an_establishment_nobody_mandated(scene: Scene) -> None:
    """The rule of sending holds for reading by address: unknown and foreign are told apart by nobody."""
    situations.an_establishment(finess="010000016")
    address = "/api/v1/campagnes/ssiad-2026/etablissements/{}/collecte"
    refused = [scene.caller.get(address.format(finess), X_Correlation_Id="c") for finess in ("010000016", "010000024")]
    assert [code_of(answer) for answer in refused] == [(404, "ETABLISSEMENT_INCONNU")] * 2
    assert refused[0].content == refused[1].content


def test_filing_by_address_refusals(scene: Scene) -> None:
    situations.a_campaign(code="rama-2026", model="rama-structure")
    address = "/api/v1/campagnes/{}/etablissements/{}/collecte"
    expected = {
        ("rama-2026", "019999994"): (403, "MANDAT_ABSENT"),
        ("ssiad-2026", "019999994"): (404, "RESSOURCE_INCONNUE"),  # mandated, nothing opened yet
        ("inconnue", "019999994"): (404, "CAMPAGNE_INCONNUE"),
        ("ssiad-2026", "0199"): (422, "FINESS_INVALIDE"),
    }
    found = {place: code_of(scene.caller.get(address.format(*place))) for place in expected}
    assert found == expected


def test_runs_of_others_are_not_there(scene: Scene) -> None:
    receipt = sent(scene)
    other = situations.an_access(software=situations.a_software(name="Autre DUI"))
    stranger = Caller(a_token(other))
    for address in (receipt["collecte"]["href"], receipt["traitement"]["href"]):
        unknown = address[:-36] + str(new_id())
        answers = [stranger.get(tried, X_Correlation_Id="c") for tried in (address, unknown)]
        assert code_of(answers[0]) == (404, "RESSOURCE_INCONNUE") and answers[0].content == answers[1].content


def test_needs_its_scope(scene: Scene) -> None:
    receipt = sent(scene)
    writer = Caller(a_token(scene.access, scopes=["collecte:ecrire"]))
    for address in (receipt["collecte"]["href"], receipt["traitement"]["href"], scene.address("collecte")):
        assert code_of(writer.get(address)) == (403, "PORTEE_ABSENTE")
