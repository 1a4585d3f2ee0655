"""`sidoba model CODE[@VERSION]`: one business model of the installed catalogue, key by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat
from sidoba_client.model_choice import chosen_model

app = command_app()


@app.command(cls=FrenchCommand, help="Montre un modèle métier : ses clés, leurs types, leurs bornes, ses contrôles.")
def model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CODE[@VERSION]", help="Par exemple ssiad-structure.")],
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Offline: `modele` of the contract in JSON."""
    terminal = terminal_of(context, quiet=quiet)
    found = chosen_model(name, installed_catalogue())
    if output is OutputFormat.JSON:
        terminal.data(encode(found.data))
    else:
        terminal.text("\n".join(_lines(found)))
    return ExitCode.DONE


def _lines(found: BusinessModel) -> Iterator[str]:
    yield typer.style(f"{found.code}@{found.version}", bold=True) + f"  {found.label}"
    yield f"{found.digest}"
    for section, label in found.sections:
        yield ""
        yield typer.style(label, bold=True)
        for indicator in found.indicators.values():
            if indicator.section == section:
                yield f"  {indicator.key}  {indicator.label}"
                yield f"      {_nature(indicator)}"
    yield ""
    yield typer.style("Contrôles", bold=True)
    for control in found.controls:
        yield f"  {control.id}  {control.expression}"


def _nature(indicator: Indicator) -> str:
    parts = [indicator.type, "obligatoire" if indicator.required else "facultatif"]
    if indicator.minimum is not None or indicator.maximum is not None:
        low = "…" if indicator.minimum is None else f"{indicator.minimum:g}"
        high = "…" if indicator.maximum is None else f"{indicator.maximum:g}"
        parts.append(f"de {low} à {high}")
    if indicator.unit:
        parts.append(f"en {indicator.unit}")
    if indicator.codes:
        parts.append(f"parmi {', '.join(indicator.codes)}")
    return ", ".join(parts)
