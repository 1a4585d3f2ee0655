"""The synthetic lot is faultless, and each fault made in it gives that rule, at that place, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir_mutations import MUTATIONS
from sidoba_engine.anomaly import Anomaly, Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge

LOT = Path(__file__).resolve().parents[3] / "corpus" / "fhir" / "valides" / "lot-ssiad-01.json"
UNHELD = "R-FHIR-063"


def judged(bundle: Any, catalogue: Catalogue) -> list[Anomaly]:
    content = json.dumps(bundle, ensure_ascii=False).encode()
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts(), door=Door.USER_DATA)
    return [anomaly for anomaly in verdict.anomalies if anomaly.rule != UNHELD]


def test_the_synthetic_lot_is_faultless(catalogue: Catalogue) -> None:
    (verdict,) = judge(LOT.read_bytes(), catalogue=catalogue, facts=Facts())
    assert verdict.type.value == "fhir-tddui"
    assert {anomaly.rule for anomaly in verdict.anomalies} <= {UNHELD}
    assert verdict.not_run == ()


def test_each_fault_is_found_where_it_is_and_nothing_else(catalogue: Catalogue) -> None:
    bundle = json.loads(LOT.read_bytes())
    wrong = []
    for mutation in MUTATIONS:
        found = {(anomaly.rule, anomaly.location.path) for anomaly in judged(mutation.apply(bundle), catalogue)}
        if found != mutation.found:
            wrong.append((mutation.name, "missing", mutation.found - found, "too many", found - mutation.found))
    assert not wrong, "\n".join(map(str, wrong))
    assert len({rule for mutation in MUTATIONS for rule, _ in mutation.found}) >= 60


def test_every_blocking_fault_refuses_and_says_how_to_repair(catalogue: Catalogue) -> None:
    bundle = json.loads(LOT.read_bytes())
    for mutation in MUTATIONS:
        for anomaly in judged(mutation.apply(bundle), catalogue):
            assert anomaly.hint and "{" not in anomaly.message, (mutation.name, anomaly.message)
            assert anomaly.location.expression and anomaly.location.line, mutation.name
            is_blocking = catalogue.rules[anomaly.rule].severity is Severity.BLOCKING
            assert (anomaly.severity is Severity.BLOCKING) is is_blocking
