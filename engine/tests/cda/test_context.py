"""The document against the call: establishment and period, before any other rule; an unknown fact is said."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sidoba_engine.anomaly import Findings, RuleNotRun
from sidoba_engine.facts import CampaignFacts, Facts

CAMPAIGN = CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31))
HERE = Facts(campaign=CAMPAIGN, establishment_finess="019999994", accepted_versions={})
SERVICE_PERIOD = re.compile(r"(?s)(<serviceEvent>\s*)<effectiveTime>.*?</effectiveTime>")


def with_period(content: bytes, period: str, written: str = "20240916091500+0200") -> bytes:
    text = SERVICE_PERIOD.sub(rf"\1{period}", content.decode(), count=1)
    return re.sub(r'(</title>\s*<effectiveTime value=")[^"]*', rf"\g<1>{written}", text, count=1).encode()


def interval(low: str, high: str) -> str:
    return f'<effectiveTime><low value="{low}"/><high value="{high}"/></effectiveTime>'


def not_run(findings: Findings) -> list[RuleNotRun]:
    """Of the envelope's rules: the controls of service users' records have their own tests."""
    return [line for line in findings.not_run if line.rule.startswith("R-ENV")]


def test_the_right_establishment_and_period(judge_cda, synthetic: bytes) -> None:
    findings = judge_cda(synthetic, HERE)
    assert "R-CDA-047" in [item.rule for item in findings.anomalies], "judged to the end"
    assert not [item for item in findings.anomalies if item.rule.startswith("R-ENV")]
    assert not_run(findings) == []


def test_unknown_facts_are_said(judge_cda, synthetic: bytes) -> None:
    assert not_run(judge_cda(synthetic, Facts())) == [
        RuleNotRun("R-ENV-023", "fait_inconnu", "etablissement"),
        RuleNotRun("R-ENV-024", "fait_inconnu", "campagne"),
        RuleNotRun("R-ENV-027", "fait_inconnu", "documents_acceptes"),
    ]


def test_another_establishment_ends_the_judgement(judge_cda, synthetic: bytes) -> None:
    findings = judge_cda(synthetic, Facts(campaign=CAMPAIGN, establishment_finess="480787529"))
    (anomaly,) = findings.anomalies
    assert (anomaly.rule, anomaly.severity, anomaly.value) == ("R-ENV-023", "bloquante", "019999994")
    assert anomaly.location.path.endswith("representedCustodianOrganization/id/@extension")
    assert anomaly.location.line is not None
    assert "019999994" in anomaly.message
    assert "480787529" in anomaly.message


@pytest.mark.parametrize("written", ["1019999994", "019999994", " 1019999994 "])
def test_the_finess_with_or_without_its_prefix(judge_cda, synthetic: bytes, written: str) -> None:
    content = re.sub(rb'(CustodianOrganization>\s*<id [^>]*extension=")[^"]*', rb"\g<1>" + written.encode(), synthetic)
    assert "R-ENV-023" not in [item.rule for item in judge_cda(content, HERE).anomalies]


def test_a_siret_is_not_the_establishment_of_the_address(judge_cda, synthetic: bytes) -> None:
    siret = rb"\g<1>312345678900012"
    content = re.sub(rb'(CustodianOrganization>\s*<id [^>]*extension=")[^"]*', siret, synthetic)
    assert [item.rule for item in judge_cda(content, HERE).anomalies] == ["R-ENV-023"]


@pytest.mark.parametrize("name", ["custodian", "representedCustodianOrganization"])
def test_an_unreadable_establishment_is_left_to_the_other_rules(judge_cda, synthetic: bytes, name: str) -> None:
    content = re.sub(rf"(?s)(<{name}>).*(</{name}>)".encode(), rb"\1\2", synthetic)
    findings = judge_cda(content, HERE)
    assert not_run(findings) == [RuleNotRun("R-ENV-023", "cle_absente", "custodian")]


@pytest.mark.parametrize(
    ("period", "written", "is_inside"),
    [
        (interval("20240601", "20250531"), "20260310101500+0100", True),
        (interval("20230101", "20231231"), "20240910101500+0100", False),
        (interval("20230101", "20240601"), "20260310101500+0100", True),
        (interval("20230101", "20240531"), "20260310101500+0100", False),
        (interval("20250531", "20251231"), "20260310101500+0100", True),
        (interval("20250601", "20251231"), "20260310101500+0100", False),
        (interval("2024", "2024"), "20260310101500+0100", True),
        (interval("202505", "202507"), "20260310101500+0100", True),
        ('<effectiveTime><low value="20230101"/></effectiveTime>', "20230310101500+0100", False),
        ('<effectiveTime><low value="20230101"/></effectiveTime>', "20240910101500+0100", True),
        ('<effectiveTime value="20230101"/>', "20240910101500+0100", False),
        ('<effectiveTime value="20240701"/>', "20260910101500+0100", True),
        ('<effectiveTime><high value="20240701"/></effectiveTime>', "20260910101500+0100", True),
        ("", "20240910101500+0100", True),
        ("", "20260910101500+0100", False),
    ],
)
def test_one_day_in_common_is_enough(judge_cda, synthetic: bytes, period: str, written: str, is_inside: bool) -> None:
    rules = [item.rule for item in judge_cda(with_period(synthetic, period, written), HERE).anomalies]
    assert ("R-ENV-024" not in rules) is is_inside
    if not is_inside:
        assert rules == ["R-ENV-024"], "nothing else is judged"


def test_both_periods_are_told(judge_cda, synthetic: bytes) -> None:
    (anomaly,) = judge_cda(with_period(synthetic, interval("20220101", "20221231")), HERE).anomalies
    assert "2022-01-01 – 2022-12-31" in anomaly.message
    assert "2024-06-01 – 2025-05-31" in anomaly.message
    assert anomaly.location.path == "/ClinicalDocument/documentationOf/serviceEvent/effectiveTime"


@pytest.mark.parametrize("written", ["", "hier", "20249999", "99991231", "0000"])
def test_a_date_that_cannot_be_read_is_no_period(judge_cda, synthetic: bytes, written: str) -> None:
    findings = judge_cda(with_period(synthetic, interval(written, written), written), HERE)
    if written == "99991231":
        assert [item.rule for item in findings.anomalies] == ["R-ENV-024"]
    else:
        assert [item.rule for item in not_run(findings)] == ["R-ENV-024"]
