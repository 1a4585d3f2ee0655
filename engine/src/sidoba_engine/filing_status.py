"""The states of a filing and who moves it (API contract §2, table of `collecte`), as data.

Diagram, forms and tests derive from `TRANSITIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FilingStatus(StrEnum):
    """The states of a filing; values are the words of the wire."""

    TO_START = "a_initier"
    IN_PROGRESS = "en_cours"
    TO_REVIEW = "a_verifier"
    SIGNED = "signee"
    ACCEPTED = "acceptee"
    REOPENED = "rouverte"
    CLOSED = "close"
    CANCELLED = "annulee"


class Mover(StrEnum):
    """What moves a filing from one state to another."""

    DATA = "premières données acceptées"
    HAND_OVER = "WS08 ou établissement, collecte complète"
    NEW_DATA_COMING = "WS08 ou établissement, de nouvelles données arrivent"
    SIGNATORY = "signataire, dans l'application, avec second facteur"
    AUTHORITY = "autorité compétente"
    AUTHORITY_WITH_REASON = "autorité ou CNSA, avec motif"
    CANCELLATION = "WS08, avant signature"
    END_OF_CAMPAIGN = "fin de campagne"


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed change of state."""

    source: FilingStatus
    target: FilingStatus
    by: Mover


TRANSITIONS: tuple[Transition, ...] = (
    Transition(FilingStatus.TO_START, FilingStatus.IN_PROGRESS, Mover.DATA),
    Transition(FilingStatus.TO_START, FilingStatus.CANCELLED, Mover.CANCELLATION),
    Transition(FilingStatus.IN_PROGRESS, FilingStatus.TO_REVIEW, Mover.HAND_OVER),
    Transition(FilingStatus.IN_PROGRESS, FilingStatus.CANCELLED, Mover.CANCELLATION),
    Transition(FilingStatus.TO_REVIEW, FilingStatus.IN_PROGRESS, Mover.NEW_DATA_COMING),
    Transition(FilingStatus.TO_REVIEW, FilingStatus.SIGNED, Mover.SIGNATORY),
    Transition(FilingStatus.TO_REVIEW, FilingStatus.CANCELLED, Mover.CANCELLATION),
    Transition(FilingStatus.SIGNED, FilingStatus.ACCEPTED, Mover.AUTHORITY),
    Transition(FilingStatus.SIGNED, FilingStatus.REOPENED, Mover.AUTHORITY_WITH_REASON),
    Transition(FilingStatus.ACCEPTED, FilingStatus.REOPENED, Mover.AUTHORITY_WITH_REASON),
    Transition(FilingStatus.ACCEPTED, FilingStatus.CLOSED, Mover.END_OF_CAMPAIGN),
    Transition(FilingStatus.REOPENED, FilingStatus.IN_PROGRESS, Mover.NEW_DATA_COMING),
)

ACCEPTING_DATA = frozenset(
    {FilingStatus.TO_START, FilingStatus.IN_PROGRESS, FilingStatus.TO_REVIEW, FilingStatus.REOPENED}
)
"""States in which new data are received; any other refuses them (`COLLECTE_FERMEE`)."""


def targets_of(status: FilingStatus) -> tuple[FilingStatus, ...]:
    """The states that can follow `status`, in the order of the table."""
    return tuple(transition.target for transition in TRANSITIONS if transition.source is status)
