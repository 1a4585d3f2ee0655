"""What went wrong, told in French, and the exit code it ends with. The last handler: nothing passes it."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import msgspec
import typer

from sidoba_client import errors
from sidoba_client.cli import french, terminal
from sidoba_client.cli.exit_codes import ExitCode


def tell(failure: Exception) -> ExitCode:
    """Say it on standard error; returns the exit code."""
    match failure:
        case errors.ApiError():
            terminal.error(sentence(failure))
            for anomaly in failure.anomalies:
                place = anomaly.location.path
                terminal.error(f"{anomaly.rule} {place} : {anomaly.message} {anomaly.hint}")
        case errors.ClientError():
            terminal.error(str(failure))
        case typer.Abort():
            terminal.error("interrompu.")
        case typer.TyperException():
            terminal.error(french.usage_sentence(failure))
        case _:
            terminal.error(_own_fault(failure))
    return exit_code_of(failure)


def exit_code_of(failure: Exception) -> ExitCode:
    """The exit code for a failure, by its type."""
    match failure:
        case errors.NotAllowed():
            return ExitCode.NOT_ALLOWED
        case errors.Unreachable():
            return ExitCode.OUT_OF_REACH
        case errors.ApiError():
            return ExitCode.REFUSED
        case errors.UsageProblem() | typer.TyperException():
            return ExitCode.WRONG_USAGE
        case typer.Abort():
            return ExitCode.INTERRUPTED
        case _:
            return ExitCode.INTERNAL_FAULT


def sentence(error: errors.ApiError) -> str:
    """Detail, public code, when to come back, and the name of the exchange for whoever must be asked."""
    parts = [error.detail]
    if isinstance(error, errors.Busy) and error.retry_after_s:
        parts.append(f"Réessayez dans {error.retry_after_s:.0f} s.")
    if isinstance(error, errors.PlatformFault):
        parts.append("Vos fichiers ne sont pas en cause.")
    named = f"[{error.code}"
    if error.correlation_id:
        named += f", échange {error.correlation_id}"
    return " ".join([*parts, f"{named}]"])


def problem_bytes(error: errors.ApiError) -> bytes:
    """The problem as the platform wrote it; without an answer, one of the same shape."""
    if error.raw is not None:
        return error.raw
    members = {
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "correlation_id": error.correlation_id,
    }
    return msgspec.json.encode({name: value for name, value in members.items() if value is not None})


def _own_fault(failure: Exception) -> str:
    """Where it failed and its type, never its text: it could hold a value of a document."""
    if os.environ.get("SIDOBA_DEBUG") == "1":
        traceback.print_exception(failure, file=sys.stderr)
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return (
        f"la commande a rencontré un défaut qui vient d'elle ({type(failure).__name__}, {place}). Rien de ce qui était"
        " à envoyer n'est perdu. Signalez-le avec la version (`sidoba --version`)."
    )
