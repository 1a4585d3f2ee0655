"""Entry point of `sidoba-server`: reads the arguments, runs the command, turns what happens into an exit code.

Each command imports what it needs when it runs: `sidoba-server --version` loads no framework.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sidoba_server.ops import french
from sidoba_server.ops.exit_codes import ExitCode, Refused
from sidoba_server.ops.terminal import Terminal, complain, unbreakable_streams

app = typer.Typer(
    cls=french.FrenchGroup,
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
catalogue = typer.Typer(cls=french.FrenchGroup, no_args_is_help=True, help="Le catalogue : modèles métiers et règles.")
user = typer.Typer(cls=french.FrenchGroup, no_args_is_help=True, help="Les comptes des personnes.")
app.add_typer(catalogue, name="catalogue")
app.add_typer(user, name="user")

Parent = Annotated[int, typer.Option("--parent", hidden=True, help="Processus avec lequel s'arrêter.")]
Environment = Annotated[str, typer.Option("--environment", help="bac_a_sable ou production.")]


def _print_version(asked: bool) -> None:
    if asked:
        from sidoba_server.ops.version import version_line

        typer.echo(version_line())
        raise typer.Exit(ExitCode.DONE)


@app.callback(
    help="La plateforme sidoba : serveur, ouvriers, base de données, démonstration.",
    epilog="Codes de sortie : 0 fait, 1 refusé ou impossible pour l'instant, 2 mauvais usage ou réglage."
    " Les réglages se lisent dans l'environnement (DATABASE_URL, SIDOBA_HOME, PORT …).",
    no_args_is_help=True,
)
def sidoba_server(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Versions, et empreinte du catalogue."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Rien que les erreurs.")] = False,
) -> None:
    """Options that stand before any command."""
    context.obj = Terminal(quiet=quiet)


@app.command(
    cls=french.FrenchCommand, help="Joue l'histoire de démonstration, puis reste allumée jusqu'à interruption."
)
def demo(
    context: typer.Context,
    reset: Annotated[
        bool, typer.Option("--reset", help="Efface les données de la démonstration, et rien d'autre.")
    ] = False,
) -> None:
    """`PORT` and `ONCE` come from the environment."""
    from sidoba_server.ops.demo.run import play
    from sidoba_server.ops.demo.run import reset as reset_data

    raise typer.Exit(reset_data(context.obj) if reset else play(context.obj))


@app.command(cls=french.FrenchCommand, help="Sert l'API et les pages en HTTP.")
def serve(
    port: Annotated[
        int, typer.Option("--port", show_default=False, help="Port d'écoute. Par défaut : PORT, sinon 8000.")
    ] = 0,
    host: Annotated[str, typer.Option("--host", help="Adresse d'écoute.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processus du serveur.")] = 2,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Demandes à la fois par processus.")] = 4,
    parent: Parent = 0,
) -> None:
    """In the foreground, until SIGTERM or Ctrl-C."""
    _prepare(parent)
    from config.environment import read_settings

    from sidoba_server.ops.http_server import serve as serve_http

    serve_http(address=f"{host}:{port or read_settings()['PORT']}", workers=workers, threads=threads)


@app.command(cls=french.FrenchCommand, help="Traite les envois reçus, jusqu'à interruption.")
def worker(parent: Parent = 0) -> None:
    """In the foreground, until SIGTERM or Ctrl-C; start as many as wanted, on as many machines as wanted."""
    _prepare(parent)
    from sidoba_server.ops.worker import work

    work()


@app.command(cls=french.FrenchCommand, help="Met la base de données à jour.")
def migrate(context: typer.Context) -> None:
    """Safe to run twice, and by several machines at once."""
    _prepare()
    from sidoba_server.ops.database import migrate as bring_up_to_date

    applied = bring_up_to_date()
    context.obj.say(f"Base à jour : {applied} migration(s) appliquée(s)." if applied else "Base déjà à jour.")


@app.command(cls=french.FrenchCommand, help="Vérifie les réglages, la base et le catalogue.")
def check(context: typer.Context) -> None:
    """Exit code 0 when the platform can serve, 1 when something is missing."""
    _prepare()
    from sidoba_server.ops.readiness import findings

    faults = 0
    for finding in findings():
        faults += not finding.holds
        context.obj.say(f"{'✓' if finding.holds else '✗'} {finding.subject} : {finding.detail}")
    raise typer.Exit(ExitCode.REFUSED if faults else ExitCode.DONE)


@app.command(cls=french.FrenchCommand, help="Lance la base embarquée au premier plan, jusqu'à interruption.")
def postgres(context: typer.Context) -> None:
    """Its address is kept in SIDOBA_HOME/database.url, where the other commands find it."""
    from config.environment import read_settings

    from sidoba_server.ops.database import ADDRESS_FILE, database
    from sidoba_server.ops.interruption import interruptible, wait_for_ever

    home = read_settings()["SIDOBA_HOME"]
    with interruptible(), database(home, given=""):
        context.obj.say(f"Base prête. Son adresse est dans « {home / ADDRESS_FILE} ». Ctrl-C l'arrête.")
        wait_for_ever()


@catalogue.command("publish", cls=french.FrenchCommand, help="Publie les modèles du catalogue installé.")
def publish(context: typer.Context, environment: Environment = "bac_a_sable") -> None:
    """Publishing the same content again changes nothing."""
    _prepare()
    from sidoba_server.ops.publication import publish_catalogue

    for model in publish_catalogue(environment):
        context.obj.say(f"{model.code} {model.version} ({environment}) : {model.digest}")


@catalogue.command(
    "import", cls=french.FrenchCommand, help="Importe un paquet FHIR (dossier ou .tgz) dans un catalogue."
)
def import_definitions(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="PAQUET", help="Dossier de définitions, ou paquet .tgz.")],
    target: Annotated[Path, typer.Option("--vers", help="Dossier du catalogue à mettre à jour.")],
    name: Annotated[str, typer.Option("--nom", show_default=False, help="Nom du paquet, s'il ne le dit pas.")] = "",
) -> None:
    """Importing the same package again changes nothing; what a newer one changes is said line by line."""
    from sidoba_server.ops.fhir_import.command import import_package

    for line in import_package(source, target, name=name).lines():
        context.obj.say(line)


@user.command("create", cls=french.FrenchCommand, help="Crée un compte et l'habilite pour des établissements.")
def create(
    context: typer.Context,
    email: Annotated[str, typer.Option("--email", help="Identifiant de connexion.")],
    name: Annotated[str, typer.Option("--name", help="Prénom et nom.")],
    role: Annotated[str, typer.Option("--role", help="Un rôle du catalogue : lecteur, verificateur, signataire.")],
    finess: Annotated[list[str], typer.Option("--finess", help="Établissement ; à répéter s'il y en a plusieurs.")],
    environment: Environment = "bac_a_sable",
) -> None:
    """The password and the TOTP secret are made here and shown once."""
    _prepare()
    from sidoba_server.ops.people import create_person

    made = create_person(email=email, full_name=name, role=role, finess=finess, environment=environment)
    for label, value in made.as_lines():
        typer.echo(f"{label} : {value}")


def _prepare(parent: int = 0) -> None:
    """Tie this process to its parent, if it has one, and set Django up."""
    if parent:
        from sidoba_server.ops import lifeline

        lifeline.follow(parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what goes wrong is told on standard error."""
    from sidoba_server.ops.failures import tell

    command: Any = typer.main.get_command(app)
    try:
        outcome = command.main(arguments, prog_name="sidoba-server", standalone_mode=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nobody is there to be told
        return ExitCode.REFUSED
    except Refused as refusal:
        complain(str(refusal))
        return refusal.exit_code
    except Exception as failure:
        return tell(failure)
    return int(outcome or ExitCode.DONE)


def main() -> NoReturn:
    """What the `sidoba-server` script calls."""
    unbreakable_streams()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
