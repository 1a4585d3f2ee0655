"""One submission's journey as `sidoba send` tells it: delivered, followed, its verdict shown; what failed, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.failures import exit_code_of, problem_bytes, tell
from sidoba_client.cli.progress import queue_words, told
from sidoba_client.cli.run_report import run_lines
from sidoba_client.cli.terminal import Terminal, error, printable
from sidoba_client.delivery import ENDED_STATUSES, Delivery
from sidoba_client.errors import ApiError, ClientError, CredentialsRefused, Unreachable
from sidoba_client.outbox import Entry, EntryState
from sidoba_client.platform import Platform, Received
from sidoba_client.wire import Document, Receipt, Run


@dataclass(slots=True)
class Shipment:
    """What came of one entry; `documents` are the platform's objects, byte for byte."""

    entry: Entry
    exit_code: ExitCode = ExitCode.DONE
    run: Received[Run] | None = None
    documents: list[bytes] = field(default_factory=list)
    failure: ApiError | None = None

    def as_object(self) -> dict[str, Any]:
        """For `--format json`: the platform's own objects under `recu`, `traitement`, `documents`, `refus`."""
        written: dict[str, Any] = {
            "id": self.entry.id,
            "fichiers": self.entry.sources,
            "campagne": self.entry.campaign,
            "finess": self.entry.finess,
            "etat": self.entry.state.value,
        }
        if self.entry.receipt is not None:
            written["recu"] = msgspec.Raw(self.entry.receipt.encode())
        if self.run is not None:
            written["traitement"] = msgspec.Raw(self.run.raw)
        if self.run is not None and self.run.value.status in ENDED_STATUSES:
            written["documents"] = [msgspec.Raw(document) for document in self.documents]
        if self.failure is not None:
            written["refus"] = msgspec.Raw(problem_bytes(self.failure))
        return written


class Journey:
    """Carries entries one after the other; a failure of one is told, and does not stop the next."""

    def __init__(
        self,
        delivery: Delivery,
        platform: Platform,
        terminal: Terminal,
        *,
        as_text: bool,
        wait: bool,
        timeout_s: float | None,
    ) -> None:
        self._delivery = delivery
        self._platform = platform
        self._terminal = terminal
        self._as_text = as_text
        self._wait = wait
        self._timeout_s = timeout_s

    def carry_all(self, entries: list[Entry]) -> list[Shipment]:
        """Carry them in order. A platform that cannot be reached twice in a row, or does not know us, is left alone:
        the rest stays as it is in the outbox."""
        shipments: list[Shipment] = []
        failures = 0
        for position, entry in enumerate(entries):
            shipment = self.carry(entry)
            shipments.append(shipment)
            failures = failures + 1 if isinstance(shipment.failure, Unreachable) else 0
            remaining = len(entries) - position - 1
            if remaining and (failures == 2 or isinstance(shipment.failure, CredentialsRefused)):
                error(f"{remaining} autre(s) envoi(s) non tenté(s) : ils restent dans la boîte d'envoi.")
                return [*shipments, *(Shipment(left, shipment.exit_code) for left in entries[position + 1 :])]
        return shipments

    def carry(self, entry: Entry) -> Shipment:
        """Deliver if it waits, then follow (`--wait`) or, for one received before, ask once."""
        shipment = Shipment(entry)
        was_received = entry.state is EntryState.RECEIVED
        try:
            if not was_received:
                shipment.entry = self._delivery.deliver(entry)
            self._tell_receipt(shipment.entry, again=was_received)
            if self._wait:
                self._follow(shipment)
            elif was_received:
                shipment.entry, shipment.run = self._delivery.refresh(shipment.entry)
                self._conclude(shipment)
        except ApiError as failure:
            self._tell_failure(shipment, failure)
        except ClientError as failure:
            error(f"{_name(entry)} : {failure}")
            shipment.exit_code = exit_code_of(failure)
        return shipment

    def _follow(self, shipment: Shipment) -> None:
        with told(_name(shipment.entry), self._terminal) as progress:
            shipment.entry, shipment.run = self._delivery.follow(
                shipment.entry, progress=progress, deadline_s=self._timeout_s
            )
        self._conclude(shipment)

    def _conclude(self, shipment: Shipment) -> None:
        run = shipment.run
        if run is None:
            return
        if run.value.status in ENDED_STATUSES:
            shipment.documents = list(self._platform.documents(run.value.id))
        shipment.exit_code = exit_code_of_run(run.value)
        documents = [msgspec.json.decode(document, type=Document) for document in shipment.documents]
        self._show(run_lines(run.value, documents))

    def _tell_receipt(self, entry: Entry, *, again: bool) -> None:
        if entry.receipt is None:
            return
        receipt = msgspec.json.decode(entry.receipt, type=Receipt)
        acknowledged = receipt.acknowledgement
        self._show(
            [
                f"{_name(entry)} : {'déjà reçu' if again else 'reçu'} le {acknowledged.received_at}",
                f"  accusé      {acknowledged.id} ({acknowledged.size} octets, {acknowledged.digest[:19]}…)",
                f"  traitement  {', '.join([receipt.run.id, *([] if again else queue_words(receipt.queue))])}",
                f"  collecte    {receipt.filing.id}",
            ]
        )

    def _tell_failure(self, shipment: Shipment, failure: ApiError) -> None:
        shipment.exit_code = exit_code_of(failure)
        shipment.failure = failure
        error(f"{_name(shipment.entry)} :")
        tell(failure)
        self._reread(shipment)

    def _reread(self, shipment: Shipment) -> None:
        """Say where the entry stands now, which is what the person must know first."""
        shipment.entry = self._delivery.current(shipment.entry)
        match shipment.entry.state:
            case EntryState.WAITING:
                self._terminal.notice(
                    "L'envoi est gardé dans la boîte d'envoi ; `sidoba send --resume` le renverra sous la même clé."
                )
            case EntryState.RECEIVED:
                self._terminal.notice(
                    f"L'envoi est reçu et son traitement continue : `sidoba status {shipment.entry.run_id}`."
                )
            case _:
                pass

    def _show(self, lines: Iterable[str]) -> None:
        if self._as_text:
            self._terminal.text("\n".join(lines))


def exit_code_of_run(run: Run) -> ExitCode:
    """0 when nothing was refused, 1 when something was or the run was cancelled, 3 when the platform failed."""
    if run.status == "echoue":
        return ExitCode.OUT_OF_REACH
    if run.status == "annule" or (run.tally is not None and run.tally.refused):
        return ExitCode.REFUSED
    return ExitCode.DONE


def exit_code_of_all(shipments: list[Shipment]) -> ExitCode:
    """The one to act on first: usage, not allowed, refused, out of reach."""
    codes = {shipment.exit_code for shipment in shipments}
    order = (ExitCode.WRONG_USAGE, ExitCode.NOT_ALLOWED, ExitCode.REFUSED, ExitCode.OUT_OF_REACH)
    return next((code for code in order if code in codes), ExitCode.DONE)


def _name(entry: Entry) -> str:
    first = entry.sources[0] if entry.sources else entry.id
    more = len(entry.sources) - 1
    return printable(first) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
