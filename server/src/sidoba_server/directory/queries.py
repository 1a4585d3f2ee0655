"""Reads of the directory."""

from __future__ import annotations

from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment


def establishment_of(actor: Actor, finess: str) -> Establishment | None:
    """The establishment of that number in the actor's environment, None when there is none."""
    return Establishment.objects.filter(environment=actor.environment, finess=finess).first()
