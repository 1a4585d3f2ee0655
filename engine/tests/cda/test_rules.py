"""Each rule of the domain `cda`: its own examples as fragments, and a whole document with that one fault."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from lxml import etree
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue, Rule, installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats.cda.door import DoorFault, Limits, open_tree
from sidoba_engine.formats.cda.names import DICOM, HL7, SDTC, XSI, local_name
from sidoba_engine.formats.cda.rules import DOMAIN, compile_rules, compiled_rules
from sidoba_engine.formats.cda.walk.selectors import Step, parse
from synthetic_cda import document, ins_number
from synthetic_cda_body_faults import FAULTS as BODY_FAULTS
from synthetic_cda_faults import FAULTS, FOLLOWING

INHERENT = "R-CDA-047"
"""Every synthetic document has a test INS."""
RULES = installed_catalogue().rules_of(DOMAIN)
WALKED = [rule for rule in RULES if rule.check]
OF_THE_DOOR = [rule for rule in RULES if not rule.check]
WITHOUT_FAULTY_DOCUMENT = {"R-CDA-002", "R-CDA-004", "R-CDA-005", INHERENT}
"""Faults of bytes and size (see test_door), and the one every document has."""


def fragment(rule: Rule, example: str) -> etree._Element:
    """The example in the elements that its rule's context expects around it."""
    declarations = f'xmlns="{HL7}" xmlns:sdtc="{SDTC}" xmlns:xsi="{XSI}" xmlns:dicom="{DICOM}"'
    content = etree.fromstring(f"<x {declarations}>{example}</x>")[0]
    if local_name(str(content.tag)) == "ClinicalDocument":
        return content
    contexts = rule.parameters["contexte"]
    steps = parse(contexts if isinstance(contexts, str) else contexts[0]).steps
    rank = max(rank for rank, step in enumerate(steps) if step.name == content.tag)
    for step in reversed(steps[:rank]):
        content = _around(step, content)
    if local_name(str(content.tag)) == "ClinicalDocument":
        return content
    root = etree.Element(f"{{{HL7}}}ClinicalDocument")
    root.append(content)
    return root


def _around(step: Step, content: etree._Element) -> etree._Element:
    element = etree.Element(step.name)
    for template in step.templates[:1]:
        etree.SubElement(element, f"{{{HL7}}}templateId", root=template)
    element.append(content)
    return element


def found_in(catalogue: Catalogue, rule: Rule, example: str) -> list[str]:
    run = compile_rules(catalogue, (rule,)).walk(fragment(rule, example))
    return [finding.rule.id for finding in run.findings]


@pytest.mark.parametrize("rule", WALKED, ids=lambda rule: rule.id)
def test_examples_of_the_rule(catalogue: Catalogue, rule: Rule) -> None:
    assert found_in(catalogue, rule, str(rule.examples["conforme"])) == []
    if "inatteignable" not in rule.examples:
        assert found_in(catalogue, rule, str(rule.examples["fautif"])) == [rule.id]


@pytest.mark.parametrize("rule", OF_THE_DOOR, ids=lambda rule: rule.id)
def test_examples_of_the_rules_of_the_door(rule: Rule) -> None:
    """Those written as XML are run; the others describe bytes or sizes, shown in test_door."""
    for name, expected in (("conforme", False), ("fautif", True)):
        example = str(rule.examples[name])
        if example.startswith("<"):
            outcome = open_tree(example.encode(), Limits(size=20_000_000, depth=128))
            assert (isinstance(outcome, DoorFault) and outcome.rule == rule.id) is expected, example


def test_whole_documents_show_the_rules_that_no_table_holds() -> None:
    """A line of a table has the fragments derived from it; every rule written by hand has a document of its own."""
    assert {rule.id for rule in RULES} >= FAULTS.keys() | WITHOUT_FAULTY_DOCUMENT
    by_hand = {rule.id for rule in RULES if rule.id < "R-CDA-3" and not rule.id.startswith("R-CDA-1")}
    assert by_hand <= FAULTS.keys() | BODY_FAULTS.keys() | WITHOUT_FAULTY_DOCUMENT


