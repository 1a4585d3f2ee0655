"""Completeness of a filing: per structure model and per service user, computed from the data, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelCompleteness:
    """One model: indicators expected, values of the last payload received, values that stand, required ones missing."""

    code: str
    expected: int
    received: int
    accepted: int
    missing_required: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserCompleteness:
    """Service users: announced by the structure data (None when they do not count them), received, accepted."""

    announced: int | None
    received: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the filing holds against what it must hold."""

    models: tuple[ModelCompleteness, ...]
    users: UserCompleteness

    @property
    def is_complete(self) -> bool:
        """Every required value stands, and as many service users as announced are accepted."""
        return not self.missing_in_words()

    def missing_in_words(self) -> list[str]:
        """What is missing, for staff, in French; empty when nothing is."""
        words = []
        for model in self.models:
            if model.accepted == 0:
                words.append("les données de la structure")
            elif model.labels:
                words.append("des indicateurs obligatoires (" + ", ".join(model.labels) + ")")
        if self.users.announced is not None and self.users.accepted < self.users.announced:
            lacking = self.users.announced - self.users.accepted
            words.append(f"{lacking} usager{'s' if lacking > 1 else ''} sur {self.users.announced} annoncés")
        return words

    def as_wire(self) -> dict[str, Any]:
        """`completude` of the contract."""
        users: dict[str, Any] = {"recus": self.users.received, "acceptes": self.users.accepted}
        if self.users.announced is not None:
            users = {"annonces": self.users.announced, **users}
        return {
            "complete": self.is_complete,
            "modeles": [
                {
                    "code": model.code,
                    "attendus": model.expected,
                    "recus": model.received,
                    "acceptes": model.accepted,
                    "obligatoires_manquants": list(model.missing_required),
                }
                for model in self.models
            ],
            "usagers": users,
        }
