"""What the CDA tests share: a synthetic document, and one call that opens and judges bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from sidoba_engine.formats.cda.names import HL7, SDTC, XSI
from sidoba_engine.formats.cda.rules import compile_rules
from sidoba_engine.formats.cda.run import Finding
from synthetic_cda import document

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
FINESS = "019999994"
NUMBER = 7
DAY = date(2024, 9, 16)

JudgeCda = Callable[..., Findings]
FindingsOf = Callable[[str, str], list[Finding]]


@pytest.fixture(scope="session")
def synthetic() -> bytes:
    return document(finess=FINESS, number=NUMBER, day=DAY)


@pytest.fixture(scope="session")
def official() -> bytes:
    return (CORPUS / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml").read_bytes()


@pytest.fixture(scope="session")
def valid_document() -> str:
    """A document of the corpus without any anomaly."""
    return (CORPUS / "cda" / "valides" / "ssiad-usager-01.xml").read_text(encoding="utf-8")


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


@pytest.fixture
def findings_of(catalogue: Catalogue) -> FindingsOf:
    """What one rule finds in a document that holds only that piece of XML."""

    def call(rule: str, content: str) -> list[Finding]:
        declarations = f'xmlns="{HL7}" xmlns:sdtc="{SDTC}" xmlns:xsi="{XSI}" xmlns:c="{HL7}"'
        root = etree.fromstring(f"<ClinicalDocument {declarations}>{content}</ClinicalDocument>")
        return compile_rules(catalogue, (catalogue.rules[rule],)).walk(root).findings

    return call
