"""`sidoba explain RULE`: a rule of the installed catalogue, with its source and examples."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from sidoba_engine.catalogue import Catalogue, Rule, installed_catalogue
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
    rule = _rule(name, installed_catalogue())
    if output is OutputFormat.JSON:
        terminal.data(encode(rule_object(rule)))
    else:
        terminal.text("\n".join(_lines(rule)))
    return ExitCode.DONE


def rule_object(rule: Rule) -> dict[str, Any]:
    """`regle` of the contract (§4)."""
    return {
        "id": rule.id,
        "version": rule.version,
        "gravite": rule.severity.value,
        **({"gravites": {name: value.value for name, value in rule.severities.items()}} if rule.severities else {}),
        "niveau": rule.stage.value,
        "domaine": rule.domain,
        "message": rule.message,
        "aide": rule.hint,
        "source": rule.source,
        **({"exemples": dict(rule.examples)} if rule.examples else {}),
    }


def _rule(name: str, catalogue: Catalogue) -> Rule:
    found = catalogue.rules.get(name) or catalogue.rules.get(name.upper())
    if found is not None:
        return found
    near = difflib.get_close_matches(name.upper(), catalogue.rules, n=3)
    hint = f" Vouliez-vous dire {' ou '.join(near)} ?" if near else ""
    raise UsageProblem(f"La règle « {name} » n'est pas dans le catalogue {catalogue.version}.{hint}")


def _lines(rule: Rule) -> Iterator[str]:
    yield typer.style(rule.id, bold=True) + f"  {rule.severity.value}, niveau {rule.stage.value}, domaine {rule.domain}"
    for environment, severity in rule.severities.items():
        yield f"  en {environment} : {severity.value}"
    yield f"  {rule.message}"
    yield f"  → {rule.hint}"
    yield f"  Source : {rule.source}"
    for kind, title in (("conforme", "Exemple conforme"), ("fautif", "Exemple fautif")):
        if kind in rule.examples:
            example = rule.examples[kind]
            yield f"  {title} : {example if isinstance(example, str) else encode(example).decode()}"
    yield f"  {rule.documentation}"
