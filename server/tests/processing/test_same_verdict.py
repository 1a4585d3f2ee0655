"""One verdict everywhere: what the engine writes locally is, byte for byte, what the platform answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import situations
from calling import FHIR, Scene, a_scene, body_of
from msgspec import json
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import CampaignFacts, Environment, Facts
from sidoba_engine.formats.cda.wrap import bundle_of
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.models import ProcessingRun
from synthetic_cda import ins_number

pytestmark = pytest.mark.django_db

OFFICIAL_FINESS = "480787529"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "cda" / "examples"


def on_the_platform(scene: Scene, body: bytes, door: str) -> bytes:
    """The list of documents of the run, as answered."""
    kind = FHIR if door == "cda" else "application/json"
    receipt = body_of(scene.caller.post(scene.address(door), body, kind=kind))
    judge_run(ProcessingRun.objects.get(pk=receipt["traitement"]["id"]).pk)
    run = body_of(scene.caller.get(receipt["traitement"]["href"]))
    assert run["catalogue"]["empreinte"] == installed_catalogue().digest
    answer = scene.caller.get(f"{run['documents_href']}?limite=500")
    assert body_of(answer)["suivant"] is None
    return answer.content


def by_the_engine(scene: Scene, body: bytes, door: Door, **more: Any) -> list[bytes]:
    """`type` … `regles_non_executees` of each document, for the facts of the scene."""
    campaign = scene.campaign
    facts = Facts(
        Environment(campaign.environment),
        CampaignFacts(campaign.code, campaign.report_type, campaign.period_start, campaign.period_end),
        scene.establishment.finess,
    )
    verdicts = judge(body, catalogue=installed_catalogue(), facts=facts, door=door, **more)
    limit = verdict_json.LISTED_BY_THE_API
    return [verdict_json.encode(verdict_json.judgement_object(verdict, limit=limit)) for verdict in verdicts]


def assert_same(answered: bytes, objects: Sequence[bytes]) -> None:
    """Each object, without its opening brace, ends the element of its index."""
    rest = answered
    for index, written in enumerate(objects):
        assert rest.count(b'{"index":%d,' % index) >= 1
        start = rest.index(b'{"index":%d,' % index)
        found = rest.index(b'"type":', start)
        assert rest[found : found + len(written) - 1] == written[1:], index
        rest = rest[found + len(written) - 1 :]
    assert rest == b'],"suivant":null}'


def test_the_corpus_of_the_repository(scene: Scene, corpus: Path) -> None:
    """Every document, good or faulty, in one sending."""
    paths = sorted((corpus / "cda").rglob("*.xml"))
    assert len(paths) > 40
    body = json.encode(bundle_of(path.read_bytes() for path in paths))
    objects = by_the_engine(scene, body, Door.CDA_BUNDLE)
    assert len(objects) == len(paths)
    assert_same(on_the_platform(scene, body, "cda"), objects)


@pytest.mark.parametrize("finess", [OFFICIAL_FINESS, "019999994"])
def test_the_official_example(quick_secrets: None, corpus: Path, finess: str) -> None:
    """Sent for its own establishment and period, then for another one."""
    check_official(corpus / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml", finess)


def test_sixty_documents_of_400_kb(quick_secrets: None, corpus: Path) -> None:
    """A whole service in one sending: the official example, its attachment included, for sixty different users."""
    example = (corpus / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml").read_text(encoding="utf-8")
    documents = [
        example.replace("147720425367411", ins_number(number))
        .replace("1.2.250.2345.3245.13.58130", f"1.2.250.2345.3245.13.{58130 + number}")
        .encode()
        for number in range(60)
    ]
    assert min(map(len, documents)) > 380_000
    campaign = situations.a_campaign(code="ssiad-2024", period=(date(2022, 6, 1), date(2023, 5, 31)))
    scene = a_scene(campaign=campaign, establishment=situations.an_establishment(finess=OFFICIAL_FINESS))
    body = json.encode(bundle_of(documents))
    objects = by_the_engine(scene, body, Door.CDA_BUNDLE)
    assert [json.decode(written)["conforme"] for written in objects] == [True] * 60
    assert_same(on_the_platform(scene, body, "cda"), objects)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder shared/corpus/cda/examples beside the checkout is absent")
def test_the_official_example_of_the_reference_corpus(quick_secrets: None) -> None:
    for path in sorted(SHARED.glob("*.xml")):
        check_official(path, OFFICIAL_FINESS)


def check_official(path: Path, finess: str) -> None:
    campaign = situations.a_campaign(code="ssiad-2024", period=(date(2022, 6, 1), date(2023, 5, 31)))
    scene = a_scene(campaign=campaign, establishment=situations.an_establishment(finess=finess))
    body = json.encode(bundle_of([path.read_bytes()]))
    objects = by_the_engine(scene, body, Door.CDA_BUNDLE)
    assert json.decode(objects[0])["conforme"] is (finess == OFFICIAL_FINESS)
    assert_same(on_the_platform(scene, body, "cda"), objects)


@pytest.mark.parametrize(
    "changes", [{}, {"nombre_de_places": -1}, {"nombre_de_places": "x", "inconnue": 1}, {"numero_finess": "019999995"}]
)
def test_structure_data(scene: Scene, changes: dict[str, Any]) -> None:
    body = situations.a_structure_body({**situations.example_values(), **changes})
    objects = by_the_engine(scene, body, Door.KEY_VALUE, model=situations.the_model())
    assert_same(on_the_platform(scene, body, "structure"), objects)


def test_more_anomalies_than_are_listed(scene: Scene) -> None:
    """Only the anomalies beyond the 500th are left out; the total stays true."""
    body = situations.a_structure_body({f"inconnue_{number}": number for number in range(700)})
    objects = by_the_engine(scene, body, Door.KEY_VALUE, model=situations.the_model())
    assert_same(on_the_platform(scene, body, "structure"), objects)
    assert len(json.decode(objects[0])["anomalies"]) == 500 < json.decode(objects[0])["total_anomalies"]
