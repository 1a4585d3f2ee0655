"""The queue as seen from outside: position and wait, computed on read, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from django.db.models import Avg, DurationField, ExpressionWrapper, F

from sidoba_server.processing.models import ProcessingRun

_RECENT_RUNS = 50
_FIRST_GUESS_S = 0.5


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`position` 1 is the next to be taken, 0 is already taken. The wait is an interval, in seconds."""

    position: int
    wait_min_s: int
    wait_max_s: int


def place_of(run: ProcessingRun) -> QueuePlace:
    """Where the run stands now."""
    if run.status != "en_attente":
        return QueuePlace(0, 0, 0)
    position = 1 + ProcessingRun.objects.filter(status="en_attente", rank__lt=run.rank).count()
    expected = position * _seconds_per_run()
    return QueuePlace(position, int(expected / 2), ceil(expected * 2))


def _seconds_per_run() -> float:
    """Mean time of the latest ended runs, from taken to ended."""
    recent = ProcessingRun.objects.filter(status="termine").order_by("-ended_at").values("pk")[:_RECENT_RUNS]
    taken = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    mean = ProcessingRun.objects.filter(pk__in=recent).aggregate(mean=Avg(taken))["mean"]
    return mean.total_seconds() if mean else _FIRST_GUESS_S
