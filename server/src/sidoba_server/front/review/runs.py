"""Runs as staff follow them: received when, where they stand, and a tally whose every figure opens its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from sidoba_engine.business_model import Indicator

from sidoba_server.core.actor import Actor
from sidoba_server.core.paging import page
from sidoba_server.core.refusals import InvalidParameter
from sidoba_server.filings.queries import structure_models
from sidoba_server.front.review.outstanding import AnomalyShown, indicators_of, shown
from sidoba_server.front.review.wording import (
    DOCUMENT_STATUSES,
    RUN_KINDS,
    RUN_STATUSES,
    TALLY_PARTS,
    counted,
    moment,
    wait_in_words,
)
from sidoba_server.processing.models import ProcessingRun, RunAnomaly, RunDocument
from sidoba_server.processing.queries import run_with_id
from sidoba_server.processing.queue import QueuePlace, places_of

DOCUMENTS_PER_PAGE = 25
ANOMALIES_PER_DOCUMENT = 5


@dataclass(frozen=True, slots=True)
class TallyPart:
    """`3 refusés`, and the address of those three."""

    words: str
    url: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run: `situation` says what is happening, the parts of `tally` add up to `received`."""

    id: UUID
    kind: str
    received_at: str
    status: str
    situation: str
    received: str
    tally: tuple[TallyPart, ...]


@dataclass(frozen=True, slots=True)
class DocumentShown:
    """One judged document: its number in the submission, whom it is about (masked), its first anomalies."""

    number: int
    who: str
    status: str
    is_refused: bool
    anomalies: tuple[AnomalyShown, ...]
    anomalies_count: int

    @property
    def more(self) -> int:
        """Anomalies not shown."""
        return self.anomalies_count - sum(anomaly.count for anomaly in self.anomalies)


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run and a page of its documents; `narrowed` says in words which ones, when not all of them."""

    run: RunShown
    filing_id: UUID
    campaign: str
    establishment: str
    narrowed: str
    documents: tuple[DocumentShown, ...]
    next_page: str


def runs_shown(runs: Sequence[ProcessingRun], *, zone: str) -> tuple[RunShown, ...]:
    """Runs of one establishment, in at most two queries (their places in the queue)."""
    places = places_of(runs)
    return tuple(_run_shown(run, places[run.pk], zone) for run in runs)


def run_page(actor: Actor, run_id: UUID, *, status: str, document: str, after: str | None) -> RunPage:
    """The page of a run: `status` and `document` (its number) narrow the list. Raises NotFound, InvalidParameter."""
    run = run_with_id(actor, run_id)
    documents, narrowed = _narrowed(run, status, document)
    listed = page(documents, by="position", after=after, limit=DOCUMENTS_PER_PAGE)
    limit = None if document else ANOMALIES_PER_DOCUMENT
    models = structure_models({run.filing.campaign_id})[run.filing.campaign_id]
    establishment = run.filing.establishment
    following = "".join(f"{name}={value}&" for name, value in (("statut", status), ("document", document)) if value)
    return RunPage(
        run=runs_shown([run], zone=establishment.time_zone)[0],
        filing_id=run.filing_id,
        campaign=run.filing.campaign.label,
        establishment=establishment.name,
        narrowed=narrowed,
        documents=_documents_shown(run, listed.rows, indicators_of(models), limit=limit),
        next_page=f"?{following}apres={listed.next_cursor}" if listed.next_cursor else "",
    )


def _narrowed(run: ProcessingRun, status: str, document: str) -> tuple[QuerySet[RunDocument], str]:
    documents = RunDocument.objects.filter(run=run)
    if document:
        if not document.isdecimal() or len(document) > 9:
            raise InvalidParameter(parametre="document", attendu="le numéro d'un document de l'envoi")
        return documents.filter(position=int(document) - 1), f"Document {document} seulement"
    if status:
        if status not in DOCUMENT_STATUSES:
            raise InvalidParameter(parametre="statut", attendu="un de : " + ", ".join(DOCUMENT_STATUSES))
        return documents.filter(status=status), f"Documents de statut « {DOCUMENT_STATUSES[status]} » seulement"
    return documents, ""


def _run_shown(run: ProcessingRun, place: QueuePlace, zone: str) -> RunShown:
    url = reverse("run", kwargs={"run_id": run.pk})
    tally: Mapping[str, int] = run.tally or {}
    return RunShown(
        id=run.pk,
        kind=RUN_KINDS[run.kind],
        received_at=moment(run.received_at, zone),
        status=RUN_STATUSES[run.status],
        situation=_situation(run, place, zone),
        received=counted(tally["recus"], "document reçu", "documents reçus") if tally else "",
        tally=tuple(
            TallyPart(counted(tally[key], one, many), f"{url}?statut={status}", status == "refuse")
            for key, status, one, many in TALLY_PARTS
            if tally.get(key)
        ),
    )


def _situation(run: ProcessingRun, place: QueuePlace, zone: str) -> str:
    if run.status == "en_attente":
        wait = wait_in_words(place.wait_min_s, place.wait_max_s)
        return f"Position {place.position} dans la file d'attente ; attente estimée {wait}."
    if run.status == "en_cours":
        return "Les contrôles sont en cours."
    if run.status == "echoue":
        return "La plateforme n'a pas pu traiter cet envoi. Il est conservé et sera repris ; ne le renvoyez pas."
    return f"Traité le {moment(run.ended_at, zone)}." if run.ended_at else ""


def _documents_shown(
    run: ProcessingRun, rows: Sequence[RunDocument], indicators: Mapping[str, Indicator], *, limit: int | None
) -> tuple[DocumentShown, ...]:
    """Two queries: how many anomalies each document has, and the first of them, blocking ones first."""
    found = RunAnomaly.objects.filter(document__in=[row.pk for row in rows])
    counts = dict(found.values_list("document_id").annotate(Count("pk")).order_by())
    order = [F("severity").desc(), F("id").asc()]
    nth = Window(RowNumber(), partition_by=[F("document_id")], order_by=order)
    first = found.annotate(nth=nth).select_related("run", "document").order_by("document_id", "nth")
    anomalies: dict[int, list[AnomalyShown]] = {}
    for anomaly in first.filter(nth__lte=limit) if limit else first:
        anomalies.setdefault(anomaly.document_id, []).append(shown([anomaly], indicators, count=1, in_document=True))
    return tuple(
        DocumentShown(
            number=row.position + 1,
            who=f"usager {row.masked_identifier}" if row.masked_identifier else "",
            status=DOCUMENT_STATUSES[row.status],
            is_refused=row.status == "refuse",
            anomalies=tuple(anomalies.get(row.pk, ())),
            anomalies_count=counts.get(row.pk, 0),
        )
        for row in rows
    )
