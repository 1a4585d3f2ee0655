"""What the commands answer to the shell."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """0 done, 1 refused or not possible now, 2 wrong usage or setting, 130 interrupted before the end."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    INTERRUPTED = 130


class Refused(Exception):
    """A command cannot do what was asked: the message, in French, says why and how to go on."""

    exit_code: ClassVar[ExitCode] = ExitCode.REFUSED


class Misused(Refused):
    """The arguments do not hold together."""

    exit_code = ExitCode.USAGE
