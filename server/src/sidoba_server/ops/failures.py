"""What went wrong, as one French sentence and an exit code; a fault of ours leaves its trace in the log."""

from __future__ import annotations

import logging

import typer

from sidoba_server.ops import french
from sidoba_server.ops.embedded_postgres import PostgresUnavailable
from sidoba_server.ops.exit_codes import ExitCode
from sidoba_server.ops.interruption import Interrupted
from sidoba_server.ops.terminal import complain


def tell(failure: BaseException) -> ExitCode:
    """Say it on standard error and return the exit code it deserves."""
    from config.environment import SettingError

    if isinstance(failure, Interrupted | typer.Abort | KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(failure, typer.TyperException):
        complain(french.usage_sentence(failure))
        return ExitCode.USAGE
    if isinstance(failure, SettingError):
        complain(str(failure))
        return ExitCode.USAGE
    if isinstance(failure, PostgresUnavailable):
        complain(str(failure))
        return ExitCode.REFUSED
    if _is_about_the_database(failure):
        complain("La base de données ne répond pas. Vérifiez DATABASE_URL, ou lancez `sidoba-server postgres`.")
        return ExitCode.REFUSED
    if isinstance(failure, OSError) and failure.filename:
        complain(f"« {failure.filename} » ne peut être ni lu ni écrit : vérifiez les droits et la place disponible.")
        return ExitCode.REFUSED
    logging.getLogger(__name__).error("command_failed", exc_info=failure)
    complain("La commande s'est arrêtée sur une faute interne, tracée dans le journal ci-dessus.")
    return ExitCode.REFUSED


def _is_about_the_database(failure: BaseException) -> bool:
    from django.db import InterfaceError, OperationalError

    return isinstance(failure, OperationalError | InterfaceError)
