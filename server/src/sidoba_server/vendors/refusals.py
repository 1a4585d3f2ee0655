"""Refusals about who sends, and for whom."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class TokenMissing(Refusal, code="JETON_ABSENT"):
    """No bearer token."""


class TokenRefused(Refusal, code="JETON_INVALIDE"):
    """Unknown, expired or revoked token."""


class ScopeMissing(Refusal, code="PORTEE_ABSENTE"):
    """The token lacks the scope. Facts: `portee`, `accordees`."""


class MandateMissing(Refusal, code="MANDAT_ABSENT"):
    """A mandate exists, for another report type or period. Facts: `finess`, `type_rapport`, `debut`, `fin`."""


class UnknownEstablishment(Refusal, code="ETABLISSEMENT_INCONNU"):
    """No mandate of any kind, unknown, or of the other environment: always the same bytes."""


class InvalidFiness(Refusal, code="FINESS_INVALIDE"):
    """The number in the address cannot be a FINESS number. Fact: `precision`."""
