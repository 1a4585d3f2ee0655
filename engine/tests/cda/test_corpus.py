"""The corpus of the repository holds what its file names say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from sidoba_engine.facts import CampaignFacts, Facts
from synthetic_cda_faults import FOLLOWING

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
VALID = sorted((CORPUS / "cda" / "valides").glob("*.xml"))
TEST_INS = b'root="1.2.250.1.213.1.4.10"'
FAULTY = sorted((CORPUS / "cda" / "fautes").glob("*.xml"))
FACTS = Facts(
    campaign=CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31)),
    establishment_finess="019999994",
    accepted_versions={},
)


def test_the_corpus_is_there() -> None:
    assert len(VALID) >= 3
    assert len(FAULTY) >= 20
    assert "MIT License" in (CORPUS / "official" / "LICENSE").read_text()


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_documents(judge_cda, path: Path) -> None:
    content = path.read_bytes()
    findings = judge_cda(content, FACTS)
    assert [item.rule for item in findings.anomalies] == ["R-CDA-047"] * content.count(TEST_INS)
    assert {item.reason for item in findings.not_run} == {"semaines_non_calculees", "cle_absente"}
    assert all(item.rule.startswith("SSIAD-U-") for item in findings.not_run)


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_faulty_documents_break_the_rule_of_their_name(judge_cda, path: Path) -> None:
    match = re.match(r"R-CDA-\d{3}", path.name)
    assert match is not None
    found = {item.rule for item in judge_cda(path.read_bytes()).anomalies} - {"R-CDA-047"}
    assert found == {match[0]} | FOLLOWING.get(match[0], frozenset())
