"""What `sidoba-server check` looks at: settings, database, migrations, catalogue, published models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.core.actor import platform
from sidoba_server.ops.database import pending_migrations
from sidoba_server.publishing.queries import UnknownModel, published

OLDEST_POSTGRESQL = 150000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and what was found."""

    subject: str
    holds: bool
    detail: str


def findings() -> Iterator[Finding]:
    """All of them; those about the content of the database only once it answers and is up to date."""
    yield _settings()
    yield _catalogue()
    database = _database()
    yield database
    if not database.holds:
        return
    migrations = _migrations()
    yield migrations
    if migrations.holds:
        yield from (_publication(environment) for environment in settings.SIDOBA_ENVIRONMENTS)


def _settings() -> Finding:
    faults = [message.msg for message in checks.run_checks() if message.level >= checks.ERROR]
    return Finding("Réglages", not faults, " ; ".join(faults) or f"lus, dossier de travail {settings.SIDOBA_HOME}")


def _catalogue() -> Finding:
    catalogue = installed_catalogue()
    return Finding("Catalogue", True, f"version {catalogue.version}, {catalogue.digest}")


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return Finding("Base de données", False, "ne répond pas (DATABASE_URL, ou `sidoba-server postgres`)")
    found = connection.pg_version  # type: ignore[attr-defined]
    return Finding("Base de données", found >= OLDEST_POSTGRESQL, f"PostgreSQL {found // 10000} (15 ou plus attendu)")


def _migrations() -> Finding:
    pending = len(pending_migrations())
    return Finding(
        "Migrations", not pending, f"{pending} à appliquer : `sidoba-server migrate`" if pending else "à jour"
    )


def _publication(environment: str) -> Finding:
    """Every model of the catalogue is published there, as it is in the catalogue."""
    models = installed_catalogue().models.values()
    lacking = [f"{model.code} {model.version}" for model in models if not _is_published(model, environment)]
    detail = f"à publier : {', '.join(lacking)} (`sidoba-server catalogue publish --environment {environment}`)"
    return Finding(f"Modèles publiés ({environment})", not lacking, detail if lacking else "tous ceux du catalogue")


def _is_published(model: BusinessModel, environment: str) -> bool:
    try:
        return published(platform(environment), code=model.code, version=model.version).digest == model.digest
    except UnknownModel:
        return False
