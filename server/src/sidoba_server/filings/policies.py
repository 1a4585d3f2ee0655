"""May the filing move, may it take data? No query here."""

from __future__ import annotations

import uuid

from sidoba_engine.filing_status import ACCEPTING_DATA, FilingStatus, targets_of

from sidoba_server.filings.completeness import Completeness
from sidoba_server.filings.models import Filing
from sidoba_server.filings.refusals import (
    EntitlementMissing,
    FilingClosed,
    FilingIncomplete,
    StaleRevision,
    TransitionForbidden,
)


def check_accepts_data(filing: Filing) -> None:
    """Raises FilingClosed."""
    if FilingStatus(filing.status) not in ACCEPTING_DATA:
        raise FilingClosed(statut=filing.status)


def check_transition(filing: Filing, target: FilingStatus) -> None:
    """Raises TransitionForbidden with the allowed ones."""
    possible = [status.value for status in targets_of(FilingStatus(filing.status))]
    if target.value not in possible:
        raise TransitionForbidden(
            statut=filing.status,
            demande=target.value,
            possibles=", ".join(possible) or "aucun",
            members={"transitions_possibles": possible},
        )


def check_complete(completeness: Completeness) -> None:
    """Raises FilingIncomplete with what is missing."""
    if not completeness.is_complete:
        raise FilingIncomplete(
            manquants=" ; ".join(completeness.missing_in_words()), members={"completude": completeness.as_wire()}
        )


def check_entitled(establishments: frozenset[uuid.UUID], filing: Filing) -> None:
    """`establishments` are those for which the actor has the right asked. Raises EntitlementMissing."""
    if filing.establishment_id not in establishments:
        raise EntitlementMissing


def check_revision(filing: Filing, revision: int | None) -> None:
    """`revision` is the one the actor has read, None when they did not say. Raises StaleRevision."""
    if revision is not None and revision != filing.revision:
        raise StaleRevision
