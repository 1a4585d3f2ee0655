"""Ctrl-C, SIGTERM and a closed terminal all end a command the same way: in order, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The command was told to stop. Not an Exception: nothing but the command itself may catch it."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block the first signal raises Interrupted in the main thread; the next ones change nothing."""
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, handler)


def wait_for_ever() -> None:
    """Wait for a signal."""
    while True:
        signal.pause()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted
