"""How a function is declared: its name, how many arguments it takes, and what compiles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sidoba_engine.formats.fhir.path.evaluation import Items, Run, Truth
from sidoba_engine.formats.fhir.path.syntax import Expression


class Builder(Protocol):
    """What a function may ask of the compiler for its arguments."""

    def items(self, expression: Expression) -> Items:
        """The closure that gives a collection."""

    def truth(self, expression: Expression) -> Truth:
        """The closure that gives true, false or None."""

    def looped_items(self, expression: Expression) -> Items:
        """The same as `items`, for an argument evaluated once per item."""

    def looped_truth(self, expression: Expression) -> Truth:
        """The same as `truth`, for an argument evaluated once per item."""


BuildItems = Callable[[Builder, Items, tuple[Expression, ...]], Items]
BuildTruth = Callable[[Builder, Items, tuple[Expression, ...]], Truth]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: between `least` and `most` arguments; one of `build_items` and `build_truth` is given."""

    least: int
    most: int
    build_items: BuildItems | None = None
    build_truth: BuildTruth | None = None


class Family:
    """The functions of one module, declared by decorators under their FHIRPath name."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def values(self, name: str, least: int = 0, most: int | None = None) -> Callable[[Any], Any]:
        """Declare `function(items, run, *collections) -> items`: arguments are evaluated before it is called."""

        def declare(function: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
            def build(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Items:
                return _call(function, source, [builder.items(argument) for argument in arguments])

            self.functions[name] = Function(least, least if most is None else most, build_items=build)
            return function

        return declare

    def truths(self, name: str, least: int = 0, most: int | None = None) -> Callable[[Any], Any]:
        """Declare `function(items, run, *collections) -> bool | None`."""

        def declare(function: Callable[..., bool | None]) -> Callable[..., bool | None]:
            def build(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
                return _call(function, source, [builder.items(argument) for argument in arguments])

            self.functions[name] = Function(least, least if most is None else most, build_truth=build)
            return function

        return declare

    def compiled(self, name: str, least: int = 0, most: int | None = None) -> Callable[[BuildItems], BuildItems]:
        """Declare a function that compiles its own arguments and gives a collection."""

        def declare(build: BuildItems) -> BuildItems:
            self.functions[name] = Function(least, least if most is None else most, build_items=build)
            return build

        return declare

    def compiled_truth(self, name: str, least: int = 0, most: int | None = None) -> Callable[[BuildTruth], BuildTruth]:
        """Declare a function that compiles its own arguments and gives true, false or None."""

        def declare(build: BuildTruth) -> BuildTruth:
            self.functions[name] = Function(least, least if most is None else most, build_truth=build)
            return build

        return declare


def _call(function: Callable[..., Any], source: Items, arguments: list[Items]) -> Any:
    """The closure of a function whose arguments are collections, specialised by their number."""
    if not arguments:
        return lambda this, run: function(source(this, run), run)
    if len(arguments) == 1:
        only = arguments[0]
        return lambda this, run: function(source(this, run), run, only(this, run))

    def call(this: Any, run: Run) -> Any:
        return function(source(this, run), run, *[argument(this, run) for argument in arguments])

    return call
