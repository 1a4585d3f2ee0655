"""Records → document → records, and document → records → document: nothing is lost, nothing changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from random_records import RandomRecords
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from sidoba_engine.formats.cda.reading import contents_of, read_record
from sidoba_engine.formats.cda.writing import read_export_header, write_document
from sidoba_engine.records.activity import StayStep
from sidoba_engine.records.values import Code
from synthetic_shapes import SHAPES
from synthetic_shapes import exports as shapes

CATALOGUE = installed_catalogue()


def tree(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(huge_tree=True, resolve_entities=False))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_record_survives_its_document(seed: int) -> None:
    drawn = RandomRecords(CATALOGUE, seed).export()
    content = write_document(drawn.record, drawn.header, contents=drawn.contents)
    root = tree(content)
    reading, header, contents = read_record(root), read_export_header(root), contents_of(root)
    assert reading.record == drawn.record
    assert not reading.unread
    assert header == drawn.header
    assert contents == {
        item.digest: drawn.contents[item.digest] for item in drawn.record.attachments if item.digest is not None
    }
    assert write_document(reading.record, header, contents=contents) == content
    opened = read_cda(content, catalogue=CATALOGUE, facts=Facts(), index=0)
    found = [item.rule for item in check_cda(opened, catalogue=CATALOGUE, facts=Facts()).anomalies]
    assert found == (["R-CDA-047"] if drawn.record.service_user.ins else [])


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_survives_its_document(name: str) -> None:
    export = shapes(CATALOGUE)[name]
    root = tree(write_document(export.record, export.header, contents=export.contents))
    assert read_record(root).record == export.record


def test_the_official_example_survives(official: bytes) -> None:
    """What its records hold is kept; what no record holds (names of the signatory, wording of the narrative) is not."""
    root = tree(official)
    record, header = read_record(root).record, read_export_header(root)
    assert header is not None
    content = write_document(record, header, contents=contents_of(root))
    again = tree(content)
    assert read_record(again).record == record
    assert read_export_header(again) == header
    assert write_document(read_record(again).record, header, contents=contents_of(again)) == content
    assert "HOUBAUX" in official.decode()
    assert "HOUBAUX" not in content.decode()


def test_what_a_document_does_not_carry() -> None:
    """The order of assessments across kinds: a document has one group per kind."""
    export = shapes(CATALOGUE)["aggir-personne-agee"]
    first, second, situation = export.record.assessments
    mixed = replace(export.record, assessments=(first, situation, second))
    content = write_document(mixed, export.header)
    assert read_record(tree(content)).record.assessments == (first, second, situation)


def test_a_coded_step_of_a_stay_survives() -> None:
    """The guide wants no code there (R-CDA-128 warns); a record may have one, and keeps it."""
    export = shapes(CATALOGUE)["sejour-seul"]
    stay = export.record.stays[0]
    step = StayStep(stay.admitted_on, "Transfert", Code("107724000", "2.16.840.1.113883.6.96", "transfert du patient"))
    record = replace(export.record, stays=(replace(stay, admission=step),))
    assert read_record(tree(write_document(record, export.header))).record == record
