"""`sidoba explain RULE`: a rule of the installed catalogue, with its source and examples."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated

import typer
from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.catalogue import Catalogue, Rule, installed_catalogue
from sidoba_engine.rule_json import examples_of, owner_of, rule_object, source_of
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat
from sidoba_client.errors import UsageProblem

app = command_app()


@app.command(cls=FrenchCommand, help="Explique une règle : message, aide, source, exemples.")
def explain(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RÈGLE", help="Identifiant, par exemple R-CDA-047.")],
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Look it up and show it."""
    terminal = terminal_of(context, quiet=quiet)
    catalogue = installed_catalogue()
    rule = _rule(name, catalogue)
    if output is OutputFormat.JSON:
        terminal.data(encode(rule_object(rule, catalogue)))
    else:
        terminal.text("\n".join(_lines(rule, catalogue)))
    return ExitCode.DONE


def _rule(name: str, catalogue: Catalogue) -> Rule:
    found = catalogue.rules.get(name) or catalogue.rules.get(name.upper())
    if found is not None:
        return found
    near = difflib.get_close_matches(name.upper(), catalogue.rules, n=3)
    hint = f" Vouliez-vous dire {' ou '.join(near)} ?" if near else ""
    raise UsageProblem(f"La règle « {name} » n'est pas dans le catalogue {catalogue.version}.{hint}")


def _lines(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    yield typer.style(rule.id, bold=True) + f"  {rule.severity.value}, niveau {rule.stage.value}, domaine {rule.domain}"
    for environment, severity in rule.severities.items():
        yield f"  en {environment} : {severity.value}"
    yield f"  {rule.message}"
    yield f"  → {rule.hint}"
    if owner := owner_of(rule, catalogue):
        yield from _control_lines(*owner)
    yield f"  Source : {source_of(rule, catalogue)}"
    examples = examples_of(rule, catalogue)
    for kind, title in (("conforme", "Exemple conforme"), ("fautif", "Exemple fautif")):
        if kind in examples:
            yield f"  {title} : {examples[kind]}"
    yield f"  {rule.documentation}"


def _control_lines(model: BusinessModel, control: Control) -> Iterator[str]:
    """What a control demands, and of which keys."""
    yield f"  Contrôle du modèle {model.code}@{model.version}, passé sur {control.entity} :"
    if control.when:
        yield f"    quand    {control.when}"
    yield f"    exige    {control.expression}"
    for key in control.keys:
        yield f"    {key} : {model.indicators[key].label}"
