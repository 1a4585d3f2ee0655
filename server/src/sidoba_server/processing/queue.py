"""The queue as seen from outside: position and wait, computed on read, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from django.db.models import Avg, DurationField, ExpressionWrapper, F, Func, OuterRef, Subquery

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
    return places_of([run])[run.pk]


def places_of(runs: Sequence[ProcessingRun]) -> dict[UUID, QueuePlace]:
    """The same for several runs, in at most two queries."""
    waiting = [run.pk for run in runs if run.status == "en_attente"]
    places = {run.pk: QueuePlace(0, 0, 0) for run in runs}
    if not waiting:
        return places
    ahead = ProcessingRun.objects.filter(status="en_attente", rank__lt=OuterRef("rank"))
    counted = ahead.order_by().annotate(count=Func(F("pk"), function="COUNT")).values("count")
    seconds = _seconds_per_run()
    positions = ProcessingRun.objects.filter(pk__in=waiting).annotate(ahead=Subquery(counted))
    for pk, count in positions.values_list("pk", "ahead"):
        expected = (count + 1) * seconds
        places[pk] = QueuePlace(count + 1, int(expected / 2), ceil(expected * 2))
    return places


def _seconds_per_run() -> float:
    """Mean time of the latest ended runs, from taken to ended."""
    recent = ProcessingRun.objects.filter(status="termine").order_by("-ended_at").values("pk")[:_RECENT_RUNS]
    taken = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    mean = ProcessingRun.objects.filter(pk__in=recent).aggregate(mean=Avg(taken))["mean"]
    return mean.total_seconds() if mean else _FIRST_GUESS_S
