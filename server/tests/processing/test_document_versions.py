"""An older version than the one accepted is refused, from what the filing holds; nothing is kept in clear."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from calling import FHIR, Scene, body_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec import json
from sidoba_engine.formats.cda.wrap import bundle_of
from sidoba_server.filings.models import UserDocument
from sidoba_server.processing.actions import judge_run
from sidoba_server.processing.facts import facts_for_documents

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def documents(corpus: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((corpus / "cda" / "valides").glob("*.xml"))]


def version(content: bytes, number: int) -> bytes:
    """That version, with what a version after the first must carry."""
    replaced = b'\\g<0><relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.1.58.1"/>'
    numbered = re.sub(rb'<versionNumber value="[^"]*"/>', b'<versionNumber value="%d"/>' % number, content)
    return re.sub(rb"</documentationOf>", replaced + b"</parentDocument></relatedDocument>", numbered, count=1)


def sent(scene: Scene, *contents: bytes) -> list[dict[str, Any]]:
    """The documents of the run, as WS06 answers them."""
    receipt = body_of(scene.caller.post(scene.address("cda"), json.encode(bundle_of(contents)), kind=FHIR))
    judge_run(receipt["traitement"]["id"])
    run = body_of(scene.caller.get(receipt["traitement"]["href"]))
    found: list[dict[str, Any]] = body_of(scene.caller.get(run["documents_href"]))["elements"]
    return found


def rules_of(document: dict[str, Any]) -> set[str]:
    return {anomaly["regle"] for anomaly in document["anomalies"]}


def test_an_older_version_is_refused_and_the_one_accepted_stands(scene: Scene, documents: list[bytes]) -> None:
    first, second = documents[:2]
    (accepted,) = sent(scene, version(first, 3))
    assert accepted["conforme"], accepted["anomalies"]
    older, other = sent(scene, version(first, 2), version(second, 1))
    assert (older["statut"], "R-ENV-027" in rules_of(older)) == ("refuse", True)
    assert other["conforme"] and "R-ENV-027" not in rules_of(other)
    standing = UserDocument.objects.filter(filing=scene.filing, superseded_at=None)
    assert {row.version for row in standing} == {3, 1}
    for number in (3, 4):
        (again,) = sent(scene, version(first, number))
        assert again["conforme"], "the same version again, then a newer one"
    assert "R-ENV-027" in rules_of(sent(scene, version(first, 3))[0])


def test_what_is_kept_tells_nobody_anything(scene: Scene, documents: list[bytes]) -> None:
    sent(scene, documents[0])
    (row,) = UserDocument.objects.filter(filing=scene.filing)
    (set_id,) = re.findall(rb'<setId root="([^"]*)"', documents[0])
    assert re.fullmatch(r"[0-9a-f]{32}", row.set_pseudonym) and row.set_pseudonym != row.pseudonym
    assert set_id.decode() not in str(vars(row))


def test_a_filing_without_accepted_document_knows_none(scene: Scene, documents: list[bytes]) -> None:
    """As offline: the rule is said not run, and both verdicts are the same bytes."""
    unknown = {"regle": "R-ENV-027", "raison": "fait_inconnu", "detail": "documents_acceptes"}
    (document,) = sent(scene, documents[0])
    assert unknown in document["regles_non_executees"]
    (again,) = sent(scene, documents[0])
    assert again["conforme"] and unknown not in again["regles_non_executees"]


def test_one_question_however_many_documents(scene: Scene, documents: list[bytes]) -> None:
    counts = []
    for number in (1, len(documents)):
        sent(scene, *documents[:number])
        filing = scene.filing
        with CaptureQueriesContext(connection) as queries:
            facts = facts_for_documents(filing)
            assert facts.accepted_versions is not None and len(facts.accepted_versions) == number
            assert facts.accepted_versions.get(("nobody", "1.2^")) is None
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3
