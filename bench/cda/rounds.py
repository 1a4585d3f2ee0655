"""Timing that a busy machine spoils as little as can be: contenders in turn within rounds, best and median kept.

Processor time tells the cost; wall time, what a caller waits for. Each document is timed by itself.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Task = Callable[[], object]


@dataclass(slots=True)
class Timings:
    """What one contender took on one document: processor seconds by round, wall seconds of each document."""

    by_round: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def best_ms(self) -> float:
        """Processor time of one document, in the best round."""
        return min(self.by_round) * 1000

    @property
    def median_ms(self) -> float:
        """Processor time of one document, in the median round."""
        return statistics.median(self.by_round) * 1000

    def told(self) -> dict[str, float]:
        """The figures of one cell. Documents per second are those of one core kept busy, by the median round."""
        return {
            "best_ms": round(self.best_ms, 3),
            "median_ms": round(self.median_ms, 3),
            "wall_p50_ms": round(statistics.median(self.wall) * 1000, 3),
            "wall_p95_ms": round(_quantile(self.wall, 0.95) * 1000, 3),
            "per_second": round(1000 / self.median_ms, 1),
            "timed": len(self.wall),
        }


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def in_rounds(tasks: Mapping[str, Task], *, rounds: int, seconds: float) -> dict[str, Timings]:
    """Run every task in every round, for about that many seconds each, once at least."""
    found = {name: Timings() for name in tasks}
    batches = {name: _batch(task, seconds) for name, task in tasks.items()}
    for _ in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            _time(task, batches[name], found[name])
    return found


def _batch(task: Task, seconds: float) -> int:
    """How many times in one round; the first run, which fills what is kept between documents, is not the measure."""
    task()
    begun = time.process_time()
    task()
    return max(1, int(seconds / max(time.process_time() - begun, 1e-6)))


def _time(task: Task, times: int, timings: Timings) -> None:
    clock, total = time.perf_counter, time.process_time()
    for _ in range(times):
        begun = clock()
        task()
        timings.wall.append(clock() - begun)
    timings.by_round.append((time.process_time() - total) / times)


def ratio(timings: Timings, base: Timings) -> dict[str, float]:
    """How many times the base: best round to best round, and the median of what each round says."""
    pairs = zip(timings.by_round, base.by_round, strict=True)
    return {
        "best": round(timings.best_ms / base.best_ms, 2),
        "median": round(statistics.median(mine / other for mine, other in pairs), 2),
    }
