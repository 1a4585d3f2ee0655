"""How far a filing is, and what comes next: read from its data, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.filing_status import FilingStatus

from sidoba_server.core.refusals import Refusal
from sidoba_server.filings import policies
from sidoba_server.filings.completeness import Completeness
from sidoba_server.filings.models import Filing
from sidoba_server.filings.refusals import EntitlementMissing, TransitionForbidden
from sidoba_server.front.review.wording import counted, number

NEXT_STEPS = {
    FilingStatus.TO_START: "Envoyer les premières données depuis le logiciel de l'établissement.",
    FilingStatus.TO_REVIEW: "La direction doit la signer. Un nouvel envoi la remettrait en cours.",
    FilingStatus.SIGNED: "L'autorité doit l'accepter. Plus rien à faire ici.",
    FilingStatus.ACCEPTED: "Plus rien à faire.",
    FilingStatus.REOPENED: "Corriger dans le logiciel, puis renvoyer les données.",
    FilingStatus.CLOSED: "La campagne est finie. Plus rien à faire.",
    FilingStatus.CANCELLED: "La collecte est annulée. Plus rien à faire.",
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A bar with its words: `filled` of `total`."""

    label: str
    words: str
    filled: int
    total: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a filing holds against what it must hold."""

    is_complete: bool
    gauges: tuple[Gauge, ...]
    missing: tuple[tuple[str, str], ...]
    """Required indicators without a value: key and label."""

    users_announced: int | None
    users_received: int
    users_accepted: int


def progress_of(completeness: Completeness, models: list[BusinessModel]) -> Progress:
    """The gauges of each structure model, then that of the service users when the data announce them."""
    by_code = {model.code: model for model in models}
    gauges = []
    for part in completeness.models:
        required = sum(1 for indicator in by_code[part.code].indicators.values() if indicator.required)
        filled = required - len(part.missing_required)
        words = f"{number(filled)} sur {counted(required, 'indicateur obligatoire', 'indicateurs obligatoires')}"
        gauges.append(Gauge("Données de la structure", words, filled, required))
    users = completeness.users
    if users.announced:
        words = f"{number(users.accepted)} sur {counted(users.announced, 'usager annoncé', 'usagers annoncés')}"
        gauges.append(Gauge("Usagers", words, min(users.accepted, users.announced), users.announced))
    return Progress(
        is_complete=completeness.is_complete,
        gauges=tuple(gauges),
        missing=tuple(
            pair for part in completeness.models for pair in zip(part.missing_required, part.labels, strict=True)
        ),
        users_announced=users.announced,
        users_received=users.received,
        users_accepted=users.accepted,
    )


def next_step(filing: Filing, completeness: Completeness, *, refused: int) -> str:
    """What the establishment has to do now, in one sentence."""
    status = FilingStatus(filing.status)
    if status is not FilingStatus.IN_PROGRESS:
        return NEXT_STEPS[status]
    if refused:
        return f"Corriger {counted(refused, 'document refusé', 'documents refusés')} dans le logiciel, puis renvoyer."
    if not completeness.is_complete:
        return f"Envoyer ce qui manque : {' ; '.join(missing_in_short(completeness))}."
    return "Relire, puis remettre à la signature."


def missing_in_short(completeness: Completeness) -> list[str]:
    """What is missing, counted rather than listed."""
    words = []
    for model in completeness.models:
        if model.accepted == 0:
            words.append("les données de la structure")
        elif model.missing_required:
            count = len(model.missing_required)
            words.append(counted(count, "indicateur obligatoire", "indicateurs obligatoires"))
    users = completeness.users
    if users.announced is not None and users.accepted < users.announced:
        lacking = users.announced - users.accepted
        words.append(f"{counted(lacking, 'usager', 'usagers')} sur {number(users.announced)} annoncés")
    return words


def why_not_handed_over(filing: Filing, completeness: Completeness, *, entitled: frozenset[UUID]) -> str:
    """Why the filing cannot be handed over now; empty when it can. `entitled`: establishments with that right."""
    try:
        policies.check_transition(filing, FilingStatus.TO_REVIEW)
        policies.check_entitled(entitled, filing)
        policies.check_complete(completeness)
    except Refusal as refusal:
        return refusal_in_words(filing, refusal)
    return ""


def refusal_in_words(filing: Filing, refusal: Refusal) -> str:
    """The refusal of a hand-over, for staff: statuses by their words, the person to turn to."""
    if isinstance(refusal, TransitionForbidden):
        if FilingStatus(filing.status) is FilingStatus.TO_REVIEW:
            return "La collecte est déjà remise à la signature : la direction peut la signer."
        if FilingStatus(filing.status) is FilingStatus.TO_START:
            return "Aucune donnée n'a encore été acceptée : il n'y a rien à remettre."
        return NEXT_STEPS[FilingStatus(filing.status)]
    if isinstance(refusal, EntitlementMissing):
        return "Votre compte permet de lire cette collecte, pas de la remettre : la direction peut vous l'accorder."
    return refusal.detail
