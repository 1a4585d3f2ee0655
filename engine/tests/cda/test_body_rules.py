"""The rules about the body: a whole document with everything in it, and the same with one fault, for each rule."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from sidoba_engine.formats.cda.rules import DOMAIN
from synthetic_cda import ins_number
from synthetic_cda_body import full_document
from synthetic_cda_body_faults import FAULTS, FOLLOWING

INHERENT = "R-CDA-047"
"""Every synthetic document has a test INS."""
BODY = (range(22, 29), range(120, 345 + 1))
"""The numbers of the rules about entries, and about what they share (types, references)."""
ELSEWHERE = {"R-CDA-313"}
"""Among these numbers, but shown with the identifiers of the header."""


Judged = dict[str, tuple[bytes, list[Anomaly]]]


@pytest.fixture(scope="module")
def judged(catalogue: Catalogue) -> Judged:
    """For each rule, the document with its fault, and what is found in it."""
    documents = {}
    for rule in FAULTS:
        content = full_document(finess="019999994", number=7, day=date(2025, 3, 14), faults=[rule])
        opened = read_cda(content, catalogue=catalogue, facts=Facts(), index=0)
        findings = check_cda(opened, catalogue=catalogue, facts=Facts())
        documents[rule] = content, opened.anomalies + findings.anomalies
    return documents


def test_the_full_document_is_conformant(judge_cda) -> None:
    for number, finess in ((7, "019999994"), (32_401, "2A0001234")):
        content = full_document(finess=finess, number=number, day=date(2025, 1, 31))
        assert [anomaly.rule for anomaly in judge_cda(content).anomalies] == [INHERENT]
        assert content == full_document(finess=finess, number=number, day=date(2025, 1, 31))


def test_every_rule_about_the_body_has_a_faulty_document(catalogue: Catalogue) -> None:
    numbers = {number for span in BODY for number in span}
    known = {rule.id for rule in catalogue.rules_of(DOMAIN) if int(rule.id.removeprefix("R-CDA-")) in numbers}
    assert known - ELSEWHERE == FAULTS.keys()


def test_one_fault_gives_that_rule_and_nothing_that_does_not_follow(judged: Judged) -> None:
    wrong = {}
    for rule, (_, anomalies) in judged.items():
        found = Counter(anomaly.rule for anomaly in anomalies)
        del found[INHERENT]
        if found != dict.fromkeys((rule, *FOLLOWING.get(rule, ())), 1):
            wrong[rule] = found
    assert wrong == {}


def test_a_fault_is_placed_and_told_whole(judged: Judged) -> None:
    for rule, (_, anomalies) in judged.items():
        for anomaly in anomalies:
            assert anomaly.location.path.startswith("/ClinicalDocument"), rule
            assert anomaly.location.line is not None, rule
            assert "{" not in anomaly.message + anomaly.hint, rule


def test_no_personal_value_leaves_in_clear(judged: Judged) -> None:
    """The local identifier of the person, which those of stays and events repeat, and the INS."""
    ins = ins_number(7)
    for rule, (content, anomalies) in judged.items():
        assert "/000007-" in content.decode()
        written = "".join(f"{item.message}{item.hint}{item.value}" for item in anomalies)
        assert "000007" not in written, rule
        assert ins[:10] not in written, rule
