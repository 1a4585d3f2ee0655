"""`sidoba status`: the outbox as last known, or a processing run or filing as the platform knows it (WS06)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Quiet, terminal_of
from sidoba_client.cli.terminal import OutputFormat, Terminal, printable
from sidoba_client.outbox import Entry, EntryState, Outbox
from sidoba_client.private_files import state_folder

app = command_app()

STATES = {
    EntryState.WAITING: "à envoyer",
    EntryState.RECEIVED: "reçu",
    EntryState.ENDED: "terminé",
    EntryState.REFUSED: "refusé",
}


@app.command(cls=FrenchCommand, help="Montre la boîte d'envoi, ou l'état d'un traitement ou d'une collecte.")
def status(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Identifiant d'un envoi, d'un traitement ou d'une collecte.")
    ] = None,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Without ID nothing is asked of the platform: it works offline."""
    terminal = terminal_of(context, quiet=quiet)
    outbox = Outbox(state_folder())
    if name is not None:
        from sidoba_client.cli.remote_status import show

        return show(name, outbox=outbox, output=output, terminal=terminal)
    outbox.sweep()
    entries = outbox.entries()
    tell_unreadable(outbox, terminal)
    if output is OutputFormat.JSON:
        terminal.data(encode({"envois": [entry_object(entry) for entry in entries]}))
    else:
        terminal.text("\n".join(_lines(entries, terminal)))
    return ExitCode.DONE


def entry_object(entry: Entry) -> dict[str, Any]:
    """An entry of the outbox, for a machine."""
    written = {
        "id": entry.id,
        "fichiers": entry.sources,
        "plateforme": entry.platform,
        "campagne": entry.campaign,
        "finess": entry.finess,
        "webservice": entry.webservice,
        "etat": entry.state.value,
        "depose_le": entry.stored_at,
        "tentatives": entry.attempts,
        "octets": entry.size,
        "empreinte": f"sha256:{entry.digest}",
        "traitement": entry.run_id,
        "collecte": entry.filing_id,
        "statut_traitement": entry.outcome,
        "refus": entry.refusal_code,
        "detail": entry.refusal_detail,
        "recu": msgspec.Raw(entry.receipt.encode()) if entry.receipt is not None else None,
    }
    return {name: value for name, value in written.items() if value is not None}


def tell_unreadable(outbox: Outbox, terminal: Terminal) -> None:
    """An entry that cannot be read is never passed over in silence."""
    for path in outbox.unreadable():
        terminal.notice(f"{path} est illisible : cet envoi a été laissé en place, avec son contenu.")


def _lines(entries: list[Entry], terminal: Terminal) -> Iterator[str]:
    if not entries:
        yield "La boîte d'envoi est vide."
        return
    for entry in entries:
        yield printable(f"{entry.id}  {STATES[entry.state]}  {entry.stored_at}  {_what(entry)}")
        if entry.run_id:
            known = f", {entry.outcome}" if entry.outcome else ""
            yield printable(f"  traitement {entry.run_id}{known}")
        if entry.refusal_detail:
            yield printable(f"  {entry.refusal_detail} [{entry.refusal_code}]")
    waiting = sum(entry.state is EntryState.WAITING for entry in entries)
    if waiting:
        yield f"{waiting} envoi(s) à faire partir : `sidoba send --resume`."


def _what(entry: Entry) -> str:
    first = entry.sources[0] if entry.sources else "-"
    more = f" (+{len(entry.sources) - 1})" if len(entry.sources) > 1 else ""
    return f"{entry.campaign} {entry.finess} {entry.webservice}  {first}{more}"
