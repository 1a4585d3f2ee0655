"""`sidoba login`: try the credentials against the platform, then store them."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat
from sidoba_client.cli.whoami import access_lines
from sidoba_client.credentials import Credentials, platform_url, store_credentials
from sidoba_client.errors import UsageProblem
from sidoba_client.private_files import config_folder

app = command_app()


@app.command(cls=FrenchCommand, help="Vérifie un accès technique auprès de la plateforme, puis le garde.")
def login(
    context: typer.Context,
    url: Annotated[str, typer.Option("--url", help="Adresse de la plateforme (https://…).")],
    client_id: Annotated[str, typer.Option("--client-id", help="Identifiant de l'accès technique.")],
    secret_on_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Lit le secret sur l'entrée standard, sans le demander.")
    ] = False,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """The secret is never an argument: arguments are visible to the whole machine."""
    terminal = terminal_of(context, quiet=quiet)
    address = platform_url(url)
    credentials = Credentials(address, client_id, _secret(secret_on_stdin))
    with problems_as(output, terminal), opened_platform(terminal, credentials) as (platform, _):
        access = platform.access()
    try:
        path = store_credentials(config_folder(), credentials)
    except OSError as error:
        raise UsageProblem(
            f"L'accès est bon mais ne peut pas être gardé dans {config_folder()} ({error.strerror}) : choisissez un"
            " autre dossier avec SIDOBA_CONFIG_DIR."
        ) from None
    if output is OutputFormat.JSON:
        terminal.data(access.raw)
    else:
        terminal.text("\n".join(access_lines(access.value, address)))
    terminal.notice(f"Accès gardé dans {path}.")
    return ExitCode.DONE


def _secret(from_stdin: bool) -> str:
    if from_stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
    elif os.environ.get("SIDOBA_CLIENT_SECRET"):
        secret = os.environ["SIDOBA_CLIENT_SECRET"]
    elif sys.stdin.isatty():
        secret = str(typer.prompt("Secret", hide_input=True, err=True))
    else:
        raise UsageProblem(
            "Le secret se tape au clavier, ou se donne par --client-secret-stdin ou SIDOBA_CLIENT_SECRET."
        )
    if not secret:
        raise UsageProblem("Le secret reçu est vide.")
    return secret
