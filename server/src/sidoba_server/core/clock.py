"""The only clock. Everything else asks it, so that tests (and later the sandbox) can fix the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen.get() or datetime.now(UTC)  # noqa: TID251 (this is the clock)


def today_in_paris() -> date:
    """The present day where campaigns open and close."""
    return now().astimezone(PARIS).date()


@contextmanager
def frozen_at(instant: datetime) -> Iterator[None]:
    """Hold the time at `instant` within the block (tests)."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)


def wire(instant: datetime) -> str:
    """An instant as the contract writes it: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
