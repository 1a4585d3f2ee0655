"""Record → document: no anomaly, the same bytes every time, and what is missing told at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date

import pytest
from generate_corpus import FOLDER, documents, main
from lxml import etree
from random_records import RandomRecords
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda.writing import IncompleteRecordError, write_document
from sidoba_engine.records import Record, StayStep
from synthetic_cda import ISSUER
from synthetic_records import FINESS, Export
from synthetic_shapes import exports

CAMPAIGN = CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31))
IN_CAMPAIGN = Facts(campaign=CAMPAIGN, establishment_finess=FINESS)


def written(export: Export) -> bytes:
    return write_document(export.record, export.header, contents=export.contents)


def test_the_corpus_is_what_the_writer_writes() -> None:
    assert len(documents()) >= 12
    assert [name for name, content in documents().items() if (FOLDER / name).read_bytes() != content] == []


def test_check_of_the_corpus_names_what_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generate_corpus.FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["generate_corpus.py", "--check"])
    assert main() == 1
    assert "serafin.xml is not up to date" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(sys, "argv", ["generate_corpus.py"])
    assert main() == 0
    monkeypatch.setattr(sys, "argv", ["generate_corpus.py", "--check"])
    assert main() == 0


def test_every_shape_is_without_anomaly(catalogue: Catalogue, judge_cda) -> None:
    wrong = {}
    for name, export in exports(catalogue).items():
        found = [item.rule for item in judge_cda(written(export), IN_CAMPAIGN).anomalies]
        if found != (["R-CDA-047"] if export.record.service_user.ins else []):
            wrong[name] = found
    assert wrong == {}


def test_saxon_finds_nothing_either(catalogue: Catalogue) -> None:
    """All rules that have an XPath, on every shape and on records drawn at random."""
    oracle = pytest.importorskip("oracle_saxon").Oracle(catalogue)
    drawn = {str(seed): RandomRecords(catalogue, seed).export() for seed in range(5)}
    wrong = {}
    for name, export in {**exports(catalogue), **drawn}.items():
        outcomes = oracle.judge(written(export).decode()).items()
        broken = {rule for rule, outcome in outcomes if outcome.failing or outcome.undefined or outcome.unreachable}
        if broken - {"R-CDA-047"}:
            wrong[name] = broken
    assert wrong == {}


def test_the_same_record_gives_the_same_bytes(catalogue: Catalogue) -> None:
    first, second = (written(exports(catalogue)["dossier-complet"]) for _ in range(2))
    assert first == second
    assert first.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


def test_no_identifier_is_used_twice(catalogue: Catalogue) -> None:
    root = etree.fromstring(written(exports(catalogue)["dossier-complet"]))
    body = root.find("{urn:hl7-org:v3}component")
    assert body is not None
    anchors = [element.get("ID") for element in body.iter("*") if element.get("ID")]
    assert len(anchors) == len(set(anchors)) > 90


def test_the_narrative_says_what_the_entries_say(catalogue: Catalogue) -> None:
    root = etree.fromstring(written(exports(catalogue)["evenements-annules"]))
    shown = " ".join(root.xpath("//h:section/h:text//h:td/text()", namespaces={"h": "urn:hl7-org:v3"}))
    assert "Visite n° 1" in shown
    assert "Annulé" in shown


def test_all_that_is_missing_is_told_at_once(catalogue: Catalogue) -> None:
    export = exports(catalogue)["visites-ssiad"]
    event = replace(export.record.care_events[0], ends_at=None, identifier=None)
    stay = replace(export.record.stays[0], establishment=None, admission=StayStep("2024-08-01"))
    user = replace(export.record.service_user, born_on=None)
    record = replace(export.record, service_user=user, stays=(stay,), care_events=(event,))
    with pytest.raises(IncompleteRecordError) as refused:
        write_document(record, export.header)
    assert set(refused.value.missing) == {
        "service_user/born_on",
        "stays/0/establishment",
        "stays/0/establishment/identifier",
        "stays/0/admission/label",
        "care_events/0/identifier",
        "care_events/0/ends_at",
    }


def test_an_empty_record_is_not_written(catalogue: Catalogue) -> None:
    header = exports(catalogue)["sejour-seul"].header
    with pytest.raises(IncompleteRecordError) as refused:
        write_document(Record(), header)
    assert {"service_user/birth_name", "software/name", "establishment/category", "stays"} <= set(refused.value.missing)


def test_an_attachment_without_its_content_is_not_written(catalogue: Catalogue) -> None:
    export = exports(catalogue)["pieces-jointes"]
    with pytest.raises(IncompleteRecordError) as refused:
        write_document(export.record, export.header, contents={})
    assert refused.value.missing == ("attachments/0/content", "attachments/1/content")


def test_a_second_version_names_the_first(catalogue: Catalogue) -> None:
    export = exports(catalogue)["sejour-seul"]
    with pytest.raises(IncompleteRecordError) as refused:
        write_document(export.record, replace(export.header, version=2))
    assert refused.value.missing == ("header/replaces",)
    assert f'root="{ISSUER}.19999994.114.2"'.encode() in written(exports(catalogue)["nouvelle-version"])


def test_what_xml_forbids_is_replaced(catalogue: Catalogue) -> None:
    export = exports(catalogue)["sejour-seul"]
    user = replace(export.record.service_user, used_name="A\x00B\ud800C\x0bD")
    content = write_document(replace(export.record, service_user=user), export.header)
    assert "A\ufffdB\ufffdC\ufffdD" in content.decode()
    etree.fromstring(content)
