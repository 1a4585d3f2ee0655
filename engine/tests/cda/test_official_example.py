"""The official example of the ANS: conformant, with exactly the findings its corpus announces."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date

import pytest
from sidoba_engine.anomaly import Severity
from sidoba_engine.facts import CampaignFacts, Environment, Facts
from sidoba_engine.formats.cda import check_cda, read_cda

FACTS = Facts(
    campaign=CampaignFacts("ssiad-2024", "ssiad", date(2023, 1, 1), date(2023, 12, 31)),
    establishment_finess="480787529",
    accepted_versions={},
)
OTHER_CAMPAIGN = CampaignFacts("setmin-2024", "setmin", date(2023, 1, 1), date(2023, 12, 31))


def test_no_error_and_the_four_known_warnings(judge_cda, official: bytes) -> None:
    """The README of the corpus announces four rules; Saxon finds the same informations (test_oracle)."""
    findings = judge_cda(official, dataclasses.replace(FACTS, campaign=OTHER_CAMPAIGN))
    found = Counter((anomaly.severity.value, anomaly.rule) for anomaly in findings.anomalies)
    assert found == {
        ("avertissement", "R-CDA-045"): 1,
        ("avertissement", "R-CDA-105"): 1,
        ("avertissement", "R-CDA-106"): 4,
        ("avertissement", "R-CDA-313"): 4,
        ("information", "R-CDA-006"): 1,
        ("information", "R-CDA-049"): 1,
        ("information", "R-CDA-220"): 1,
        ("information", "R-CDA-221"): 2,
        ("information", "R-CDA-345"): 4,
    }
    assert findings.not_run == []


def test_in_an_ssiad_campaign_its_data_meet_the_controls_of_the_model(judge_cda, official: bytes) -> None:
    """Its evaluations are dated a week before the admission: nothing else is wrong with its data."""
    found = Counter(item.rule for item in judge_cda(official, FACTS).anomalies if not item.rule.startswith("R-CDA"))
    assert found == {"SSIAD-U-020": 1}


def test_places_are_those_of_the_file(judge_cda, official: bytes) -> None:
    lines = official.decode().splitlines()
    for anomaly in judge_cda(official, FACTS).anomalies:
        place = anomaly.location
        assert place.line is not None
        assert place.column is not None
        start = lines[place.line - 1][place.column - 1 :]
        attribute = place.path.rpartition("/@")[2] if "/@" in place.path else None
        element = place.path.rpartition("/")[2].partition("[")[0]
        assert start.startswith((f"{attribute}=", f"xsi:{attribute}=") if attribute else f"<{element}"), place


def test_the_key_of_the_ins_is_placed_and_masked(judge_cda, official: bytes) -> None:
    (anomaly,) = [item for item in judge_cda(official, FACTS).anomalies if item.rule == "R-CDA-045"]
    assert anomaly.location.path == "/ClinicalDocument/recordTarget/patientRole/id/@extension"
    assert (anomaly.location.line, anomaly.location.column) == (73, 8)
    assert anomaly.value == "••••11"
    assert "147720425367411" not in repr(anomaly)


def test_places_hold_after_the_long_line_of_base64(judge_cda, official: bytes) -> None:
    """The attachment of 240 000 characters stands on one line; a fault after it is still placed right."""
    text = official.decode()
    end = text.rindex("</structuredBody>")
    added = '<component><section><templateId root="1.2.3"/></section></component>'
    changed = text[:end] + added + text[end:]
    assert max(map(len, text.splitlines())) > 200_000
    (anomaly,) = [item for item in judge_cda(changed.encode(), FACTS).anomalies if item.rule == "R-CDA-020"]
    line = changed.splitlines()[(anomaly.location.line or 0) - 1]
    assert line[(anomaly.location.column or 0) - 1 :].startswith('<section><templateId root="1.2.3"/>')


def test_in_production_it_is_still_conformant(judge_cda, official: bytes) -> None:
    facts = Facts(Environment.PRODUCTION, FACTS.campaign, FACTS.establishment_finess)
    assert not [item for item in judge_cda(official, facts).anomalies if item.severity is Severity.BLOCKING]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_the_same_findings_in_another_encoding(judge_cda, official: bytes, encoding: str) -> None:
    text = official.decode().replace("UTF-8", encoding, 1)
    recoded = text.encode(encoding, "xmlcharrefreplace")
    expected = [(item.rule, item.location.path) for item in judge_cda(official, FACTS).anomalies]
    assert [(item.rule, item.location.path) for item in judge_cda(recoded, FACTS).anomalies] == expected


def test_twice_the_same_bytes_give_the_same_findings(catalogue, official: bytes) -> None:
    document = read_cda(official, catalogue=catalogue, facts=FACTS, index=0)
    first = check_cda(document, catalogue=catalogue, facts=FACTS)
    assert check_cda(document, catalogue=catalogue, facts=FACTS).anomalies == first.anomalies
