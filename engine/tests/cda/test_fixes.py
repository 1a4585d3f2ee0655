"""Corrections of CDA anomalies: what is offered, how sure it is, and what is never offered."""

from __future__ import annotations

from typing import Any

import pytest
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import apply, repair

CISIS = "1.2.250.1.213.1.1.4.322"

CUSTODIAN = '<representedCustodianOrganization>\n        <id root="1.2.250.1.71.4.'
INDENT = "\n" + 24 * " "

CERTAIN = [
    ("R-CDA-013", '<languageCode code="fr-FR"/>', '<languageCode code="fr-fr"/>'),
    ("R-CDA-013", '<languageCode code="fr-FR"/>', '<languageCode code=" fr-FR "/>'),
    ("R-CDA-014", '<effectiveTime value="20240916091500+0200"/>', '<effectiveTime value="2024-09-16T09:15:00+02:00"/>'),
    ("R-CDA-330", '<effectiveTime value="20240810"/>', '<effectiveTime value="2024-08-10"/>'),
    ("R-CDA-039", '<birthTime value="19300108"/>', '<birthTime value="1930-01-08"/>'),
    ("R-CDA-039", '<birthTime value="19300831"/>', '<birthTime value="31/08/1930"/>'),
    ("R-CDA-066", '<time value="20240916091500+0200"/>', "<time value='2024-09-16 09:15:00+0200'/>"),
    ("R-CDA-062", 'extension="3019999994/DUI-1"/>\n      <code', 'extension="019999994/DUI-1"/>\n      <code'),
    ("R-CDA-125", 'extension="3019999994/000007-SEJOUR-1"', 'extension="019999994/000007-SEJOUR-1"'),
    ("R-CDA-105", f'"1759999990"/>{INDENT}<desc>', f'"759999990"/>{INDENT}<desc>'),
    ("R-CDA-559", '<administrativeGenderCode code="F"', '<administrativeGenderCode code="f"'),
    ("R-CDA-812", 'displayName="Historique des séjours"', 'displayName="HISTORIQUE des sejours"'),
    ("R-CDA-345", 'displayName="Féminin"', 'displayName=" FEMININ"'),
    ("R-CDA-341", '<value xsi:type="BL" value="true"/>', '<value xsi:type="BL" value="True"/>'),
    ("R-CDA-341", '<value xsi:type="BL" value="true"/>', '<value xsi:type="BL" value="1"/>'),
    ("R-CDA-342", '<value xsi:type="PQ" value="3.5"', '<value xsi:type="PQ" value="3,5"'),
]  # fmt: skip
"""Rule, the text that is right, and a wrong one that says the same."""

TO_CONFIRM = [
    (
        "R-CDA-345",
        'displayName="Autre établissement du domaine social ou médico-social"',
        'displayName="Notes diverses"',
    ),
    ("R-CDA-039", '<birthTime value="19300108"/>', '<birthTime value="08/01/1930"/>'),
]


def _with(document: str, right: str) -> str:
    """The document, made to hold a text that it has not: a value of another type in its first entry."""
    if right in document:
        return document
    if "1759999990" in right:
        return document.replace("019999994", "759999990")
    if right.startswith("<birthTime"):
        return document.replace('<birthTime value="19300108"/>', right)
    place = '<effectiveTime nullFlavor="NA"/>'
    unit = ' unit="km"/>' if not right.endswith("/>") else ""
    observation = f'<observation classCode="OBS" moodCode="EVN"><code nullFlavor="NI"/>{right}{unit}</observation>'
    added = f"<component>{observation}</component>"
    assert place in document
    return document.replace(place, place + added, 1)


@pytest.fixture
def judged(judge_cda) -> Any:
    def call(document: str) -> list[Anomaly]:
        return judge_cda(document.encode()).anomalies

    return call


def test_what_says_the_same_is_corrected_and_the_document_is_the_very_same_again(
    judged: Any, valid_document: str, catalogue: Catalogue
) -> None:
    faults = []
    for rule, right, wrong in CERTAIN:
        sound = _with(valid_document, right)
        spoiled = sound.replace(right, wrong, 1)
        fixes = [anomaly.fix for anomaly in judged(spoiled) if anomaly.rule == rule and anomaly.fix]
        done = repair(spoiled.encode(), catalogue=catalogue, facts=Facts())
        expected = sound.replace(right, right.replace('"', "'"), 1) if "'" in wrong else sound
        if not fixes or not fixes[0].certain or done.content.decode() != expected:
            faults.append((rule, wrong, fixes))
        elif rule not in {anomaly.rule for anomaly in done.applied}:
            faults.append((rule, wrong, "not told as applied"))
    assert faults == []


