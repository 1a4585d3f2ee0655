"""WS02: a published model, its bytes frozen by a digest that is also the ETag."""

from __future__ import annotations

import pytest
import situations
from calling import Scene, body_of, code_of
from sidoba_server.core import clock
from sidoba_server.publishing.models import PublishedModel

pytestmark = pytest.mark.django_db

LATEST = "/api/v1/modeles/ssiad-structure/versions/derniere"


def test_the_model_as_published(scene: Scene) -> None:
    model = situations.the_model()
    answer = scene.caller.get(f"/api/v1/modeles/ssiad-structure/versions/{model.version}")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json"
    told = body_of(answer)
    assert (told["code"], told["version"], told["empreinte"]) == ("ssiad-structure", model.version, model.digest)
    assert {indicator["cle"] for indicator in told["indicateurs"]} == set(model.indicators)
    assert list(told)[-1] == "empreinte"


def test_etag_and_cache(scene: Scene) -> None:
    first = scene.caller.get(LATEST)
    assert first["ETag"] == f'"{situations.the_model().digest}"'
    assert "max-age" in first["Cache-Control"] and "private" in first["Cache-Control"]
    for known in (first["ETag"], f"W/{first['ETag']}", f'"autre", {first["ETag"]}', "*"):
        again = scene.caller.get(LATEST, If_None_Match=known)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"]), known
    assert scene.caller.get(LATEST, If_None_Match='"autre"').content == first.content


def test_latest_is_the_last_published_by_version_number(scene: Scene) -> None:
    """Numbers compare as numbers (2026.10 after 2026.9), a draft comes before the version it prepares."""
    for version in ("2026.10", "2026.9", "2026.10-brouillon", "2026.2"):
        PublishedModel.objects.create(
            environment="bac_a_sable",
            code="ssiad-structure",
            version=version,
            digest=f"sha256:{version}",
            content=f'{{"version":"{version}"}}',
            published_at=clock.now(),
        )
    assert body_of(scene.caller.get(LATEST))["version"] == "2026.10"


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/*;q=0.5", "text/html, application/json;q=0.1"]
)
def test_accepted_forms(scene: Scene, accept: str) -> None:
    assert scene.caller.get(LATEST, Accept=accept).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/fhir+xml"])
def test_other_forms_are_refused_with_the_three(scene: Scene, accept: str) -> None:
    answer = scene.caller.get(LATEST, Accept=accept)
    assert code_of(answer) == (406, "FORMAT_NON_DISPONIBLE")
    for form in ("application/json", "application/schema+json", "application/fhir+json"):
        assert form in body_of(answer)["detail"]


@pytest.mark.parametrize(
    "address", ["ssiad-structure/versions/1999.0", "inconnu/versions/derniere", "ssiad-structure/versions/é"]
)
def test_unknown(scene: Scene, address: str) -> None:
    assert code_of(scene.caller.get(f"/api/v1/modeles/{address}")) == (404, "MODELE_INCONNU")


def test_unknown_version_says_the_known_ones(scene: Scene) -> None:
    answer = scene.caller.get("/api/v1/modeles/ssiad-structure/versions/1999.0")
    assert situations.the_model().version in body_of(answer)["detail"]
