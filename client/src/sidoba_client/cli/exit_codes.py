"""The exit codes of `sidoba` (API contract, §3). A number is never used again for something else."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the caller's script learns."""

    DONE = 0
    """Conformant (warnings included), accepted, or simply done."""
    REFUSED = 1
    """A document is not conformant or cannot be read; the platform refused the request."""
    WRONG_USAGE = 2
    """The command, a file or a setting is wrong; nothing was judged or sent."""
    OUT_OF_REACH = 3
    """The platform cannot be reached, is busy or failed: try again later, the outbox keeps what was to be sent."""
    NOT_ALLOWED = 4
    """The credential is refused, or has no right to this."""
    INTERNAL_FAULT = 70
    """The command itself failed: a fault of ours (number of BSD's EX_SOFTWARE)."""
    INTERRUPTED = 130
    """Stopped from the keyboard (128 + SIGINT)."""
