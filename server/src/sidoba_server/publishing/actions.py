"""Writes of publishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from sidoba_engine import verdict_json
from sidoba_engine.business_model import BusinessModel

from sidoba_server.core import audit, clock
from sidoba_server.core.actor import Actor
from sidoba_server.publishing.models import PublishedModel


class AlreadyPublishedOtherwise(ValueError):
    """A published version is frozen: the catalogue holds other content under the same version."""


@transaction.atomic
def publish_model(actor: Actor, *, model: BusinessModel) -> PublishedModel:
    """Publish a model version in the actor's environment; publishing the same content again changes nothing.

    A draft (`brouillon`) may be replaced by a newer draft of the same version; anything else is frozen: raises
    AlreadyPublishedOtherwise.
    """
    key: dict[str, Any] = {"environment": actor.environment, "code": model.code, "version": model.version}
    standing = PublishedModel.objects.select_for_update().filter(**key).first()
    if standing is not None and standing.digest == model.digest:
        return standing
    if standing is not None and not (_is_draft(model.data) and _is_draft(msgspec.json.decode(standing.content))):
        raise AlreadyPublishedOtherwise(f"{model.code} {model.version}")
    published, _ = PublishedModel.objects.update_or_create(
        **key,
        defaults={
            "digest": model.digest,
            "content": verdict_json.encode(model.data).decode(),
            "published_at": clock.now(),
        },
    )
    audit.tell(actor, "modele.publie", published, empreinte=model.digest)
    return published


def _is_draft(data: Mapping[str, Any]) -> bool:
    return data["statut"] == "brouillon"
