"""`sidoba validate`: the verdict the platform would give, offline. Reads, asks the engine, shows; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict, Verdict
from sidoba_engine.verdict_json import encode, verdict_object

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Model, Quiet, terminal_of
from sidoba_client.cli.progress import counted
from sidoba_client.cli.terminal import ReportFormat, Terminal
from sidoba_client.inputs import find_files, read_inputs
from sidoba_client.known_campaigns import facts_of, find_campaign
from sidoba_client.model_choice import chosen_model
from sidoba_client.private_files import state_folder
from sidoba_client.wire import verdict_from, with_trails

app = command_app()


@app.command(cls=FrenchCommand, help="Juge des fichiers hors ligne, avec les règles de la plateforme.")
def validate(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FICHIER…", help="Fichiers, dossiers, ou - ; .gz, .zip et NDJSON sont ouverts."),
    ],
    model: Model = None,
    environment: Annotated[
        Environment, typer.Option("--environment", help="Règles de bac_a_sable ou de production.")
    ] = Environment.SANDBOX,
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", metavar="CODE|FICHIER", help="Campagne connue par `sidoba campaigns`, ou fichier."),
    ] = None,
    establishment: Annotated[
        str | None, typer.Option("--establishment", metavar="FINESS", help="Établissement attendu.")
    ] = None,
    output: Annotated[
        ReportFormat, typer.Option("--format", help="Forme du verdict : text, json, sarif ou junit.")
    ] = ReportFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Judge every file under one set of facts and show one verdict."""
    terminal = terminal_of(context, quiet=quiet)
    names = find_files(files)
    catalogue = installed_catalogue()
    facts = _facts(terminal, environment=environment, campaign=campaign, establishment=establishment)
    chosen = chosen_model(model, catalogue) if model else None
    documents = tuple(_judged(terminal, names, catalogue=catalogue, facts=facts, model=chosen))
    verdict = Verdict(environment, documents, catalogue.version, catalogue.digest)
    _show(terminal, verdict, output)
    return ExitCode.DONE if verdict.is_conformant else ExitCode.REFUSED


def _facts(terminal: Terminal, *, environment: Environment, campaign: str | None, establishment: str | None) -> Facts:
    if campaign is None:
        return Facts(environment, None, establishment)
    found = find_campaign(state_folder(), campaign, environment)
    if found.environment and found.environment != environment:
        terminal.notice(
            f"La campagne {found.code} est de l'environnement {found.environment} ; les règles appliquées sont celles"
            f" de {environment.value} (--environment {found.environment} pour les autres)."
        )
    return Facts(environment, facts_of(found), establishment)


def _judged(
    terminal: Terminal, names: list[str], *, catalogue: Catalogue, facts: Facts, model: BusinessModel | None
) -> Iterator[DocumentVerdict]:
    for item in read_inputs(counted(names, "Validation", terminal), warn=terminal.notice, split_lines=True):
        yield from judge(
            item.content,
            catalogue=catalogue,
            facts=facts,
            model=model,
            file_name=item.name,
            first_index=item.first_index,
        )


def _show(terminal: Terminal, verdict: Verdict, output: ReportFormat) -> None:
    """Each report's writer is imported when it is the one asked for."""
    built = verdict_object(verdict)
    match output:
        case ReportFormat.JSON:
            terminal.data(encode(built))
        case ReportFormat.SARIF:
            from sidoba_client.cli.sarif_report import sarif

            terminal.data(encode(sarif(verdict_from(built))))
        case ReportFormat.JUNIT:
            from sidoba_client.cli.junit_report import junit

            terminal.data(junit(verdict_from(built)))
        case ReportFormat.TEXT:
            from sidoba_client.cli.text_report import verdict_lines

            terminal.text("\n".join(verdict_lines(with_trails(verdict_from(built), verdict.documents))))