def test_what_may_mean_something_else_is_only_proposed(judged: Any, valid_document: str, catalogue: Catalogue) -> None:
    faults = []
    for rule, right, wrong in TO_CONFIRM:
        spoiled = valid_document.replace(right, wrong, 1)
        anomalies = judged(spoiled)
        fixes = [anomaly.fix for anomaly in anomalies if anomaly.rule == rule]
        done = repair(spoiled.encode(), catalogue=catalogue, facts=Facts())
        confirmed = apply(spoiled.encode(), anomalies, only_certain=False).decode()
        if fixes[0] is None or fixes[0].certain or done.content.decode() != spoiled or confirmed != valid_document:
            faults.append((rule, wrong, fixes))
    assert faults == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ('code="GEN-351"', 'code="GEN-352"', "R-CDA-120"),
        (f"{CUSTODIAN}2.2", f"{CUSTODIAN}2.3", "R-CDA-070"),
        ('extension="230016311400810"', 'extension="230016311400811"', "R-CDA-045"),
        ('<effectiveTime value="20240810"/>', '<effectiveTime value="2024-02-30"/>', "R-CDA-330"),
        ('<versionNumber value="1"/>', '<versionNumber value="2024-01"/>', "R-CDA-015"),
    ],
)  # fmt: skip
def test_a_fact_is_never_invented(right: str, wrong: str, rule: str, judged: Any, valid_document: str) -> None:
    assert right in valid_document
    found = [anomaly for anomaly in judged(valid_document.replace(right, wrong, 1)) if anomaly.rule == rule]
    assert found and all(anomaly.fix is None for anomaly in found)


def test_a_number_that_may_be_of_two_natures_is_to_confirm_unless_the_document_tells(
    judged: Any, valid_document: str
) -> None:
    """Nine figures are a FINESS or a SIREN; eleven an RPPS when their key is right."""

    def fix(number: str, rule: str, root: str, known: str = "1019999994") -> Any:
        place = "<desc>SSIAD de synthèse</desc>"
        spoiled = valid_document.replace(place, f'<id root="{root}" extension="{number}"/>{place}', 1)
        spoiled = spoiled.replace("1019999994", known, 1)
        (found,) = [anomaly for anomaly in judged(spoiled) if anomaly.rule == rule]
        return None if found.fix is None else (found.fix.operations[0]["valeur"], found.fix.certain)

    structure, professional = "1.2.250.1.71.4.2.2", "1.2.250.1.71.4.2.1"
    assert fix("759999990", "R-CDA-105", structure) == ("1", False)
    assert fix("759999990", "R-CDA-105", structure, known="1759999990") == ("1", True)
    assert fix("2A0000170", "R-CDA-105", structure) == ("1", True)
    assert fix("73282932001007", "R-CDA-105", structure) == ("3", True)
    assert fix("73282932000074", "R-CDA-105", structure) == ("3", False)
    assert fix("12345678901234", "R-CDA-105", structure) is None
    assert fix("1234567", "R-CDA-105", structure) is None
    assert fix("10103441233", "R-CDA-106", professional) == ("8", True)
    assert fix("10103441234", "R-CDA-106", professional) == ("8", False)
    assert fix("019300012", "R-CDA-106", professional) == ("0", False)
    assert fix("019999994/12", "R-CDA-106", professional) == ("3", True)
    assert fix("759999990/12", "R-CDA-106", professional) == ("3", False)


def test_the_establishment_of_the_call_is_known_too(judge_cda, valid_document: str) -> None:
    spoiled = valid_document.replace("1019999994", "759999990").replace("3019999994", "759999990").encode()
    for finess, certain in ((None, False), ("759999990", True)):
        anomalies = judge_cda(spoiled, Facts(establishment_finess=finess)).anomalies
        fixes = [anomaly.fix.certain for anomaly in anomalies if anomaly.rule == "R-CDA-105" and anomaly.fix]
        assert fixes and set(fixes) == {certain}


