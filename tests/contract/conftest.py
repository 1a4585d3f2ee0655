"""What the contract's tests share: a scene on the platform, and answers of every kind to hold against the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from calling import Scene

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(db: None, settings: Any) -> Scene:
    """An open SSIAD campaign of the sandbox, an establishment, a software with its mandate."""
    from calling import a_scene  # not before Django is set up

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return a_scene()


@pytest.fixture
def judged_scene(scene: Scene) -> Scene:
    """The scene with a history: structure data accepted then refused, CDA documents of both kinds, a lot in FHIR, one
    run waiting.
    """
    import lots
    import situations
    from calling import FHIR, body_of
    from msgspec import json
    from sidoba_engine.formats.cda.wrap import bundle_of
    from sidoba_server.processing.actions import judge_run

    corpus = ROOT / "corpus" / "cda"
    documents = [*sorted((corpus / "valides").glob("*.xml")), *sorted((corpus / "fautes").glob("*.xml"))[:6]]
    answers = [
        scene.send(),
        scene.send(situations.a_structure_body(situations.example_values(nombre_de_places="x"))),
        scene.caller.post(scene.address("cda"), json.encode(bundle_of(p.read_bytes() for p in documents)), kind=FHIR),
        scene.caller.post(
            scene.address("fhir"), lots.lot(lots.organization(), lots.person(1), lots.stay(1)), kind=FHIR
        ),
    ]
    for answer in answers:
        judge_run(situations.ProcessingRun.objects.get(pk=body_of(answer)["traitement"]["id"]).pk)
    scene.send()
    return scene


@pytest.fixture(scope="session")
def openapi() -> dict[str, Any]:
    """`/api/v1/openapi.json`, as served to anybody."""
    from calling import Caller, body_of

    answer = Caller().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = body_of(answer)
    return found