def test_every_rule_is_compiled_or_of_the_door(catalogue: Catalogue) -> None:
    assert compiled_rules(catalogue).ids == {rule.id for rule in WALKED}
    assert {rule.id for rule in OF_THE_DOOR} == {f"R-CDA-{rank:03d}" for rank in (1, 2, 3, 4, 5, 10, 11)}
    assert all(rule.fatal for rule in OF_THE_DOOR)


@pytest.mark.parametrize("rule", FAULTS)
def test_one_fault_in_gives_that_rule_and_nothing_that_does_not_follow(judge_cda, rule: str) -> None:
    content = document(finess="019999994", number=7, day=date(2025, 3, 14), faults=[rule])
    found = Counter(anomaly.rule for anomaly in judge_cda(content).anomalies)
    found.pop(INHERENT, None)
    assert found == dict.fromkeys((rule, *FOLLOWING.get(rule, ())), 1)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_placed_on_a_line(judge_cda, rule: str) -> None:
    content = document(finess="019999994", number=7, day=date(2025, 3, 14), faults=[rule])
    for anomaly in judge_cda(content).anomalies:
        assert anomaly.location.path.startswith("/")
        if rule not in ("R-CDA-010", "R-CDA-011"):
            assert anomaly.location.line is not None
        assert "{" not in anomaly.message + anomaly.hint


@pytest.mark.parametrize("number", [0, 1, 2, 17, 905, 32_401])
def test_synthetic_documents_are_conformant(judge_cda, number: int) -> None:
    content = document(finess="2A0001234", number=number, day=date(2025, 1, 31))
    assert [anomaly.rule for anomaly in judge_cda(content).anomalies] == [INHERENT]
    assert content == document(finess="2A0001234", number=number, day=date(2025, 1, 31))


def test_a_test_ins_warns_in_the_sandbox_and_blocks_in_production(judge_cda, synthetic: bytes) -> None:
    (in_sandbox,) = judge_cda(synthetic).anomalies
    (in_production,) = judge_cda(synthetic, Facts(Environment.PRODUCTION)).anomalies
    assert (in_sandbox.severity, in_production.severity) == (Severity.WARNING, Severity.BLOCKING)
    assert in_sandbox.location.path == "/ClinicalDocument/recordTarget/patientRole/id[1]/@root"
    assert in_sandbox.value == "1.2.250.1.213.1.4.10"
    assert in_sandbox.expected == ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9")


def test_variants_that_must_not_be_refused(judge_cda, synthetic: bytes) -> None:
    """No INS but a birth rank, a prefix for every element, no local identifier."""
    text = synthetic.decode()
    ins = text[text.index('<id root="1.2.250.1.213.1.4.10"') :].partition("\n")[0]
    without_ins = text.replace(ins, "").replace(
        "<birthplace>", '<sdtc:multipleBirthOrderNumber value="1"/><birthplace>'
    )
    assert judge_cda(without_ins.encode()).anomalies == []
    prefixed = (
        re.sub(r"<(/?)(?=[A-Za-z])", r"<\1c:", text).replace("xmlns=", "xmlns:c=").replace('xsi:type="', 'xsi:type="c:')
    )
    assert "<c:recordTarget>" in prefixed
    assert [anomaly.rule for anomaly in judge_cda(prefixed.encode()).anomalies] == [INHERENT]


def test_no_personal_value_leaves_in_clear(judge_cda) -> None:
    """Names, birth date, INS and local identifier of the person are in no message, hint or value."""
    ins = ins_number(7)
    birth = f"19{ins[1:5]}"
    personal_values = ("DELORME", "Yvette", ins[:10], ins[3:], "/000007", birth, f"{birth[:4]}-01", ins[5:10])
    whole = document(finess="019999994", number=7, day=date(2025, 3, 14)).decode()
    assert all(value in whole for value in personal_values[:5])
    for rule in FAULTS:
        content = document(finess="019999994", number=7, day=date(2025, 3, 14), faults=[rule])
        written = "".join(f"{item.message}{item.hint}{item.value}" for item in judge_cda(content).anomalies)
        assert not [value for value in personal_values if value in written], rule
