"""The anomalies that still matter for a filing: those of the last judgement of each service user and of the structure.

A document judged again replaces the one before it; a document whose service user could not be read counts only in the
latest run of its kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from sidoba_engine.business_model import BusinessModel, Indicator

from sidoba_server.filings.models import Filing
from sidoba_server.front.review.wording import SEVERITIES, value_in_words
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument

PLACES_SHOWN = 5
TO_ACT_ON = ("bloquante", "avertissement")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an anomaly is, in words, and its address if elsewhere; `message` when it is not the one above."""

    words: str
    url: str
    message: str


@dataclass(frozen=True, slots=True)
class AnomalyShown:
    """One anomaly, or all those of one rule: its first message, its first places, how many more there are."""

    rule: str
    severity: str
    is_blocking: bool
    message: str
    hint: str
    values: tuple[str, ...]
    expected: tuple[str, ...]
    places: tuple[Place, ...]
    count: int

    @property
    def more(self) -> int:
        """Places not shown."""
        return self.count - len(self.places)


def outstanding_documents(filings: Sequence[Filing]) -> QuerySet[RunDocument]:
    """The last judgement of each service user, and the latest documents about nobody in particular."""
    latest_runs = (
        ProcessingRun.objects.filter(filing__in=filings, status="termine")
        .order_by("filing_id", "kind", "-ended_at", "-rank")
        .distinct("filing_id", "kind")
    )
    about_someone = (
        RunDocument.objects.filter(run__filing__in=filings, run__status="termine")
        .exclude(pseudonym="")
        .order_by("run__filing_id", "run__kind", "pseudonym", "-run__ended_at", "-run__rank", "-position")
        .distinct("run__filing_id", "run__kind", "pseudonym")
    )
    about_nobody = RunDocument.objects.filter(run__in=latest_runs.values("pk"), pseudonym="")
    return RunDocument.objects.filter(Q(pk__in=about_someone.values("pk")) | Q(pk__in=about_nobody.values("pk")))


def refused_by_filing(filings: Sequence[Filing]) -> Counter[UUID]:
    """How many outstanding documents are refused, for a page of filings, in one query."""
    refused = outstanding_documents(filings).filter(status="refuse")
    return Counter(dict(refused.values_list("run__filing").annotate(Count("pk")).order_by()))


def outstanding_anomalies(filing: Filing) -> QuerySet[RunAnomaly]:
    """What to correct or to confirm, rule by rule."""
    return RunAnomaly.objects.filter(
        document__in=outstanding_documents([filing]).values("pk"), severity__in=TO_ACT_ON
    ).select_related("document", "run")


def grouped(anomalies: QuerySet[RunAnomaly], indicators: Mapping[str, Indicator]) -> tuple[AnomalyShown, ...]:
    """One entry per rule, blocking ones first: two queries, however many anomalies there are."""
    counts = {
        (row["rule"], row["severity"]): row["count"]
        for row in anomalies.values("rule", "severity").annotate(count=Count("pk")).order_by("-severity", "rule")
    }
    nth = Window(RowNumber(), partition_by=[F("rule"), F("severity")], order_by=F("id").asc())
    examples: dict[tuple[str, str], list[RunAnomaly]] = {key: [] for key in counts}
    for row in anomalies.annotate(nth=nth).filter(nth__lte=PLACES_SHOWN).order_by("id"):
        examples.setdefault((row.rule, row.severity), []).append(row)
    return tuple(shown(rows, indicators, count=counts.get(key, len(rows))) for key, rows in examples.items() if rows)


def shown(
    rows: list[RunAnomaly], indicators: Mapping[str, Indicator], *, count: int, in_document: bool = False
) -> AnomalyShown:
    """Anomalies of one rule, told by the first of them; `in_document` when the page is already that of the document."""
    first: dict[str, Any] = msgspec.json.decode(rows[0].body)
    return AnomalyShown(
        rule=rows[0].rule,
        severity=SEVERITIES[rows[0].severity],
        is_blocking=rows[0].severity == "bloquante",
        message=first["message"],
        hint=first["aide"],
        values=_values(first.get("valeur", ""), indicators),
        expected=tuple(first.get("attendu", ())),
        places=tuple(_place(row, first["message"], indicators, in_document) for row in rows),
        count=count,
    )


def indicators_of(models: list[BusinessModel]) -> dict[str, Indicator]:
    """The indicator of each business key, to name a place by its label."""
    return {key: indicator for model in models for key, indicator in model.indicators.items()}


def _place(row: RunAnomaly, said: str, indicators: Mapping[str, Indicator], in_document: bool) -> Place:
    """A value of the structure by its label; in a document, whose it is, line, column and trail."""
    anomaly = msgspec.json.decode(row.body)
    location, message = anomaly["emplacement"], anomaly["message"] if anomaly["message"] != said else ""
    key = location["chemin"].removeprefix("/donnees/")
    if row.run.kind == "structure" and key in indicators:
        url = reverse("filing", kwargs={"filing_id": row.run.filing_id}) + f"#valeur-{key}"
        return Place(indicators[key].label, url, message)
    number = row.document.position + 1
    trail = f" ({row.trail})" if row.trail else ""
    lines = [f"{name} {location[name]}" for name in ("ligne", "colonne") if name in location]
    if in_document:
        return Place(", ".join(lines) + trail, "", message)
    who = f"usager {row.document.masked_identifier}" if row.document.masked_identifier else f"document {number}"
    url = reverse("run", kwargs={"run_id": row.run_id}) + f"?document={number}"
    return Place(", ".join([who, *lines]) + trail, url, message)


def _values(received: str, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """What was received; the values of a control (`key = value ; …`) one by one, keys by their labels."""
    parts = [part.partition(" = ") for part in received.split(" ; ")]
    if not all(key in indicators for key, _, _ in parts):
        return (received,) if received else ()
    return tuple(f"{indicators[key].label} : {_readable(indicators[key], value)}" for key, _, value in parts)


def _readable(indicator: Indicator, value: str) -> str:
    if indicator.type == "booleen":
        return {"true": "oui", "false": "non"}.get(value, value)
    try:
        return value_in_words(indicator, value)
    except (ArithmeticError, ValueError):
        return value  # not of the indicator's type: that may be the very anomaly
