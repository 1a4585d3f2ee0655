"""Refusals of the HTTP border: method, media types, fields of a command."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class MethodNotAllowed(Refusal, code="METHODE_NON_ADMISE"):
    """Fact: `admises`."""


class NotAcceptable(Refusal, code="FORMAT_NON_DISPONIBLE"):
    """Fact: `disponibles`."""


class MediaTypeNotAccepted(Refusal, code="TYPE_NON_ADMIS"):
    """Facts: `type`, `admis`."""


class CommandUnreadable(Refusal, code="COMMANDE_ILLISIBLE"):
    """The body of a command is not a JSON object. Fact: `cause`."""


class UnknownField(Refusal, code="CHAMP_INCONNU"):
    """Facts: `champ`, `admis`."""


class InvalidField(Refusal, code="CHAMP_INVALIDE"):
    """A field of a command is missing or of the wrong kind. Facts: `champ`, `attendu`."""


class MalformedModel(Refusal, code="MODELE_INVALIDE"):
    """A model given in a command is not well formed. Fact: `champ`; the anomalies join the problem."""
