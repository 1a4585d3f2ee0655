"""How an expression can end otherwise than with a result: the four causes are kept apart, none is a silent pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ExpressionSyntaxError(ValueError):
    """A text that is not FHIRPath: `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (character {position + 1})")
        self.position = position


class EvaluationError(Exception):
    """The expression does not apply to this resource: several items where one is expected, or the wrong type."""


class NotEvaluatedError(Exception):
    """The engine cannot tell: `what` names the function, the variable or the value set that is out of its reach."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what}: {detail}" if detail else what)
        self.what = what
        self.detail = detail


class TooCostlyError(Exception):
    """The expression needs more steps on this resource than its budget allows."""


class State(Enum):
    """How a constraint ended."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_EVALUATED = "not evaluated"
    ERROR = "error"
    TOO_COSTLY = "too costly"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a constraint; `what` names the cause of a constraint that was not evaluated."""

    state: State
    what: str = ""


HOLDS = Outcome(State.HOLDS)
FAILS = Outcome(State.FAILS)
