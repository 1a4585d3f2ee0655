"""An older version of a document than the one accepted is refused (R-ENV-027); what is not known is said."""

from __future__ import annotations

import re

import pytest
from sidoba_engine.anomaly import RuleNotRun
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.verdict import DocumentVersion

_SET_ID = re.compile(rb"<setId [^>]*/>")
_NUMBER = re.compile(rb'<versionNumber value="[^"]*"/>')
_UNKNOWN = RuleNotRun("R-ENV-027", "fait_inconnu", "documents_acceptes")


def versioned(content: bytes, set_id: bytes, number: bytes) -> bytes:
    return _NUMBER.sub(number, _SET_ID.sub(set_id, content, count=1), count=1)


def the_version(number: int, content: bytes) -> bytes:
    written = b'<setId root="1.2.250.1.9" extension="A-12"/>'
    return versioned(content, written, b'<versionNumber value="%d"/>' % number)


@pytest.fixture
def user_key(catalogue: Catalogue, synthetic: bytes) -> str:
    opened = read_cda(synthetic, catalogue=catalogue, facts=Facts(), index=0)
    assert opened.service_user is not None and opened.service_user.key is not None
    return opened.service_user.key


@pytest.mark.parametrize(
    ("number", "accepted", "is_refused"), [(1, 2, True), (2, 2, False), (3, 2, False), (9, 10, True)]
)
def test_only_an_older_version_is_refused(
    judge_cda, synthetic: bytes, user_key: str, number: int, accepted: int, is_refused: bool
) -> None:
    facts = Facts(accepted_versions={(user_key, "1.2.250.1.9^A-12"): accepted})
    findings = judge_cda(the_version(number, synthetic), facts)
    found = [item for item in findings.anomalies if item.rule == "R-ENV-027"]
    assert bool(found) is is_refused
    assert _UNKNOWN not in findings.not_run
    for anomaly in found:
        assert (anomaly.severity, anomaly.stage) == ("bloquante", "referentiel")
        assert anomaly.location.path == "/ClinicalDocument/versionNumber/@value"
        assert anomaly.location.line is not None
        assert f"la version {number} " in anomaly.message and f"la version {accepted} " in anomaly.message


def test_the_other_rules_are_run_all_the_same(judge_cda, synthetic: bytes, user_key: str) -> None:
    facts = Facts(accepted_versions={(user_key, "1.2.250.1.9^A-12"): 4})
    rules = [item.rule for item in judge_cda(the_version(1, synthetic), facts).anomalies]
    assert "R-ENV-027" in rules and "R-CDA-047" in rules


@pytest.mark.parametrize(
    "known", [("1.2.250.1.9^A-13", None), ("1.2.250.1.9^A-12", "another person"), ("1.2.250.1.9^", None)]
)
def test_versions_are_those_of_one_document_about_one_person(
    judge_cda, synthetic: bytes, user_key: str, known: tuple[str, str | None]
) -> None:
    facts = Facts(accepted_versions={(known[1] or user_key, known[0]): 4})
    assert "R-ENV-027" not in [item.rule for item in judge_cda(the_version(1, synthetic), facts).anomalies]


def test_when_nothing_accepted_is_known_the_rule_is_said_not_run(judge_cda, synthetic: bytes) -> None:
    assert _UNKNOWN in judge_cda(the_version(1, synthetic), Facts()).not_run
    assert _UNKNOWN not in judge_cda(the_version(1, synthetic), Facts(accepted_versions={})).not_run


@pytest.mark.parametrize(
    ("set_id", "number"),
    [
        (b"", b'<versionNumber value="2"/>'),
        (b'<setId nullFlavor="UNK"/>', b'<versionNumber value="2"/>'),
        (b'<setId root="1.2"/>', b""),
        (b'<setId root="1.2"/>', b"<versionNumber/>"),
        (b'<setId root="1.2"/>', b'<versionNumber value="deux"/>'),
        (b'<setId root="1.2"/>', b'<versionNumber value="-1"/>'),
        (b'<setId root="1.2"/>', b'<versionNumber value="%s"/>' % (b"9" * 5000)),
    ],
)
def test_a_document_without_readable_version_is_left_to_the_other_rules(
    catalogue: Catalogue, judge_cda, synthetic: bytes, set_id: bytes, number: bytes
) -> None:
    content = versioned(synthetic, set_id, number)
    assert read_cda(content, catalogue=catalogue, facts=Facts(), index=0).version is None
    assert _UNKNOWN not in judge_cda(content, Facts()).not_run


def test_the_set_of_versions_is_told_with_its_issuer(catalogue: Catalogue, synthetic: bytes) -> None:
    content = versioned(synthetic, b'<setId root="AB-12"/>', b'<versionNumber value="3"/>')
    opened = read_cda(content, catalogue=catalogue, facts=Facts(), index=0)
    assert opened.version == DocumentVersion("ab-12^", 3)
