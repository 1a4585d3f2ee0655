"""`sidoba campaigns`: the open campaigns (WS01), kept here so that `validate --campaign` works offline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat, Terminal, printable
from sidoba_client.known_campaigns import remember
from sidoba_client.platform import Received
from sidoba_client.private_files import state_folder
from sidoba_client.wire import Campaign

app = command_app()


@app.command(cls=FrenchCommand, help="Liste les campagnes ouvertes et les garde pour `sidoba validate --campaign`.")
def campaigns(
    context: typer.Context,
    establishment: Annotated[
        str | None, typer.Option("--establishment", metavar="FINESS", help="Celles de cet établissement.")
    ] = None,
    report_type: Annotated[
        str | None, typer.Option("--report-type", metavar="TYPE", help="ssiad, rama, camsp, cmpp ou setmin.")
    ] = None,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Ask, keep, show."""
    terminal = terminal_of(context, quiet=quiet)
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        found = platform.campaigns(finess=establishment, report_type=report_type)
    _keep(found, terminal)
    if output is OutputFormat.JSON:
        terminal.data(encode({"elements": [msgspec.Raw(campaign.raw) for campaign in found], "suivant": None}))
    else:
        terminal.text("\n".join(_lines([campaign.value for campaign in found])))
    return ExitCode.DONE


def _keep(found: list[Received[Campaign]], terminal: Terminal) -> None:
    try:
        for campaign in found:
            remember(state_folder(), campaign.value, campaign.raw)
    except OSError as error:
        terminal.notice(
            f"Les campagnes ne peuvent pas être gardées dans {state_folder()} ({error.strerror}) : `--campaign` ne les"
            " connaîtra pas (SIDOBA_STATE_DIR change le dossier)."
        )


def _lines(found: list[Campaign]) -> Iterator[str]:
    if not found:
        yield "Aucune campagne ouverte."
    for campaign in found:
        yield printable(f"{campaign.code}  {campaign.label}")
        yield printable(f"  {campaign.environment}, {campaign.status}, clôture {campaign.closes_at or 'non fixée'}")
        yield printable(f"  rapport {campaign.report_type}, du {campaign.period.start} au {campaign.period.end}")
        models = ", ".join(f"{model.code}@{model.version}" for model in campaign.models)
        yield printable(f"  modèles : {models or 'aucun'}")
