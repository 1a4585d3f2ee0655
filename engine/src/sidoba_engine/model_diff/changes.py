"""What differs between two business models: `ecart` of the API contract (§4), before it is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sidoba_engine.business_model import BusinessModel


@dataclass(frozen=True, slots=True)
class Addition:
    """A key that only the target has."""

    key: str
    required: bool


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute of one key (or, for `cardinalite`, of one entity).

    `breaks`: a value that was right before may be refused, or misread, after. For the attribute `valeurs`, `before` and
    `after` hold only the codes that are not the same: taken out (or with another label) and brought in.
    """

    key: str
    attribute: str
    before: Any
    after: Any
    breaks: bool


@dataclass(frozen=True, slots=True)
class Rename:
    """A key of the source that the target has under another name, and what tells so (French)."""

    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class ControlChange:
    """What a control says, or how much it weighs, is not the same; `id` is its name in the source."""

    id: str
    attribute: str
    before: Any
    after: Any
    breaks: bool


@dataclass(frozen=True, slots=True)
class ControlsDiff:
    """The controls of one model only, by id, and those that are not the same in both.

    `breaking` names the controls of the target, new ones included, that may refuse data right for the source.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[ControlChange, ...] = ()
    breaking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDiff:
    """The gap from `source` to `target`.

    `compatible`: whatever is conformant to the source can be sent to the target as it is. `changes` name a renamed key
    as the source does. `migration` is the JSON Patch (RFC 6902) that makes the target out of the source.
    """

    source: BusinessModel
    target: BusinessModel
    compatible: bool
    additions: tuple[Addition, ...]
    removals: tuple[str, ...]
    renames: tuple[Rename, ...]
    changes: tuple[AttributeChange, ...]
    controls: ControlsDiff
    migration: tuple[Mapping[str, Any], ...]

    @property
    def is_empty(self) -> bool:
        """True when both say exactly the same."""
        return not self.migration
