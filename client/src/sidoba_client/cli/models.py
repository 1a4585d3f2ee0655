"""`sidoba models`: the business models of the installed catalogue, or those of the platform's open campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import typer
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, Remote, terminal_of
from sidoba_client.cli.terminal import OutputFormat, Terminal, printable

app = command_app()

SHOWN = ("code", "version", "libelle", "statut", "niveau", "transport", "empreinte")


@app.command(cls=FrenchCommand, help="Liste les modèles métiers du catalogue installé, ou des campagnes ouvertes.")
def models(
    context: typer.Context, remote: Remote = False, output: Format = OutputFormat.TEXT, quiet: Quiet = False
) -> int:
    """Offline, unless `--remote`."""
    terminal = terminal_of(context, quiet=quiet)
    found = _remote(terminal, output) if remote else _installed()
    if output is OutputFormat.JSON:
        elements = [{name: model[name] for name in SHOWN if name in model} for model in found]
        terminal.data(encode({"elements": elements, "suivant": None}))
    else:
        for model in found:
            count = f"{len(model['indicateurs'])} indicateurs, {len(model['controles'])} contrôles"
            terminal.text(printable(f"{model['code']}@{model['version']}  {model['libelle']} ({count})"))
    return ExitCode.DONE


def _installed() -> list[Mapping[str, Any]]:
    return [model.data for _, model in sorted(installed_catalogue().models.items())]


def _remote(terminal: Terminal, output: OutputFormat) -> list[Mapping[str, Any]]:
    """The models that the open campaigns name: the contract has no other list of them."""
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        named = {(model.code, model.version) for campaign in platform.campaigns() for model in campaign.value.models}
        return [msgspec.json.decode(platform.model(code, version)) for code, version in sorted(named)]
