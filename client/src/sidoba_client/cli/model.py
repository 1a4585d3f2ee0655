"""`sidoba model CODE[@VERSION]`: one business model, key by key, or in the forms that WS02 gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from sidoba_engine import model_questionnaire, model_schema
from sidoba_engine.business_model import BusinessModel, Indicator, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.verdict_json import encode

from sidoba_client import protocol
from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, Remote, terminal_of
from sidoba_client.cli.terminal import OutputFormat, Terminal, printable
from sidoba_client.model_choice import chosen_model, code_and_version

app = command_app()


class Form(StrEnum):
    """The other forms of a model (WS02)."""

    SCHEMA = "json-schema"
    QUESTIONNAIRE = "questionnaire"


_WRITERS: dict[Form, Callable[[BusinessModel, Catalogue], dict[str, Any]]] = {
    Form.SCHEMA: model_schema.schema_of,
    Form.QUESTIONNAIRE: model_questionnaire.questionnaire_of,
}
_MEDIA_TYPES = {
    None: protocol.JSON,
    Form.SCHEMA: model_schema.MEDIA_TYPE,
    Form.QUESTIONNAIRE: model_questionnaire.MEDIA_TYPE,
}


@app.command(cls=FrenchCommand, help="Montre un modèle métier : ses clés, leurs types, leurs bornes, ses contrôles.")
def model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CODE[@VERSION]", help="Par exemple ssiad-structure.")],
    form: Annotated[Form | None, typer.Option("--as", help="JSON Schema, ou Questionnaire FHIR.")] = None,
    remote: Remote = False,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """`modele` of the contract in JSON; a form asked by `--as` is JSON whatever `--format` says."""
    terminal = terminal_of(context, quiet=quiet)
    content = _remote(terminal, name, form, output) if remote else _local(name, form)
    if form is not None or output is OutputFormat.JSON:
        terminal.data(content)
    else:
        terminal.text("\n".join(_lines(model_from_data(msgspec.json.decode(content)))))
    return ExitCode.DONE


def _local(name: str, form: Form | None) -> bytes:
    catalogue = installed_catalogue()
    found = chosen_model(name, catalogue)
    return encode(found.data if form is None else _WRITERS[form](found, catalogue))


def _remote(terminal: Terminal, name: str, form: Form | None, output: OutputFormat) -> bytes:
    code, version = code_and_version(name)
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        return platform.model(code, version, media_type=_MEDIA_TYPES[form])


def _lines(found: BusinessModel) -> Iterator[str]:
    yield typer.style(f"{found.code}@{found.version}", bold=True) + f"  {printable(found.label)}"
    yield f"{found.digest}"
    for section, label in found.sections:
        yield ""
        yield typer.style(printable(label), bold=True)
        for indicator in found.indicators.values():
            if indicator.section == section:
                yield f"  {indicator.key}  {printable(indicator.label)}"
                yield f"      {printable(_nature(indicator))}"
    yield ""
    yield typer.style("Contrôles", bold=True)
    for control in found.controls:
        yield f"  {control.id}  {printable(control.expression)}"


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
