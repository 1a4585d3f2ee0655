"""The mutation study, played again: what each way of spoiling a payload leads to, and what no correction ever does."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mutation_study import Trial, figures, trials
from sidoba_engine.anomaly import Anomaly, Stage
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import apply, repair
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

PUBLISHED = Path(__file__).resolve().parents[3] / "bench" / "results" / "mutations.json"
STAY_VALID = {"un de plus", "cent fois trop grand", "entier écrit 3.0"}
"""Ways that may give another payload which is just as valid: no rule can tell."""


@pytest.fixture(scope="module")
def study() -> list[Trial]:
    return list(trials(installed_catalogue()))


def judged(content: bytes, catalogue: Catalogue) -> DocumentVerdict:
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts())
    return verdict


def test_the_published_figures_are_those_of_this_catalogue(study: list[Trial]) -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert figures(iter(study)) == published, "run: .venv/bin/python bench/models/mutations.py"


def test_what_the_certain_corrections_are_worth(study: list[Trial]) -> None:
    found: dict[str, Any] = figures(iter(study))
    assert len(found["ways"]) >= 60
    assert len(found["models"]) == 9
    assert found["same_meaning"]["restored_share"] > 0.85
    assert found["total"]["restored_share"] > 0.4
    restored = {way for way, tally in found["ways"].items() if tally["restored"] == tally["payloads"]}
    assert {"virgule décimale", "booléen entre guillemets", "clé en majuscules", "code en minuscules"} <= restored


def test_nothing_wrong_passes_unseen(study: list[Trial]) -> None:
    unseen = {trial.mutant.way for trial in study if not trial.is_seen}
    assert unseen <= STAY_VALID


def test_no_correction_leads_to_another_value(study: list[Trial]) -> None:
    assert [(trial.mutant.way, trial.mutant.target) for trial in study if trial.is_altered] == []


def test_every_value_that_a_certain_correction_writes_was_there(study: list[Trial], catalogue: Catalogue) -> None:
    written = 0
    for trial in study:
        content = trial.mutant.content
        while repairable := [a for a in judged(content, catalogue).anomalies if a.fix and a.fix.certain]:
            value = read_json(content).value
            for anomaly in repairable:
                assert says_the_same(value, anomaly), (trial.mutant.way, anomaly.fix)
                written += 1
            content = apply(content, repairable)
    assert written > 2000


def test_repairing_twice_is_repairing_once(study: list[Trial], catalogue: Catalogue) -> None:
    for trial in study:
        if trial.done.applied:
            assert repair(trial.done.content, catalogue=catalogue, facts=Facts()).content == trial.done.content


def test_an_anomaly_that_appears_is_that_of_a_control_which_reads_a_repaired_key(
    study: list[Trial], catalogue: Catalogue
) -> None:
    for trial in study:
        if not trial.done.applied or trial.done.applied[0].stage is Stage.ENVELOPE:
            continue  # a file that could not be read has had no other verdict yet
        before = {(anomaly.rule, anomaly.message) for anomaly in judged(trial.mutant.content, catalogue).anomalies}
        repaired = {str(operation["path"]) for a in trial.done.applied if a.fix for operation in a.fix.operations}
        for anomaly in trial.done.verdict.anomalies:
            if (anomaly.rule, anomaly.message) not in before:
                control = next(control for control in trial.model.controls if control.id == anomaly.rule)
                read = {key.rpartition(".")[2] for key in control.keys}
                assert read & {path.rpartition("/")[2] for path in repaired}


def says_the_same(document: Any, anomaly: Anomaly) -> bool:
    """Whether what is written says what was received: our own reading of it, unrelated to the engine's."""
    assert anomaly.fix is not None
    (operation,) = anomaly.fix.operations
    if operation["op"] == "move":
        before, after = (str(operation[end]).rpartition("/")[2] for end in ("from", "path"))
        return letters(before) == letters(after) or abs(len(before) - len(after)) <= 1
    received = document
    for step in str(operation["path"]).split("/")[1:]:
        received = received[int(step)] if isinstance(received, list) else received[step]
    written = operation["value"]
    if isinstance(written, bool):
        return letters(str(received)) == str(written).lower()
    if isinstance(written, int | Decimal):
        return number(str(received)) == Decimal(written)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(written)):
        figures_received = re.sub(r"[T ]00:00.*", "", str(received))
        return sorted(re.sub(r"\D", "", figures_received)) == sorted(re.sub(r"\D", "", str(written)))
    return letters(str(received)) == letters(str(written))


def letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"\s", "", text).replace(",", "."))
