"""Who acts: a software through its credential, a person through their account, or the platform itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of actor; the value is what the audit trail keeps."""

    SOFTWARE = "logiciel"
    PERSON = "personne"
    PLATFORM = "plateforme"


@dataclass(frozen=True, slots=True)
class Actor:
    """Passed first to every action and query. `environment` bounds all it can see.

    `id` is the credential's id for a software, the account's for a person. `software_id` is set for a software only,
    `oauth_scopes` are those of its token.
    """

    kind: ActorKind
    id: str
    environment: str
    software_id: uuid.UUID | None = None
    oauth_scopes: frozenset[str] = field(default_factory=frozenset)


def platform(environment: str) -> Actor:
    """The platform acting by itself (worker, commands)."""
    return Actor(ActorKind.PLATFORM, "plateforme", environment)
