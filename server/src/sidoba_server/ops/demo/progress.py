"""The story as it is told: chapters, numbered steps, each call and what came back."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from sidoba_server.ops.terminal import Terminal, has_colour

_BOLD, _DIM, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"
_WIDTH = 118


@dataclass(slots=True)
class Progress:
    """Writes the story line by line. Times are those since the beginning, in seconds."""

    terminal: Terminal
    begun: float = field(default_factory=time.monotonic)
    steps: int = 0

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.begun

    def chapter(self, text: str) -> None:
        """A part of the story."""
        self.terminal.say()
        self._say(_BOLD, f"── {text} ")

    def step(self, text: str) -> None:
        """The next numbered step."""
        self.steps += 1
        self._say(_BOLD, f"{self.steps:>3}. {text}  [{self.seconds:.1f} s]")

    def call(self, method: str, address: str, status: int) -> None:
        """One call over HTTP and its answer."""
        self._say(_DIM, f"       → {method} {address}  {status}")

    def good(self, text: str) -> None:
        """Something went as it should."""
        self._say(_GREEN, f"       ✓ {text}")

    def bad(self, text: str) -> None:
        """Something was refused, as the story wants it."""
        self._say(_RED, f"       ✗ {text}")

    def detail(self, text: str) -> None:
        """A line of what came back, cut to the width of a page."""
        flat = " ".join(text.split())
        self.terminal.say(f"         {flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + '…'}")

    def _say(self, style: str, text: str) -> None:
        self.terminal.say(f"{style}{text}{_PLAIN}" if has_colour(sys.stdout) else text)
