"""`sidoba-server catalogue publish`."""

from __future__ import annotations

from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.core.actor import platform
from sidoba_server.core.models import ENVIRONMENTS
from sidoba_server.ops.exit_codes import Misused, Refused
from sidoba_server.publishing.actions import AlreadyPublishedOtherwise, publish_model
from sidoba_server.publishing.models import PublishedModel


def require_environment(environment: str) -> str:
    """The environment, if it is one. Raises Misused."""
    known = [code for code, _ in ENVIRONMENTS]
    if environment not in known:
        raise Misused(f"L'environnement « {environment} » n'existe pas : donnez {' ou '.join(known)}.")
    return environment


def publish_catalogue(environment: str) -> list[PublishedModel]:
    """Publish every model of the installed catalogue in that environment. Raises Misused, Refused."""
    actor = platform(require_environment(environment))
    try:
        return [publish_model(actor, model=model) for model in installed_catalogue().models.values()]
    except AlreadyPublishedOtherwise as frozen:
        raise Refused(
            f"Le modèle {frozen} est déjà publié avec un autre contenu, et une version publiée ne change plus. "
            "Donnez une nouvelle version au modèle du catalogue."
        ) from frozen
