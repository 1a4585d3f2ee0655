"""WS09 on a real server, a real worker and a real database: sent, waited for, answered in FHIR, read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lots
import pytest
from live_platform import Answer, LivePlatform

FHIR = "application/fhir+json"
LOT = (
    lots.organization(),
    lots.professional("ide", "810101234567"),
    lots.person(91),
    lots.stay(91, practitioner="Practitioner/ide"),
)


@pytest.fixture(scope="module")
def working(live_platform: LivePlatform) -> Iterator[LivePlatform]:
    with live_platform.worker():
        yield live_platform


def sent(platform: LivePlatform, body: bytes, **headers: str) -> Answer:
    asked = {"Content-Type": FHIR, "Accept": FHIR, "Prefer": "wait=10", **headers}
    return platform.post(platform.address("fhir"), body, headers=asked)


def read(platform: LivePlatform, entry: dict[str, Any]) -> Any:
    location = entry["response"]["location"].partition("/_history/")[0]
    answer = platform.get(f"{platform.address('fhir')}/{location}", Accept=FHIR)
    assert answer.status == 200, answer.content
    return answer.json


def test_a_transaction_resent_then_read_back(working: LivePlatform) -> None:
    first = sent(working, lots.lot(*LOT))
    assert (first.status, first.headers["Content-Type"]) == (200, FHIR), first.content
    changed = lots.person(91, gender="female")
    second = sent(working, lots.lot(*LOT[:2], changed, LOT[3]))
    ids = [
        [entry["response"]["location"].rpartition("/_history/") for entry in one.json["entry"]]
        for one in (first, second)
    ]
    assert [place for place, _, _ in ids[0]] == [place for place, _, _ in ids[1]], "the same resources"
    assert [int(number) for _, _, number in ids[1]] == [int(number) + 1 for _, _, number in ids[0]]
    user = read(working, second.json["entry"][2])
    assert (user["gender"], user["meta"]["versionId"]) == ("female", ids[1][2][2])
    assert read(working, second.json["entry"][3])["subject"]["reference"] == f"Patient/{user['id']}"


def test_a_faulty_transaction_is_refused_whole(working: LivePlatform) -> None:
    faulty = lots.stay(92)
    del faulty["resource"]["status"]
    answer = sent(working, lots.lot(*LOT, lots.person(92), faulty))
    assert (answer.status, answer.headers["Content-Type"]) == (422, FHIR), answer.content
    issue = answer.json["issue"][0]
    assert (issue["severity"], issue["details"]["coding"][0]["code"]) == ("error", "R-FHIR-040")
    assert issue["expression"] == ["Bundle.entry[5].resource"]


def test_the_run_in_json_for_who_does_not_speak_fhir(working: LivePlatform) -> None:
    answer = sent(working, lots.lot(*LOT), Accept="application/json")
    assert answer.status == 200 and answer.json["statut"] == "termine"
    assert answer.json["bilan"]["acceptes"] == 1
