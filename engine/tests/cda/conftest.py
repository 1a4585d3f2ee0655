"""What the CDA tests share: a synthetic document, and one call that opens and judges bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from synthetic_cda import document

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
FINESS = "019999994"
NUMBER = 7
DAY = date(2024, 9, 16)

JudgeCda = Callable[..., Findings]


@pytest.fixture(scope="session")
def synthetic() -> bytes:
    return document(finess=FINESS, number=NUMBER, day=DAY)


@pytest.fixture(scope="session")
def official() -> bytes:
    return (CORPUS / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml").read_bytes()


@pytest.fixture
def judge_cda(catalogue: Catalogue) -> JudgeCda:
    """Open and judge one document: the door's anomalies, then those of the rules."""

    def call(content: bytes, facts: Facts | None = None) -> Findings:
        known = facts or Facts()
        opened = read_cda(content, catalogue=catalogue, facts=known, index=0)
        findings = check_cda(opened, catalogue=catalogue, facts=known)
        findings.anomalies = opened.anomalies + findings.anomalies
        return findings

    return call
