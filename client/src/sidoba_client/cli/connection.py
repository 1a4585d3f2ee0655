"""The platform as the commands open it: credentials in force, waits told, refusals shown in the format asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sidoba_client.cli.failures import problem_bytes
from sidoba_client.cli.terminal import OutputFormat, Terminal
from sidoba_client.credentials import Credentials, load_credentials
from sidoba_client.errors import ApiError, UsageProblem
from sidoba_client.platform import Platform
from sidoba_client.private_files import config_folder
from sidoba_client.transport import Patience, Transport


@contextmanager
def opened_platform(
    terminal: Terminal, credentials: Credentials | None = None
) -> Iterator[tuple[Platform, Credentials]]:
    """The platform, under the stored credentials unless others are given. Raises UsageProblem when there are none."""
    credentials = credentials or load_credentials(config_folder())

    def tell_wait(wait: float) -> None:
        if wait >= 1:
            terminal.notice(f"La plateforme ne répond pas, ou demande d'attendre : nouvel essai dans {wait:.0f} s.")

    with Transport(credentials, patience=_patience(), on_wait=tell_wait) as transport:
        yield Platform(transport), credentials


def _patience() -> Patience:
    """SIDOBA_ATTEMPTS: how often a request is tried (4 unless told otherwise)."""
    written = os.environ.get("SIDOBA_ATTEMPTS", "")
    if not written:
        return Patience()
    if not (written.isascii() and written.isdigit() and 1 <= int(written) <= 20):
        raise UsageProblem("SIDOBA_ATTEMPTS est un nombre d'essais, de 1 à 20.")
    return Patience(attempts=int(written))


@contextmanager
def problems_as(output: OutputFormat, terminal: Terminal) -> Iterator[None]:
    """In JSON, a refusal is a result too: its `probleme` object goes to standard output before the error is told."""
    try:
        yield
    except ApiError as error:
        if output is OutputFormat.JSON:
            terminal.data(problem_bytes(error))
        raise
