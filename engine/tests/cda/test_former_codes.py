"""R-ENV-026: a document written for a former state of the value sets gets one clear message."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest
from lxml import etree
from sidoba_engine.anomaly import Anomaly, Severity, Stage
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.facts import Environment
from sidoba_engine.formats.cda.former_codes import FORMER_STATE, merge_former_codes
from sidoba_engine.formats.cda.names import HL7
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.rules import compile_rules
from sidoba_engine.formats.cda.run import Run

VARIABLES = "evaluation-aggir-pa"
RESULTS = "resultat-evaluation"
COMPONENT = "//observation/entryRelationship/observation"
ICF = "2.16.840.1.113883.6.254"


def rule(catalogue: Catalogue, name: str, **parameters: object) -> Rule:
    """A value-set rule of this test, made from one of the catalogue."""
    return dataclasses.replace(catalogue.rules["R-CDA-092"], id=name, parameters=parameters)


def evaluation(variables: Iterable[str], result: str) -> str:
    components = "".join(
        f'<entryRelationship><observation><code code="{code}" codeSystem="{ICF}"/>'
        f'<value code="{result}" codeSystem="{ICF}"/></observation></entryRelationship>\n'
        for code in variables
    )
    return f'<observation><code code="MED-1293"/>{components}</observation>'


class Judgement:
    """The two value-set rules of an AGGIR evaluation run over a fragment; completeness reported by hand."""

    def __init__(self, catalogue: Catalogue, content: str, *, personal: bool = False) -> None:
        flags = {"personnel": True} if personal else {}
        self.catalogue = catalogue
        self.source = f'<ClinicalDocument xmlns="{HL7}">\n{content}</ClinicalDocument>'.encode()
        self.root = etree.fromstring(self.source)
        rules = (
            rule(catalogue, "R-1", contexte=f"{COMPONENT}/code", jeu=VARIABLES, **flags),
            rule(catalogue, "R-2", contexte=f"{COMPONENT}/value", jeu=RESULTS, **flags),
        )
        self.run: Run = compile_rules(catalogue, rules).walk(self.root)
        self.incomplete = rule(catalogue, "R-3", jeux=[VARIABLES, "gir"])

    def report_incomplete(self) -> None:
        for found in self.root.iterfind(f"{{{HL7}}}observation"):
            self.run.report(self.incomplete, found)

    def anomalies(self) -> list[Anomaly]:
        self.run.findings = merge_former_codes(self.run.findings, self.catalogue)
        return self.run.anomalies(Places(self.source, self.root), Environment.SANDBOX)


def former_variables(catalogue: Catalogue) -> list[str]:
    return list(catalogue.value_sets[VARIABLES].former[0].labels)


def test_forty_findings_of_one_cause_are_one_anomaly(catalogue: Catalogue) -> None:
    judgement = Judgement(catalogue, evaluation(former_variables(catalogue), "qc2") * 3)
    judgement.report_incomplete()
    assert len(judgement.run.findings) == 3 * (5 + 11 + 1)
    (anomaly,) = judgement.anomalies()
    assert (anomaly.rule, anomaly.severity, anomaly.stage) == (FORMER_STATE, Severity.BLOCKING, Stage.TERMINOLOGY)
    assert anomaly.location.path == "/ClinicalDocument/observation[1]/entryRelationship[1]/observation/code/@code"
    assert anomaly.location.line == 2
    assert "48 fois (d350, qc2, d510, d540, d420, d360)" in anomaly.message
    assert f"{VARIABLES} (version 20250616 en vigueur), {RESULTS} (version" in anomaly.hint
    assert {"qf2", "d5100", "d3608"} <= set(anomaly.expected)
    assert not {"d550", "qc2"} & set(anomaly.expected), "what both states have, or the former alone"


def test_what_no_state_ever_had_keeps_its_own_anomaly(catalogue: Catalogue) -> None:
    content = evaluation(["d550", "d999"], "qf0") + evaluation(["d550", "b114"], "qc0")
    assert [anomaly.rule for anomaly in Judgement(catalogue, content).anomalies()] == ["R-1", FORMER_STATE]


def test_the_right_code_in_a_wrong_system_is_not_of_a_former_state(catalogue: Catalogue) -> None:
    content = evaluation(["d550"], "qc0").replace(f'"qc0" codeSystem="{ICF}"', '"qc0" codeSystem="1.2.3"')
    assert [anomaly.rule for anomaly in Judgement(catalogue, content).anomalies()] == ["R-2"]


def test_a_document_of_the_state_in_force_is_untouched(catalogue: Catalogue) -> None:
    judgement = Judgement(catalogue, evaluation(catalogue.value_sets[VARIABLES].labels, "qf4"))
    assert judgement.anomalies() == []


@pytest.mark.parametrize("spoilt", ["missing", "twice"])
def test_an_evaluation_incomplete_in_both_states_says_so(catalogue: Catalogue, spoilt: str) -> None:
    variables = former_variables(catalogue)
    judgement = Judgement(catalogue, evaluation(variables[:-1] if spoilt == "missing" else variables * 2, "qf0"))
    judgement.report_incomplete()
    assert sorted(anomaly.rule for anomaly in judgement.anomalies()) == ["R-3", FORMER_STATE]


def test_a_long_list_of_codes_is_cut(catalogue: Catalogue) -> None:
    names = ("specialite-auteur", VARIABLES)
    content = "".join(
        f'<{name}><code code="{code}" codeSystem="{system}"/></{name}>'
        for name in names
        for code, system in sorted(catalogue.value_sets[name].withdrawn, key=str)
    )
    rules = tuple(rule(catalogue, name, contexte=f"//{name}/code", jeu=name) for name in names)
    root = etree.fromstring(f'<ClinicalDocument xmlns="{HL7}">{content}</ClinicalDocument>')
    (merged,) = merge_former_codes(compile_rules(catalogue, rules).walk(root).findings, catalogue)
    assert merged.facts["nombre"] == 12
    assert merged.facts["codes"].endswith(" et 2 autres")
    assert merged.facts["codes"].count(",") == 9


def test_personal_codes_are_masked(catalogue: Catalogue) -> None:
    (anomaly,) = Judgement(catalogue, evaluation(["d550"], "qc4"), personal=True).anomalies()
    assert anomaly.rule == FORMER_STATE
    assert "qc4" not in f"{anomaly.message}{anomaly.hint}{anomaly.value}{anomaly.expected}"


def test_findings_of_other_rules_keep_their_order(catalogue: Catalogue) -> None:
    judgement = Judgement(catalogue, evaluation(["d550", "d350"], "qf0"))
    (element, *_) = judgement.root
    other = catalogue.rules["R-CDA-013"]
    found = judgement.run.findings
    judgement.run.findings = []
    judgement.run.report(other, element)
    mixed = [*judgement.run.findings, *found, *judgement.run.findings]
    assert [item.rule.id for item in merge_former_codes(mixed, catalogue)] == [other.id, FORMER_STATE, other.id]
