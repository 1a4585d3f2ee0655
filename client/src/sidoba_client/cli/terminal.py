"""Writing to the person: results on standard output, everything else on standard error, colour on a terminal only.

What comes from a document or from the network is shown without its control characters: a value cannot drive a terminal.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum

import typer


class OutputFormat(StrEnum):
    """Formats of a result that is not a verdict."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """Formats of a verdict."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


@dataclass(slots=True)
class Terminal:
    """Where a command writes. `quiet` keeps results in a machine's format and errors, nothing else."""

    quiet: bool = False

    def text(self, text: str = "", *, beside: bool = False) -> None:
        """A result for a person; `beside` the result itself, on standard error, when that one is a file."""
        if not self.quiet:
            stream = sys.stderr if beside else sys.stdout
            typer.echo(text, err=beside, color=has_colour(stream.isatty()))

    def data(self, content: bytes) -> None:
        """A result for a machine: these bytes and an end of line."""
        sys.stdout.buffer.write(content + b"\n")
        sys.stdout.flush()

    def notice(self, text: str) -> None:
        """Something worth knowing that is not the result."""
        if not self.quiet:
            typer.echo(printable(text), err=True)

    @property
    def shows_progress(self) -> bool:
        """Progress bars: on a terminal, unless quiet."""
        return not self.quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def error(text: str) -> None:
    """What went wrong, whatever the verbosity."""
    label = typer.style("Erreur", fg="red", bold=True)
    typer.echo(f"{label} : {printable(text)}", err=True, color=has_colour(sys.stderr.isatty()))


def has_colour(is_terminal: bool) -> bool:
    """Colour on a terminal, unless NO_COLOR (no-color.org) or a dumb terminal says otherwise."""
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """The text without control characters: `\\x1b` and its like become `�`; line ends and tabs become spaces."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return character if character.isprintable() or character in "\u00a0\u202f" else "�"
