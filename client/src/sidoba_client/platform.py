"""The platform as a library sees it: one method per question, typed answers, raw bytes where they are handed on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from sidoba_client import protocol
from sidoba_client.protocol import Body, Request, Target
from sidoba_client.transport import Transport
from sidoba_client.wire import Access, Campaign, Filing, Page, Receipt, Run

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Received(Generic[T]):
    """An object as read, and the bytes it came as. `retry_after_s` is the hint for asking again."""

    value: T
    raw: bytes
    retry_after_s: float | None = None


class Platform:
    """The webservices, over one transport. Every method may raise an ApiError (see `errors`)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def access(self) -> Received[Access]:
        """`/moi`: what this credential may do, for whom, until when."""
        return self._ask(protocol.access_request(), Access)

    def campaigns(
        self, *, finess: str | None = None, report_type: str | None = None, status: str = "ouverte"
    ) -> list[Received[Campaign]]:
        """WS01, all pages."""

        def page(after: str | None) -> Request:
            return protocol.campaigns_request(status=status, finess=finess, report_type=report_type, after=after)

        return [Received(msgspec.json.decode(raw, type=Campaign), raw) for raw in self._elements(page)]

    def submit(self, target: Target, body: Body, *, key: str) -> Received[Receipt]:
        """WS05 or WS07. The receipt is checked against the bytes sent."""
        answer = self._transport.send(protocol.submission_request(target, body, key=key))
        receipt = protocol.read_receipt(answer, body)
        return Received(receipt, answer.body, protocol.retry_after(answer.headers, now=time.time()))

    def run(self, run_id: str) -> Received[Run]:
        """WS06: one processing run."""
        return self._ask(protocol.run_request(run_id), Run)

    def documents(self, run_id: str) -> Iterator[bytes]:
        """WS06: the documents of a run, each exactly as the platform wrote it."""
        return self._elements(lambda after: protocol.documents_request(run_id, after=after))

    def filing(self, filing_id: str) -> Received[Filing]:
        """WS06: one filing."""
        return self._ask(protocol.filing_request(filing_id), Filing)

    def filing_of(self, campaign: str, finess: str) -> Received[Filing]:
        """WS06: the filing of an establishment in a campaign."""
        return self._ask(protocol.filing_of_request(campaign, finess), Filing)

    def model(self, code: str, version: str, *, media_type: str = protocol.JSON) -> bytes:
        """WS02: a published model in one of its forms, exactly as the platform wrote it."""
        return bytes(self._ask(protocol.model_request(code, version, media_type=media_type), msgspec.Raw).raw)

    def model_diff(self, command: bytes) -> bytes:
        """WS04: the gap between two models."""
        return self._ask(protocol.diff_request(command), msgspec.Raw).raw

    def _ask(self, request: Request, expected: type[T]) -> Received[T]:
        answer = self._transport.send(request)
        hint = protocol.retry_after(answer.headers, now=time.time())
        return Received(protocol.read(answer, expected), answer.body, hint)

    def _elements(self, page_request: Callable[[str | None], Request]) -> Iterator[bytes]:
        after: str | None = None
        while True:
            page = protocol.read(self._transport.send(page_request(after)), Page)
            yield from (bytes(element) for element in page.elements)
            following = protocol.next_cursor(page)
            if following is None or following == after:
                return
            after = following
