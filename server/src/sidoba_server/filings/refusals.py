"""Refusals about filings."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class FilingClosed(Refusal, code="COLLECTE_FERMEE"):
    """The filing's status takes no data. Fact: `statut`."""


class FilingIncomplete(Refusal, code="COLLECTE_INCOMPLETE"):
    """The filing cannot be handed over yet. Fact: `manquants`; member `completude`."""


class TransitionForbidden(Refusal, code="TRANSITION_INTERDITE"):
    """Not a transition of the table. Facts: `statut`, `demande`, `possibles`; member `transitions_possibles`."""


class EntitlementMissing(Refusal, code="DROIT_ABSENT"):
    """The account has no such right for that establishment."""


class StaleRevision(Refusal, code="ETAT_DEPASSE"):
    """The filing changed since it was read."""
