"""`sidoba diff SOURCE CIBLE`: what changed between two business models; `--apply` brings data from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.changes import ModelDiff
from sidoba_engine.model_diff.wire import diff_object
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.diff_report import conversion_lines, diff_lines
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, Remote, terminal_of
from sidoba_client.cli.terminal import OutputFormat, Terminal, printable
from sidoba_client.errors import UsageProblem
from sidoba_client.migrated_data import migrated
from sidoba_client.model_choice import chosen_model, code_and_version, model_in_file, published_model

app = command_app()

_OPERAND = "Un modèle du catalogue, ou un fichier qui en contient un."


@app.command(
    cls=FrenchCommand, help="Compare deux modèles métiers ; --apply fait passer des données de l'un à l'autre."
)
def diff(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=f"CODE@VERSION ou fichier. {_OPERAND}")],
    target: Annotated[str, typer.Argument(metavar="CIBLE", help="De même.")],
    data: Annotated[
        str | None, typer.Option("--apply", metavar="DONNÉES", help="Données de la source à convertir (ou -).")
    ] = None,
    destination: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FICHIER", help="Où écrire les données converties.")
    ] = None,
    remote: Remote = False,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """`ecart` of the contract in JSON; with `--apply`, the converted data and nothing else on standard output."""
    terminal = terminal_of(context, quiet=quiet)
    if destination is not None and data is None:
        raise UsageProblem("L'option --output ne sert qu'avec --apply.")
    if data is not None:
        _apply(terminal, _diff(terminal, source, target, remote=remote, output=output), data, destination)
        return ExitCode.DONE
    if remote:
        content = _asked(terminal, source, target, output)
    else:
        content = encode(diff_object(_diff(terminal, source, target, remote=False, output=output)))
    if output is OutputFormat.JSON:
        terminal.data(content)
    else:
        terminal.text("\n".join(diff_lines(msgspec.json.decode(content))))
    return ExitCode.DONE


def _diff(terminal: Terminal, source: str, target: str, *, remote: bool, output: OutputFormat) -> ModelDiff:
    """The gap, computed here; `remote`: between models as the platform publishes them."""
    if not remote:
        return diff_models(_local(source), _local(target), installed_catalogue())
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        sides = [
            model_in_file(name, installed_catalogue()) if Path(name).is_file() else published_model(platform, name)
            for name in (source, target)
        ]
    return diff_models(sides[0], sides[1], installed_catalogue())


def _local(name: str) -> BusinessModel:
    catalogue = installed_catalogue()
    return model_in_file(name, catalogue) if Path(name).is_file() else chosen_model(name, catalogue)


def _asked(terminal: Terminal, source: str, target: str, output: OutputFormat) -> bytes:
    """The gap as the platform tells it (WS04)."""
    command = encode({"source": _side(source), "cible": _side(target)})
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        return platform.model_diff(command)


def _side(name: str) -> object:
    if Path(name).is_file():
        return model_in_file(name, installed_catalogue()).data
    code, version = code_and_version(name)
    return {"code": code, "version": version}


def _apply(terminal: Terminal, diff: ModelDiff, name: str, destination: Path | None) -> None:
    converted, content = migrated(name, diff, warn=terminal.notice)
    for line in conversion_lines(converted, diff):
        terminal.notice(printable(line))
    if destination is None:
        terminal.data(content)
        return
    try:
        destination.write_bytes(content + b"\n")
    except OSError as error:
        raise UsageProblem(f"Le fichier « {destination} » ne peut pas être écrit : {error.strerror}.") from None
