"""The mutation study, played again: what each way of spoiling a payload leads to, and what no correction ever does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mutation_study import Trial, figures, trials
from sidoba_engine.anomaly import Anomaly, Stage
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import apply, repair
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

PUBLISHED = Path(__file__).resolve().parents[3] / "bench" / "results" / "mutations.json"
CATALOGUE = installed_catalogue()
STAY_VALID = {"un de plus", "cent fois trop grand", "entier écrit 3.0"}
"""Ways that may give another payload which is just as valid: no rule can tell."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is kept of a trial: the trials themselves weigh a few hundred megabytes."""

    way: str
    is_seen: bool
    faults: tuple[str, ...]
    written: int


@pytest.fixture(scope="module")
def study() -> tuple[dict[str, Any], list[Checked]]:
    """The study played again: its figures, and for each trial the laws that it breaks."""
    checked: list[Checked] = []

    def watched() -> Iterator[Trial]:
        for trial in trials(CATALOGUE):
            written, faults = corrections_written(trial)
            faults += [*altered(trial), *not_idempotent(trial), *unexplained(trial)]
            named = tuple(f"{trial.model.code}, {trial.mutant.way}, {trial.mutant.target}: {fault}" for fault in faults)
            checked.append(Checked(trial.mutant.way, trial.is_seen, named, written))
            yield trial

    return figures(watched()), checked


Study = tuple[dict[str, Any], list[Checked]]


def test_the_published_figures_are_those_of_this_catalogue(study: Study) -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert study[0] == published, "run: .venv/bin/python bench/models/mutations.py"


def test_what_the_certain_corrections_are_worth(study: Study) -> None:
    found, _ = study
    assert len(found["ways"]) >= 60
    assert len(found["models"]) == 9
    assert found["same_meaning"]["restored_share"] > 0.85
    assert found["total"]["restored_share"] > 0.4
    restored = {way for way, tally in found["ways"].items() if tally["restored"] == tally["payloads"]}
    assert {"virgule décimale", "booléen entre guillemets", "clé en majuscules", "code en minuscules"} <= restored


def test_nothing_wrong_passes_unseen(study: Study) -> None:
    assert {checked.way for checked in study[1] if not checked.is_seen} <= STAY_VALID


def test_no_correction_breaks_a_law(study: Study) -> None:
    """No other value, nothing that was not there, repairing twice is repairing once, nothing new unexplained."""
    assert [fault for checked in study[1] for fault in checked.faults] == []
    assert sum(checked.written for checked in study[1]) > 2000


def judged(content: bytes) -> DocumentVerdict:
    (verdict,) = judge(content, catalogue=CATALOGUE, facts=Facts())
    return verdict


def altered(trial: Trial) -> Iterator[str]:
    if trial.is_altered:
        yield "a correction led to another value"


def corrections_written(trial: Trial) -> tuple[int, list[str]]:
    """How many corrections were written, and those that do not say what was there."""
    content, written, faults = trial.mutant.content, 0, []
    while repairable := [a for a in judged(content).anomalies if a.fix and a.fix.certain]:
        value = read_json(content).value
        written += len(repairable)
        faults += [f"{anomaly.fix} was not there" for anomaly in repairable if not says_the_same(value, anomaly)]
        content = apply(content, repairable)
    return written, faults


def not_idempotent(trial: Trial) -> Iterator[str]:
    if trial.done.applied and repair(trial.done.content, catalogue=CATALOGUE, facts=Facts()).applied:
        yield "there was something left to repair"


def unexplained(trial: Trial) -> Iterator[str]:
    """Anomalies that appear, unless they are of a control which reads a repaired key."""
    if not trial.done.applied or trial.done.applied[0].stage is Stage.ENVELOPE:
        return  # a file that could not be read has had no other verdict yet
    before = {(anomaly.rule, anomaly.message) for anomaly in judged(trial.mutant.content).anomalies}
    repaired = {str(operation["path"]) for a in trial.done.applied if a.fix for operation in a.fix.operations}
    names = {path.rpartition("/")[2] for path in repaired}
    reading = {
        control.id for control in trial.model.controls if names & {key.rpartition(".")[2] for key in control.keys}
    }
    for anomaly in trial.done.verdict.anomalies:
        if (anomaly.rule, anomaly.message) not in before and anomaly.rule not in reading:
            yield f"{anomaly.rule} appeared"


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
