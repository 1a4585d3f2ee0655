"""Lists: pages by cursor, `limite` from 1 to 500, the address of the next page as it is to be called."""

from __future__ import annotations

from typing import Any

import pytest
import situations
from calling import Scene, body_of, code_of
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db


def pages(scene: Scene, address: str | None) -> list[dict[str, Any]]:
    """Every page from that address on, following `suivant`."""
    found = []
    while address is not None:
        answer = scene.caller.get(address)
        assert answer.status_code == 200, answer.content
        found.append(body_of(answer))
        address = found[-1]["suivant"]
        assert len(found) < 50
    return found


@pytest.fixture
def run(scene: Scene) -> ProcessingRun:
    """A run of 23 documents, two anomalies each."""
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    anomalies = [situations.an_anomaly("R-CDA-003"), situations.an_anomaly("R-CDA-003", path="/autre")]
    return situations.a_recorded_run(filing, [situations.a_user_document(n, *anomalies) for n in range(23)])


@pytest.mark.parametrize("limit", [1, 5, 22, 23, 24, 500])
def test_documents_come_once_each_in_order(scene: Scene, run: ProcessingRun, limit: int) -> None:
    found = pages(scene, f"/api/v1/traitements/{run.pk}/documents?limite={limit}")
    assert [document["index"] for page in found for document in page["elements"]] == list(range(23))
    assert [len(page["elements"]) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_anomalies_with_their_true_total_on_each_page(scene: Scene, run: ProcessingRun) -> None:
    found = pages(scene, f"/api/v1/traitements/{run.pk}/anomalies?limite=10")
    assert [len(page["elements"]) for page in found] == [10, 10, 10, 10, 6]
    assert {page["total_anomalies"] for page in found} == {46}
    places = [(e["document"], e["anomalie"]["emplacement"]["chemin"]) for page in found for e in page["elements"]]
    assert len(set(places)) == 46 and [document for document, _ in places] == sorted(d for d, _ in places)


def test_campaigns_keep_their_filters(scene: Scene) -> None:
    for number in range(5):
        situations.a_campaign(code=f"rama-{number}", model="rama-structure")
    found = pages(scene, "/api/v1/campagnes?type_rapport=rama&limite=2")
    assert [[c["code"] for c in page["elements"]] for page in found] == [
        ["rama-0", "rama-1"],
        ["rama-2", "rama-3"],
        ["rama-4"],
    ]
    assert "type_rapport=rama" in found[0]["suivant"] and "limite=2" in found[0]["suivant"]


def test_a_hundred_by_default(scene: Scene) -> None:
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    run = situations.a_recorded_run(filing, [situations.a_user_document(n) for n in range(101)])
    found = pages(scene, f"/api/v1/traitements/{run.pk}/documents")
    assert [len(page["elements"]) for page in found] == [100, 1]
    told = body_of(scene.caller.get(f"/api/v1/traitements/{run.pk}"))
    assert "verdict" not in told and told["bilan"]["recus"] == 101, "a long verdict is read by its list"


def test_an_empty_list(scene: Scene) -> None:
    run = situations.a_waiting_run(situations.a_filing(campaign=scene.campaign, establishment=scene.establishment))
    assert pages(scene, f"/api/v1/traitements/{run.pk}/documents") == [{"elements": [], "suivant": None}]
    empty = {"elements": [], "suivant": None, "total_anomalies": 0}
    assert pages(scene, f"/api/v1/traitements/{run.pk}/anomalies") == [empty]


def test_past_the_end(scene: Scene, run: ProcessingRun) -> None:
    last = body_of(scene.caller.get(f"/api/v1/traitements/{run.pk}/documents?limite=22"))["suivant"]
    assert len(pages(scene, last)[0]["elements"]) == 1


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5", "", "9" * 30])
@pytest.mark.parametrize("what", ["documents", "anomalies"])
def test_limit_out_of_bounds(scene: Scene, run: ProcessingRun, what: str, limit: str) -> None:
    answer = scene.caller.get(f"/api/v1/traitements/{run.pk}/{what}?limite={limit}")
    assert code_of(answer) == (422, "PARAMETRE_INVALIDE") and "limite" in body_of(answer)["detail"]


@pytest.mark.parametrize("cursor", ["", "x", "é", "%00", "MTIz!", "bm9uLW51bQ==", "AA==", "////"])
@pytest.mark.parametrize("what", ["documents", "anomalies"])
def test_a_cursor_of_somebody_else(scene: Scene, run: ProcessingRun, what: str, cursor: str) -> None:
    answer = scene.caller.get(f"/api/v1/traitements/{run.pk}/{what}?apres={cursor}")
    assert code_of(answer) == (422, "PARAMETRE_INVALIDE") and "apres" in body_of(answer)["detail"]


def test_a_cursor_far_beyond(scene: Scene, run: ProcessingRun) -> None:
    """A number no column can hold: nothing lies after it."""
    import base64

    cursor = base64.urlsafe_b64encode(b"9" * 40).decode()
    assert pages(scene, f"/api/v1/traitements/{run.pk}/documents?apres={cursor}")[0]["elements"] == []
