"""Writes of the directory."""

from __future__ import annotations

from django.db import transaction

from sidoba_server.core import audit
from sidoba_server.core.actor import Actor
from sidoba_server.directory.models import Establishment, LegalEntity


@transaction.atomic
def register_establishment(
    actor: Actor,
    *,
    finess: str,
    name: str,
    category: str,
    department: str,
    legal_entity_finess: str,
    legal_entity_name: str,
) -> Establishment:
    """Add an establishment (and its legal entity) to the actor's environment, or bring it up to date."""
    entity, _ = LegalEntity.objects.update_or_create(
        environment=actor.environment, finess=legal_entity_finess, defaults={"name": legal_entity_name}
    )
    establishment, made = Establishment.objects.update_or_create(
        environment=actor.environment,
        finess=finess,
        defaults={"name": name, "category": category, "department": department, "legal_entity": entity},
    )
    audit.tell(actor, "etablissement.inscrit" if made else "etablissement.mis_a_jour", establishment)
    return establishment
