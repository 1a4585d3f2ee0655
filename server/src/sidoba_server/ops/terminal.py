"""What the commands write to the operator: facts on standard output, troubles on standard error. In French."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import IO


@dataclass(slots=True)
class Terminal:
    """Where a command writes. `quiet` keeps troubles and nothing else."""

    quiet: bool = False

    def say(self, text: str = "") -> None:
        """One line of what is being done."""
        if not self.quiet:
            print(text, flush=True)


def complain(text: str) -> None:
    """What went wrong and how to go on, whatever the verbosity."""
    print(f"Erreur : {text}", file=sys.stderr, flush=True)


def has_colour(stream: IO[str]) -> bool:
    """Colour on a terminal, unless NO_COLOR (no-color.org) or a dumb terminal says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def unbreakable_streams() -> None:
    """A console that cannot show a character shows another one: never a crash over an accent."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
