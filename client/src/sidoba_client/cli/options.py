"""The options several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from sidoba_client.cli.terminal import OutputFormat, Terminal

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Rien que les erreurs.")]
Format = Annotated[OutputFormat, typer.Option("--format", help="Forme du résultat : text ou json.")]
Remote = Annotated[bool, typer.Option("--remote", help="Depuis la plateforme, au lieu du catalogue installé.")]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="CODE[@VERSION]", help="Modèle métier des données clé-valeur nues."),
]


def terminal_of(context: typer.Context, *, quiet: bool) -> Terminal:
    """The terminal of this call: `--quiet` may stand before or after the command."""
    outer = context.obj if isinstance(context.obj, Terminal) else Terminal()
    return Terminal(quiet=quiet or outer.quiet)
