"""What each page of the review journey shows, built once from the queries: templates decide nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from sidoba_server.accounts.queries import establishments_with
from sidoba_server.core.actor import Actor
from sidoba_server.core.paging import page
from sidoba_server.core.refusals import Refusal
from sidoba_server.filings.models import Filing, UserDocument
from sidoba_server.filings.queries import (
    completeness_of,
    completeness_of_each,
    filing_with_id,
    standing_documents,
    structure_models,
    visible_to,
)
from sidoba_server.front.review.history import Deed, deeds_of
from sidoba_server.front.review.outstanding import (
    AnomalyShown,
    grouped,
    indicators_of,
    outstanding_anomalies,
    refused_by_filing,
    shown,
)
from sidoba_server.front.review.progress import (
    Progress,
    next_step,
    progress_of,
    refusal_in_words,
    why_not_handed_over,
)
from sidoba_server.front.review.runs import RunShown, runs_shown
from sidoba_server.front.review.values import SectionShown, sections_of
from sidoba_server.front.review.wording import (
    DOCUMENT_STATUSES,
    DOCUMENT_TYPES,
    FILING_STATUSES,
    closing,
    counted,
    moment,
)
from sidoba_server.processing.queries import runs_of

FILINGS_PER_PAGE = 20
RUNS_SHOWN = 10
DOCUMENTS_SHOWN = 10
DOCUMENTS_PER_PAGE = 50
ANOMALIES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Heading:
    """Which filing: said the same way on every page."""

    id: UUID
    campaign: str
    establishment: str
    finess: str
    status: str
    closes_at: str


@dataclass(frozen=True, slots=True)
class FilingLine:
    """One filing of the list."""

    heading: Heading
    progress: Progress
    next_step: str
    refused: str


@dataclass(frozen=True, slots=True)
class FilingsPage:
    """« Mes collectes »."""

    lines: tuple[FilingLine, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One accepted document of a service user."""

    who: str
    type: str
    status: str
    warnings: str
    accepted_at: str
    url: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """The button, or why there is none; `refusal` when it was just pressed in vain."""

    revision: int
    label: str
    left_out: str
    reason: str
    refusal: str

    @property
    def is_possible(self) -> bool:
        """True when the button is there."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class FilingPage:
    """One filing: what matters first."""

    heading: Heading
    blocking: tuple[AnomalyShown, ...]
    warnings: tuple[AnomalyShown, ...]
    refused: str
    in_progress: str
    nothing_received: bool
    progress: Progress
    next_step: str
    hand_over: HandOver
    deeds: tuple[Deed, ...]
    sections: tuple[SectionShown, ...]
    documents: tuple[DocumentLine, ...]
    has_more_documents: bool
    runs: tuple[RunShown, ...]


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """All accepted documents of a filing."""

    heading: Heading
    progress: Progress
    documents: tuple[DocumentLine, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class AnomaliesPage:
    """Every place of the outstanding anomalies, or of those of one rule."""

    heading: Heading
    rule: str
    anomalies: tuple[AnomalyShown, ...]
    next_page: str


def filings_page(actor: Actor, *, after: str | None) -> FilingsPage:
    """The filings the person may read, a page at a time."""
    listed = page(visible_to(actor), by="id", after=after, limit=FILINGS_PER_PAGE)
    completeness = completeness_of_each(listed.rows)
    models = structure_models({filing.campaign_id for filing in listed.rows})
    refused = refused_by_filing(listed.rows)
    lines = tuple(
        FilingLine(
            heading=_heading(filing),
            progress=progress_of(completeness[filing.pk], models[filing.campaign_id]),
            next_step=next_step(filing, completeness[filing.pk], refused=refused[filing.pk]),
            refused=_refused_in_words(refused[filing.pk]),
        )
        for filing in listed.rows
    )
    return FilingsPage(lines, listed.next_cursor or "")


def filing_page(actor: Actor, filing_id: UUID, *, refused_because: Refusal | None = None) -> FilingPage:
    """One filing, in a number of queries that does not depend on its size. Raises NotFound."""
    filing = filing_with_id(actor, filing_id)
    zone = filing.establishment.time_zone
    models = structure_models({filing.campaign_id})[filing.campaign_id]
    completeness = completeness_of(filing)
    anomalies = grouped(outstanding_anomalies(filing), indicators_of(models))
    refused = refused_by_filing([filing])[filing.pk]
    runs = list(runs_of(filing)[:RUNS_SHOWN])
    documents = list(standing_documents(filing)[: DOCUMENTS_SHOWN + 1])
    entitled = establishments_with(actor, "collecte.remettre")
    return FilingPage(
        heading=_heading(filing),
        blocking=tuple(anomaly for anomaly in anomalies if anomaly.is_blocking),
        warnings=tuple(anomaly for anomaly in anomalies if not anomaly.is_blocking),
        refused=_refused_in_words(refused),
        in_progress=_in_progress(Counter(run.status for run in runs)),
        nothing_received=not runs,
        progress=progress_of(completeness, models),
        next_step=next_step(filing, completeness, refused=refused),
        hand_over=HandOver(
            revision=filing.revision,
            label=_hand_over_label(refused),
            left_out=_left_out(refused),
            reason=why_not_handed_over(filing, completeness, entitled=entitled),
            refusal=refusal_in_words(filing, refused_because) if refused_because else "",
        ),
        deeds=deeds_of(filing),
        sections=sections_of(filing, models),
        documents=_document_lines(documents[:DOCUMENTS_SHOWN], zone),
        has_more_documents=len(documents) > DOCUMENTS_SHOWN,
        runs=runs_shown(runs, zone=zone),
    )


def documents_page(actor: Actor, filing_id: UUID, *, after: str | None) -> DocumentsPage:
    """The accepted documents of a filing, a page at a time. Raises NotFound, InvalidParameter."""
    filing = filing_with_id(actor, filing_id)
    models = structure_models({filing.campaign_id})[filing.campaign_id]
    listed = page(standing_documents(filing), by="id", after=after, limit=DOCUMENTS_PER_PAGE)
    return DocumentsPage(
        heading=_heading(filing),
        progress=progress_of(completeness_of(filing), models),
        documents=_document_lines(listed.rows, filing.establishment.time_zone),
        next_cursor=listed.next_cursor or "",
    )


def anomalies_page(actor: Actor, filing_id: UUID, *, rule: str, after: str | None) -> AnomaliesPage:
    """The outstanding anomalies one by one, of one rule or of all. Raises NotFound, InvalidParameter."""
    filing = filing_with_id(actor, filing_id)
    indicators = indicators_of(structure_models({filing.campaign_id})[filing.campaign_id])
    found = outstanding_anomalies(filing)
    listed = page(found.filter(rule=rule) if rule else found, by="id", after=after, limit=ANOMALIES_PER_PAGE)
    following = f"regle={rule}&" if rule else ""
    return AnomaliesPage(
        heading=_heading(filing),
        rule=rule,
        anomalies=tuple(shown([row], indicators, count=1) for row in listed.rows),
        next_page=f"?{following}apres={listed.next_cursor}" if listed.next_cursor else "",
    )


def _heading(filing: Filing) -> Heading:
    return Heading(
        id=filing.pk,
        campaign=filing.campaign.label,
        establishment=filing.establishment.name,
        finess=filing.establishment.finess,
        status=FILING_STATUSES[filing.status],  # type: ignore[index]  # a StrEnum is its value
        closes_at=closing(filing.campaign.closes_at, filing.establishment.time_zone),
    )


def _document_lines(documents: Sequence[UserDocument], zone: str) -> tuple[DocumentLine, ...]:
    return tuple(
        DocumentLine(
            who=document.masked_identifier,
            type=DOCUMENT_TYPES.get(document.type, document.type),
            status=DOCUMENT_STATUSES[document.status],
            warnings=counted(document.warnings, "point à confirmer", "points à confirmer") if document.warnings else "",
            accepted_at=moment(document.accepted_at, zone),
            url=reverse("run", kwargs={"run_id": document.run_id}) + f"?document={document.position + 1}",
        )
        for document in documents
    )


def _refused_in_words(count: int) -> str:
    return counted(count, "document refusé", "documents refusés") if count else ""


def _in_progress(statuses: Counter[str]) -> str:
    count = statuses["en_attente"] + statuses["en_cours"]
    return counted(count, "envoi en cours de contrôle", "envois en cours de contrôle") if count else ""


def _left_out(refused: int) -> str:
    if not refused:
        return ""
    return _refused_in_words(refused) + (" ne sera" if refused == 1 else " ne seront") + " pas dans ce qui sera signé."


def _hand_over_label(refused: int) -> str:
    if refused:
        return f"Remettre à la signature sans {'le document refusé' if refused == 1 else 'les documents refusés'}"
    return "Rien à corriger : remettre à la signature"
