"""All rules of the reference are there, each compiled or of the door, each with its examples: counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.rules import DOMAIN, compiled_rules
from synthetic_cda_body_faults import FAULTS as BODY_FAULTS
from synthetic_cda_faults import FAULTS

TOTAL = 941
OF_THE_DOOR = 7
UNREACHABLE = {"R-CDA-884", "R-CDA-891", "R-CDA-1213"}
"""Their context asks already what they ask: the oracle never sees them false either."""
WHOLE_DOCUMENTS = 150
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "cda" / "rules.json"
SEVERITIES = {"fatal": "bloquante", "error": "bloquante", "warning": "avertissement", "info": "information"}


def test_rules_compiled_and_shown(catalogue: Catalogue) -> None:
    rules = catalogue.rules_of(DOMAIN)
    compiled = compiled_rules(catalogue).ids
    assert len({rule.id for rule in rules}) == TOTAL
    assert len(compiled) == TOTAL - OF_THE_DOOR
    unreachable = {rule.id for rule in rules if "inatteignable" in rule.examples}
    assert unreachable == UNREACHABLE
    assert all({"conforme", "fautif"} <= rule.examples.keys() for rule in rules if rule.id not in unreachable)
    assert all(rule.message and rule.hint and rule.source and rule.area for rule in rules)


def test_whole_documents_with_one_fault(catalogue: Catalogue) -> None:
    shown = FAULTS.keys() | BODY_FAULTS.keys()
    assert shown <= {rule.id for rule in catalogue.rules_of(DOMAIN)}
    assert len(shown) >= WHOLE_DOCUMENTS


@pytest.mark.skipif(
    not REFERENCE.is_file(), reason="the file shared/corpus/cda/rules.json beside the checkout is absent"
)
def test_the_rules_are_those_of_the_reference(catalogue: Catalogue) -> None:
    """The same ids and, in the sandbox, the same severities."""
    reference = {rule["id"]: SEVERITIES[rule["severity"]] for rule in json.loads(REFERENCE.read_bytes())["rules"]}
    ours = {rule.id: rule.severity.value for rule in catalogue.rules_of(DOMAIN)}
    assert ours == reference