def test_an_identifier_is_corrected_wherever_the_document_refers_to_it(
    official: bytes, catalogue: Catalogue, judge_cda
) -> None:
    spoiled = official.replace(
        b'extension="3480787529/147720425367411-EVN-', b'extension="480787529/147720425367411-EVN-'
    )
    assert spoiled.count(b'"480787529/147720425367411-EVN') == 2
    (found,) = [anomaly for anomaly in judge_cda(spoiled).anomalies if anomaly.rule == "R-CDA-144"]
    assert found.fix is not None and len(found.fix.operations) == 2
    repaired = apply(spoiled, [found])
    assert repaired == official


def test_a_personal_value_is_not_repeated_by_its_correction(judged: Any, valid_document: str) -> None:
    for wrong, right, operation in (
        ('value="1930-01-08"', 'value="19300108"', ("format", "AAAAMMJJ")),
        ('code="f"', 'code="F"', ("case", "majuscules")),
        ('extension="019999994/000007-SEJOUR-1"', 'extension="3019999994/000007-SEJOUR-1"', ("prefix", "3")),
    ):
        fixes = [anomaly.fix for anomaly in judged(valid_document.replace(right, wrong, 1)) if anomaly.fix]
        assert {(item["op"], item["valeur"]) for fix in fixes for item in fix.operations} == {operation}


def test_a_label_that_is_that_of_another_code_is_to_confirm(judged: Any, official: bytes) -> None:
    text = official.decode()
    spoiled = text.replace('displayName="Budget réel"', 'displayName="Budget prévisionnel"', 1)
    found = [anomaly for anomaly in judged(spoiled) if anomaly.location.path.endswith("@displayName")]
    fixes = [anomaly.fix for anomaly in found if anomaly.value == "Budget prévisionnel"]
    assert fixes and all(fix is not None and not fix.certain for fix in fixes)


def test_the_system_of_a_code_known_in_one_system_only(judged: Any, valid_document: str) -> None:
    label = "Établissement ou service social ou médico-social (ESSMS)"
    right = f'<code code="GEN-351" displayName="{label}" codeSystem="{CISIS}"'
    for wrong, certain in ((right.replace(CISIS, "1.2.3"), True), (right.replace(f' codeSystem="{CISIS}"', ""), True)):
        spoiled = valid_document.replace(right, wrong, 1)
        assert spoiled != valid_document
        fixes = {anomaly.rule: anomaly.fix for anomaly in judged(spoiled) if anomaly.fix}
        assert fixes, [anomaly.rule for anomaly in judged(spoiled)]
        assert {fix.certain for fix in fixes.values()} == {certain}
        assert {item["valeur"] for fix in fixes.values() for item in fix.operations} == {CISIS}


def test_a_mail_address_tells_that_it_is_one_and_a_number_does_not(judged: Any, valid_document: str) -> None:
    for written, operation, certain in (
        ("contact@exemple.fr", "mailto:", True),
        ("01 23 45 67 89", "tel:", False),
        ("https://exemple.fr", None, None),
    ):
        spoiled = valid_document.replace('<telecom nullFlavor="UNK"/>', f'<telecom value="{written}"/>', 1)
        (found,) = [anomaly for anomaly in judged(spoiled) if anomaly.rule == "R-CDA-101"]
        offered = found.fix and (found.fix.operations[0]["valeur"], found.fix.certain)
        assert offered == (None if operation is None else (operation, certain))
        assert written not in repr(found)


def test_what_must_be_filled_is_filled_from_the_code(judged: Any, valid_document: str, catalogue: Catalogue) -> None:
    label, system = (
        ' displayName="Etablissement ou Service Social ou Médico-Social"',
        ' codeSystem="1.2.250.1.213.1.1.4.9"',
    )
    right = f'code="ESSMS"{label}{system}/>'
    for left_out, kept, rule in ((label, system, "R-CDA-639"), (system, label, "R-CDA-641")):
        spoiled = valid_document.replace(right, f'code="ESSMS"{kept}/>', 1)
        assert rule in {anomaly.rule for anomaly in judged(spoiled) if anomaly.fix and anomaly.fix.certain}
        done = repair(spoiled.encode(), catalogue=catalogue, facts=Facts())
        assert done.content.decode() == valid_document.replace(right, f'code="ESSMS"{kept}{left_out}/>', 1)
