"""Reads of publishing."""

from __future__ import annotations

from sidoba_engine.business_model import version_rank

from sidoba_server.core.actor import Actor
from sidoba_server.core.refusals import Refusal
from sidoba_server.publishing.models import PublishedModel


class UnknownModel(Refusal, code="MODELE_INCONNU"):
    """No published model of that code and version. Fact: `versions`."""


def published(actor: Actor, *, code: str, version: str) -> PublishedModel:
    """The model as published in the actor's environment; version `derniere` is the latest. Raises UnknownModel."""
    known = list(PublishedModel.objects.filter(environment=actor.environment, code=code))
    known.sort(key=lambda model: version_rank(model.version))
    found = known[-1:] if version == "derniere" else [model for model in known if model.version == version]
    if not found:
        raise UnknownModel(versions=", ".join(model.version for model in known) or "aucune")
    return found[0]
