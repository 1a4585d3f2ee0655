"""The parameters of one rule, read with care: a missing, unknown or misshapen one is a fault of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_engine.catalogue import CatalogueError, Rule

SHARED = frozenset({"contexte", "quand", "sauf", "personnel"})
"""Parameters any rule may have: where it applies, its conditions, and whether the values it shows are masked."""


class Parameters:
    """Reads `rule.parameters`; `close` complains of those nobody asked for."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._given: Mapping[str, Any] = rule.parameters
        self._read: set[str] = set(SHARED)

    def text(self, name: str, default: str | None = None) -> str:
        """One text; without default it is required."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self.fault(f"{name} is not a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; a single one may stand alone."""
        value = self._take(name, None)
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.fault(f"{name} is not a list of texts")
        return tuple(value)

    def mapping(self, name: str) -> Mapping[str, str]:
        """Texts by name."""
        value = self._take(name, None)
        if not isinstance(value, dict) or not value:
            raise self.fault(f"{name} is not a mapping")
        return {str(key): str(item) for key, item in value.items()}

    def number(self, name: str, default: int | None) -> int | None:
        """An integer, or the default."""
        value = self._take(name, default, required=False)
        if value is not None and not isinstance(value, int):
            raise self.fault(f"{name} is not an integer")
        return value

    def flag(self, name: str) -> bool:
        """True when the parameter is there and true."""
        value = self._take(name, False, required=False)
        if not isinstance(value, bool):
            raise self.fault(f"{name} is neither true nor false")
        return value

    def has(self, name: str) -> bool:
        """True when the rule gives that parameter."""
        return name in self._given

    def close(self) -> None:
        """Raise CatalogueError when a parameter was never read: a misspelt name must not be silently ignored."""
        if unread := sorted(self._given.keys() - self._read):
            raise self.fault(f"unknown parameters {', '.join(unread)}")

    def fault(self, detail: str) -> CatalogueError:
        """The error to raise, naming the rule."""
        return CatalogueError(f"rule {self._rule.id} ({self._rule.check}): {detail}")

    def _take(self, name: str, default: Any, *, required: bool = True) -> Any:
        self._read.add(name)
        if name not in self._given and default is None and required:
            raise self.fault(f"{name} is missing")
        return self._given.get(name, default)
