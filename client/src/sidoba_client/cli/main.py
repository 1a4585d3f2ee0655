"""Entry point of `sidoba`: reads the arguments, runs the command, turns what happens into an exit code.

The command's module is imported only when that command is named: `sidoba --version` loads next to nothing.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from sidoba_client.cli import french, terminal
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.failures import tell
from sidoba_client.cli.version import version_line
from sidoba_client.errors import UsageProblem

COMMANDS = {
    "validate": "sidoba_client.cli.validate",
    "fix": "sidoba_client.cli.fix",
    "login": "sidoba_client.cli.login",
    "whoami": "sidoba_client.cli.whoami",
    "campaigns": "sidoba_client.cli.campaigns",
    "send": "sidoba_client.cli.send",
    "status": "sidoba_client.cli.status",
    "explain": "sidoba_client.cli.explain",
    "models": "sidoba_client.cli.models",
    "model": "sidoba_client.cli.model",
    "diff": "sidoba_client.cli.diff",
}
"""Name of a command → the module whose `app` holds it, in the order of the help."""


class _Commands(TyperGroup):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        module = COMMANDS.get(cmd_name)
        if module is None:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f" Vouliez-vous dire « {near[0]} » ?" if near else ""
            raise UsageProblem(f"Commande inconnue : « {cmd_name} ».{hint} Voir `sidoba --help`.")
        command = typer.main.get_command(import_module(module).app)
        command.name = cmd_name
        return command

    def get_help(self, ctx: Any) -> str:
        return french.in_french(super().get_help(ctx))


app = typer.Typer(
    cls=_Commands,
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(
    help="Vérifie, envoie et suit les données d'activité médico-sociales.",
    epilog="Codes de sortie : 0 conforme ou fait, 1 non conforme ou refusé, 2 mauvais usage, 3 plateforme injoignable,"
    " 4 non autorisé.",
)
def sidoba(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Versions de la commande et des règles."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Rien que les erreurs.")] = False,
) -> None:
    """Options that stand before any command; `run` answers --version before anything is parsed."""
    context.obj = terminal.Terminal(quiet=quiet)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what goes wrong is told on standard error."""
    if "--version" in arguments:
        # Any command answers it, and nothing else needs to be loaded.
        typer.echo(version_line())
        return ExitCode.DONE
    command = typer.main.get_command(app)
    try:
        outcome = command.main(arguments, prog_name="sidoba", standalone_mode=False)
    except BrokenPipeError:
        # The reader left (`| head`): nobody is there to be told. Leave no second complaint at interpreter shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.REFUSED
    except Exception as failure:
        return tell(failure)
    if outcome == ExitCode.INTERRUPTED:
        terminal.error("interrompu. Ce qui était à envoyer reste dans la boîte d'envoi (`sidoba status`).")
    return int(outcome or ExitCode.DONE)


def main() -> NoReturn:
    """What the `sidoba` script calls."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows another one: never a crash over an accent.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))
