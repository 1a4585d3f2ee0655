"""`sidoba send`: through the outbox to the platform, and with `--wait` to the verdict. Nothing is lost on the way."""

from __future__ import annotations

from typing import Annotated

import typer
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.connection import opened_platform
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Model, Quiet, terminal_of
from sidoba_client.cli.shipping import Journey, Shipment, exit_code_of_all
from sidoba_client.cli.status import tell_unreadable
from sidoba_client.cli.terminal import OutputFormat, Terminal
from sidoba_client.credentials import Credentials, load_credentials
from sidoba_client.delivery import Delivery
from sidoba_client.errors import UsageProblem
from sidoba_client.inputs import find_files, read_inputs
from sidoba_client.outbox import Entry, Outbox
from sidoba_client.private_files import config_folder, state_folder
from sidoba_client.protocol import Target, pack
from sidoba_client.wire import ModelReference

app = command_app()


@app.command(cls=FrenchCommand, help="Envoie des fichiers pour un établissement, ou reprend ce qui attend.")
def send(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DOSSIER|FICHIER]…", help="Données clé-valeur, CDA ou enveloppes FHIR. Sans : reprise."
        ),
    ] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", metavar="CODE", help="Code de la campagne.")] = None,
    establishment: Annotated[
        str | None, typer.Option("--establishment", metavar="FINESS", help="Numéro FINESS de l'établissement.")
    ] = None,
    model: Model = None,
    wait: Annotated[bool, typer.Option("--wait", help="Attend la fin du traitement et montre le verdict.")] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDES", help="Avec --wait : attente la plus longue.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Reprend ce qui attend dans la boîte d'envoi.")] = False,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Store first, send after: a crash at any point leaves something that `send --resume` can finish."""
    terminal = terminal_of(context, quiet=quiet)
    if resume and files:
        raise UsageProblem("--resume reprend ce qui attend déjà : ne donnez pas de fichier avec.")
    credentials = load_credentials(config_folder())
    outbox = Outbox(state_folder())
    outbox.sweep()
    if files:
        target = _destination(campaign, establishment)
        entries = _stored(files, target, model=model, outbox=outbox, credentials=credentials, terminal=terminal)
    else:
        entries = _open_entries(outbox, credentials, terminal)
    with opened_platform(terminal, credentials) as (platform, _):
        delivery, as_text = Delivery(outbox, platform), output is OutputFormat.TEXT
        journey = Journey(delivery, platform, terminal, as_text=as_text, wait=wait, timeout_s=timeout)
        shipments = journey.carry_all(entries)
    _show(shipments, output, terminal)
    return exit_code_of_all(shipments)


def _destination(campaign: str | None, establishment: str | None) -> tuple[str, str]:
    if not campaign or not establishment:
        raise UsageProblem("Dites où envoyer : `sidoba send FICHIER… --campaign CODE --establishment FINESS`.")
    return campaign, establishment


def _stored(
    files: list[str],
    target: tuple[str, str],
    *,
    model: str | None,
    outbox: Outbox,
    credentials: Credentials,
    terminal: Terminal,
) -> list[Entry]:
    """Everything is on disk before anything leaves: a usage error in the last file sends nothing of the first."""
    from sidoba_client.assembly import assemble

    inputs = read_inputs(find_files(files), warn=terminal.notice, split_lines=False)
    parcels = list(assemble(inputs, model=_reference(model)))
    return [
        outbox.store(
            Target(*target, parcel.webservice),
            pack(parcel.content, parcel.media_type),
            sources=parcel.sources,
            platform=credentials.url,
            client_id=credentials.client_id,
        )
        for parcel in parcels
    ]


def _reference(model: str | None) -> ModelReference | None:
    """The version is the one named, else the latest of the installed catalogue."""
    if model is None:
        return None
    code, _, version = model.partition("@")
    if version and version != "derniere":
        return ModelReference(code, version)
    from sidoba_engine.catalogue import installed_catalogue

    from sidoba_client.model_choice import chosen_model

    found = chosen_model(model, installed_catalogue())
    return ModelReference(found.code, found.version)


def _open_entries(outbox: Outbox, credentials: Credentials, terminal: Terminal) -> list[Entry]:
    """What waits for this platform under this credential: a key belongs to the credential it was first sent with."""
    tell_unreadable(outbox, terminal)
    waiting = [entry for entry in outbox.entries() if entry.is_open]
    ours = [entry for entry in waiting if (entry.platform, entry.client_id) == (credentials.url, credentials.client_id)]
    if not ours:
        terminal.notice("Rien n'attend dans la boîte d'envoi.")
    if len(ours) < len(waiting):
        terminal.notice(
            f"{len(waiting) - len(ours)} envoi(s) d'un autre accès ou d'une autre plateforme attendent aussi"
            " (`sidoba status`) : reprenez-les sous cet accès."
        )
    return ours


def _show(shipments: list[Shipment], output: OutputFormat, terminal: Terminal) -> None:
    if output is OutputFormat.JSON:
        terminal.data(encode({"envois": [shipment.as_object() for shipment in shipments]}))
