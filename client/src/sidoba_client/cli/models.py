"""`sidoba models`: the business models of the installed catalogue."""

from __future__ import annotations

import typer
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat

app = command_app()

SHOWN = ("code", "version", "libelle", "statut", "niveau", "transport", "empreinte")


@app.command(cls=FrenchCommand, help="Liste les modèles métiers du catalogue installé.")
def models(context: typer.Context, output: Format = OutputFormat.TEXT, quiet: Quiet = False) -> int:
    """Offline."""
    terminal = terminal_of(context, quiet=quiet)
    found = [model for _, model in sorted(installed_catalogue().models.items())]
    if output is OutputFormat.JSON:
        elements = [{name: model.data[name] for name in SHOWN} for model in found]
        terminal.data(encode({"elements": elements, "suivant": None}))
    else:
        for model in found:
            count = f"{len(model.indicators)} indicateurs, {len(model.controls)} contrôles"
            terminal.text(f"{model.code}@{model.version}  {model.label} ({count})")
    return ExitCode.DONE
