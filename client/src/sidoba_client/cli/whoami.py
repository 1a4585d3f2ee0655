"""`sidoba whoami`: what this credential may do, for whom, until when (`/moi`)."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat, printable
from sidoba_client.wire import Access, Mandate

app = command_app()


@app.command(cls=FrenchCommand, help="Dit ce que permet l'accès technique, pour quels établissements, jusqu'à quand.")
def whoami(context: typer.Context, output: Format = OutputFormat.TEXT, quiet: Quiet = False) -> int:
    """Ask and show."""
    terminal = terminal_of(context, quiet=quiet)
    with problems_as(output, terminal), opened_platform(terminal) as (platform, credentials):
        access = platform.access()
    if output is OutputFormat.JSON:
        terminal.data(access.raw)
    else:
        terminal.text("\n".join(access_lines(access.value, credentials.url)))
    return ExitCode.DONE


def access_lines(access: Access, url: str) -> Iterator[str]:
    """The credential in words."""
    software = access.software
    named = " ".join(part for part in (software.name, software.version) if part)
    yield printable(f"Logiciel       {named}" + (f" ({software.vendor})" if software.vendor else ""))
    yield printable(f"Plateforme     {url}")
    yield printable(f"Environnement  {access.environment}")
    yield printable(f"Portées        {', '.join(access.scopes) or 'aucune'}")
    if access.expires_at:
        yield printable(f"Expire le      {access.expires_at}")
    yield f"Mandats        {len(access.mandates) or 'aucun : un établissement les donne dans son espace'}"
    for mandate in access.mandates:
        yield printable(f"  {_mandate(mandate)}")


def _mandate(mandate: Mandate) -> str:
    period = f", période du {mandate.period.start} au {mandate.period.end}" if mandate.period else ""
    until = f", jusqu'au {mandate.until}" if mandate.until else ""
    return f"{mandate.finess}  {mandate.report_type}{period}{until}"
