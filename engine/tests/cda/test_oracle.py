"""The engine agrees with the oracle: every rule's XPath 2.0 text, evaluated by Saxon on generated documents.

`ORACLE_DOCUMENTS=3000 pytest engine/tests/cda/test_oracle.py -s` (or `make oracle`) compares on more of them, and
`tools/oracle_disagreements.py` tells where the two differ.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from oracle_comparison import NEVER_FALSE, Comparison, compare
from oracle_saxon import Oracle, oracle_rules, procedural_rules
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.rules import compile_rules

DOCUMENTS = int(os.environ.get("ORACLE_DOCUMENTS", "150"))
SEED = int(os.environ.get("ORACLE_SEED", "1"))
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "cda" / "rules.json"
DATES = {
    "2024": True, "202402": True, "20240229": True, "2024022923": True, "202402292359": True, "20240229235959": True,
    "20240229235959.25+0100": True, "20240229-1130": True, "20230229": False, "20241301": False, "2024022924": False,
    "202402292360": False, "20240229235960": False, "00000101": False, "2024022": False, "2024-02-29": False,
    "20240229\n": False, "20240229235959+2500": False, "20240229235959Z": False, "": False,
}  # fmt: skip
"""Dates, and whether they are valid ones."""
TYPES = {"BL": True, "a:BL": True, " BL ": True, "CD": False, "bl": False, "BL2": False}
"""Values of `xsi:type`, and whether they say BL."""


@pytest.fixture(scope="module")
def oracle(catalogue: Catalogue) -> Oracle:
    return Oracle(catalogue)


def test_engine_and_oracle_agree_rule_by_rule_and_node_by_node(catalogue: Catalogue) -> None:
    compared = compare(catalogue, seed=SEED, count=DOCUMENTS)
    seen_false = compared.rules - set(compared.never_failing())
    seen_true = {key for key in compared.rules if compared.holding[key]}
    print(f"\n{compared.documents} documents × {len(compared.rules)} rules: {len(compared.disagreements)} differences")
    print(f"rules seen false: {len(seen_false)} ({len(NEVER_FALSE)} cannot be); seen true: {len(seen_true)}")
    print(f"without XPath: {', '.join(procedural_rules())}")
    print(f"nodes where an XPath has no value, either answer admitted: {dict(+compared.undefined)}")
    assert [(item.rule, item.document, item.path, item.oracle_alone) for item in compared.disagreements] == []
    assert compared.rules == oracle_rules().keys()
    assert not seen_false & NEVER_FALSE
    assert len(seen_false) > 0.98 * len(compared.rules)
    assert len(seen_true) > 0.99 * len(compared.rules)


def test_a_rule_that_says_something_else_is_found_out(catalogue: Catalogue, oracle: Oracle, synthetic: bytes) -> None:
    rule = catalogue.rules["R-CDA-013"]
    other = replace(rule, parameters={**rule.parameters, "valeurs": ["fr-BE"]})
    compared = Comparison(compile_rules(catalogue, (other,)), oracle, frozenset({rule.id}))
    compared.run("synthetic", synthetic)
    assert [(item.rule, item.path, item.oracle_alone) for item in compared.disagreements] == [
        ("R-CDA-013", "/ClinicalDocument/languageCode", False)
    ]


def test_the_oracle_finds_what_the_official_example_is_known_for(
    catalogue: Catalogue, oracle: Oracle, official: bytes
) -> None:
    failing = {key for key, outcome in oracle.judge(official.decode()).items() if outcome.failing}
    serious = {key for key in failing if catalogue.rules[key].severity is not Severity.INFORMATION}
    assert serious == {"R-CDA-045", "R-CDA-105", "R-CDA-106", "R-CDA-313"}


def test_the_oracle_reads_dates(oracle: Oracle) -> None:
    assert _judged(oracle, "R-CDA-330", DATES, '<time value="{}"/>') == DATES


def test_the_oracle_reads_types_whatever_their_prefix(oracle: Oracle) -> None:
    """R-CDA-341 is about values of type BL: this one, neither true nor false, is a fault."""
    found = _judged(oracle, "R-CDA-341", TYPES, '<value xmlns:a="urn:hl7-org:v3" xsi:type="{}" value="x"/>')
    assert found == {written: not is_boolean for written, is_boolean in TYPES.items()}


def _judged(oracle: Oracle, rule: str, written: dict[str, bool], fragment: str) -> dict[str, bool]:
    """Whether the rule holds on a fragment, with each of those texts in it."""
    document: Callable[[str], str] = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "{}</ClinicalDocument>"
    ).format
    texts = {text: document(fragment.format(text.replace("\n", "&#10;"))) for text in written}
    return {text: not oracle.judge(content)[rule].failing for text, content in texts.items()}


@pytest.mark.skipif(not REFERENCE.exists(), reason="../shared/corpus/cda is absent")
def test_the_oracle_has_the_text_of_the_reference() -> None:
    reference = json.loads(REFERENCE.read_bytes())["rules"]
    assert set(procedural_rules()) == {rule["id"] for rule in reference if rule.get("procedural")}
    written = {rule["id"]: (rule["context"], rule["test"]) for rule in reference if not rule.get("procedural")}
    assert written == {key: (rule.context, rule.test) for key, rule in oracle_rules().items()}
