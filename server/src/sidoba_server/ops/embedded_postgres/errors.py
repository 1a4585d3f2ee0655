"""What the launcher raises. Messages are read by whoever installs the platform: French, with the way out."""

from pathlib import Path

WAY_OUT = "indiquez l'adresse d'une base PostgreSQL existante dans la variable DATABASE_URL"


class PostgresUnavailable(Exception):
    """The embedded server cannot run here. The message says why and what to do."""


class DirectoryInUse(PostgresUnavailable):
    """Another process already holds these data."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        holder = f"le processus {pid}" if pid else "un autre processus"
        super().__init__(
            f"Les données du dossier « {directory} » sont déjà utilisées par {holder}. "
            f"Arrêtez-le, choisissez un autre dossier, ou {WAY_OUT}."
        )
        self.pid = pid
