"""`sidoba status ID`: what the platform knows of a processing run or a filing."""

from __future__ import annotations

import msgspec
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.connection import opened_platform, problems_as
from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.run_report import filing_lines, run_lines
from sidoba_client.cli.terminal import OutputFormat, Terminal
from sidoba_client.delivery import ENDED_STATUSES, Delivery
from sidoba_client.errors import NotFound, UsageProblem
from sidoba_client.outbox import Outbox
from sidoba_client.platform import Platform, Received
from sidoba_client.wire import Document, Run


def show(name: str, *, outbox: Outbox, output: OutputFormat, terminal: Terminal) -> int:
    """Show the run or the filing of that id; the id of an entry of the outbox stands for its run."""
    entry = outbox.find(name)
    if entry is not None and entry.run_id is None:
        raise UsageProblem(f"L'envoi {entry.id} n'est pas encore parti : `sidoba send --resume`.")
    with problems_as(output, terminal), opened_platform(terminal) as (platform, _):
        try:
            run = platform.run(entry.run_id if entry is not None and entry.run_id else name)
        except NotFound:
            return _show_filing(name, platform, output=output, terminal=terminal)
        if entry is not None and entry.is_open:
            Delivery(outbox, platform).note(entry, run.value)
        return _show_run(run, platform, output=output, terminal=terminal)


def _show_run(run: Received[Run], platform: Platform, *, output: OutputFormat, terminal: Terminal) -> int:
    documents = list(platform.documents(run.value.id)) if run.value.status in ENDED_STATUSES else []
    if output is OutputFormat.JSON:
        written = {"traitement": msgspec.Raw(run.raw), "documents": [msgspec.Raw(document) for document in documents]}
        terminal.data(encode(written))
    else:
        read = [msgspec.json.decode(document, type=Document) for document in documents]
        terminal.text("\n".join(run_lines(run.value, read)))
    return ExitCode.DONE


def _show_filing(name: str, platform: Platform, *, output: OutputFormat, terminal: Terminal) -> int:
    filing = platform.filing(name)
    if output is OutputFormat.JSON:
        terminal.data(encode({"collecte": msgspec.Raw(filing.raw)}))
    else:
        terminal.text("\n".join(filing_lines(filing.value)))
    return ExitCode.DONE
