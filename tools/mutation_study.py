"""The study of repairs: of the payloads spoiled in each way, how many the certain corrections make right again.

    python bench/models/mutations.py      does it for the catalogue of this checkout, and writes the figures

A payload counts as restored when, after the certain corrections alone, the engine finds nothing left to say of it and
every accepted value is the one of the payload before it was spoiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from payload_mutations import SAME_MEANING, Mutant, body_of, mutants_of
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import Repair, is_repairable, repair

STUDIED_VERSION = "2026.0-brouillon"


@dataclass(frozen=True, slots=True)
class Trial:
    """One spoiled payload: `original` is the repair (of nothing) of the payload before, `done` that of the payload."""

    model: BusinessModel
    mutant: Mutant
    original: Repair
    done: Repair

    @property
    def is_seen(self) -> bool:
        """True when the verdict of the spoiled payload says something."""
        return bool(self.done.applied or self.done.verdict.anomalies)

    @property
    def is_restored(self) -> bool:
        """True when corrections were applied, nothing is left to say, and every value is the original one."""
        left = self.done.verdict.anomalies
        return bool(self.done.applied) and not left and self.done.verdict.values == self.original.verdict.values

    @property
    def is_altered(self) -> bool:
        """True when a correction led to a conformant payload with another value: must never be."""
        conformant = self.done.verdict.is_conformant
        return bool(self.done.applied) and conformant and self.done.verdict.values != self.original.verdict.values

    @property
    def is_proposed(self) -> bool:
        """True when what is left has a correction to confirm."""
        return any(is_repairable(anomaly, only_certain=False) for anomaly in self.done.verdict.anomalies)


@dataclass(slots=True)
class Tally:
    """What became of the payloads spoiled in one way."""

    payloads: int = 0
    seen: int = 0
    restored: int = 0
    to_confirm: int = 0
    altered: int = 0

    def add(self, trial: Trial) -> None:
        self.payloads += 1
        self.seen += trial.is_seen
        self.restored += trial.is_restored
        self.to_confirm += trial.is_proposed
        self.altered += trial.is_altered


def trials(catalogue: Catalogue) -> Iterator[Trial]:
    """Every way, on every model that is in force."""
    for model in catalogue.models.values():
        if model.version == STUDIED_VERSION:
            original = repair(body_of(model), catalogue=catalogue, facts=Facts())
            for mutant in mutants_of(model, catalogue):
                yield Trial(model, mutant, original, repair(mutant.content, catalogue=catalogue, facts=Facts()))


def figures(all_trials: Iterator[Trial]) -> dict[str, object]:
    """The tallies by way and by model, with the shares of the whole."""
    ways: dict[str, Tally] = {}
    models: dict[str, Tally] = {}
    total, same_meaning = Tally(), Tally()
    for trial in all_trials:
        for tally in (ways.setdefault(trial.mutant.way, Tally()), models.setdefault(trial.model.code, Tally()), total):
            tally.add(trial)
        if trial.mutant.way in SAME_MEANING:
            same_meaning.add(trial)
    return {
        "total": _with_share(total),
        "same_meaning": _with_share(same_meaning),
        "ways": {way: asdict(tally) for way, tally in ways.items()},
        "models": {code: asdict(tally) for code, tally in models.items()},
    }


def _with_share(tally: Tally) -> dict[str, float]:
    return asdict(tally) | {"restored_share": round(tally.restored / tally.seen, 3)}
