"""The nearest known name, for the messages that suggest one."""

from __future__ import annotations

from collections.abc import Iterable

from sidoba_engine.checks.keys import NONE_NEAR, SEARCHED, nearest

LONGEST_NAME = 80


class Nearest:
    """Searches for one document: past a number of them another model was meant, and each costs."""

    def __init__(self) -> None:
        self._left = SEARCHED

    def __call__(self, name: str, known: Iterable[str]) -> str:
        """The known name that looks most like this one, or `NONE_NEAR`."""
        if self._left == 0 or len(name) > LONGEST_NAME:
            return NONE_NEAR
        self._left -= 1
        return nearest(name, known)
