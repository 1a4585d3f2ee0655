"""What an expression is evaluated in: the environment a caller gives, and the state of one evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.formats.fhir.path.nodes import Node, NodeTypes, system_value
from sidoba_engine.formats.fhir.path.outcome import EvaluationError, TooCostlyError

Items = Callable[[Any, "Run"], list[Any]]
"""A compiled expression: from what is looked at (an item, or a list of items) to its result."""

Truth = Callable[[Any, "Run"], bool | None]
"""A compiled expression read as a boolean; None is the empty collection."""

DEFAULT_BUDGET = 1_000_000
"""Steps of one evaluation; a step is an item looked at, or a character matched."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What lies around the node an expression is evaluated on.

    `resource` is the resource the node is in, `root_resource` the one that contains it when it is contained (the same
    otherwise). `resolve(reference)` gives the resource (JSON or Node) of a reference that is not a fragment, None when
    it points nowhere; it raises NotEvaluatedError when only a wider view could tell. `member_of(node, url)` and
    `conforms_to(node, url)` answer None when the value set or the profile is not held. `variables` are further
    `%names`.
    """

    types: NodeTypes
    resource: Node | None = None
    root_resource: Node | None = None
    resolve: Callable[[str], dict[str, Any] | Node | None] | None = None
    member_of: Callable[[Any, str], bool | None] | None = None
    conforms_to: Callable[[Node, str], bool | None] | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    budget: int = DEFAULT_BUDGET


class Run:
    """The state of one evaluation."""

    __slots__ = ("context", "environment", "index", "left", "memo", "total")

    def __init__(self, context: Any, environment: Environment) -> None:
        self.context = context
        self.environment = environment
        self.left = environment.budget
        self.index = 0
        self.total: list[Any] = []
        self.memo: dict[int, Any] = {}

    def spend(self, steps: int) -> None:
        """Count steps; raises TooCostlyError when none are left."""
        self.left -= steps
        if self.left < 0:
            raise TooCostlyError


def truth_of(items: list[Any]) -> bool | None:
    """A collection read as a boolean: its boolean, or True for one item of another type; raises EvaluationError."""
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationError("one boolean expected")
    value = system_value(items[0])
    if isinstance(value, bool):
        return value
    return None if value is None and items[0].type.kind == "boolean" else True


def single(items: list[Any]) -> Any:
    """The FHIRPath value of the only item, None for none; raises EvaluationError when there are several."""
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationError("one item expected")
    return system_value(items[0])


def single_text(items: list[Any]) -> str | None:
    """The only item as a text, None for none; raises EvaluationError for several or for another type."""
    return _single_of(items, str)


def single_integer(items: list[Any]) -> int | None:
    """The only item as an integer, None for none; raises EvaluationError for several or for another type."""
    return _single_of(items, int)


def _single_of(items: list[Any], wanted: type) -> Any:
    value = single(items)
    if value is not None and type(value) is not wanted:
        raise EvaluationError(f"{wanted.__name__} expected")
    return value


TRUE: list[Any] = [True]
FALSE: list[Any] = [False]
EMPTY: list[Any] = []


def as_items(truth: bool | None) -> list[Any]:
    """A truth as a collection; results are never changed in place."""
    if truth is None:
        return EMPTY
    return TRUE if truth else FALSE
