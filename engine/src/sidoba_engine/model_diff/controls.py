"""The controls of two models, compared by what they say: wording, message and help are not part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sidoba_engine.anomaly import Severity
from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.checks.controls import KINDS
from sidoba_engine.model_diff.changes import ControlChange, ControlsDiff
from sidoba_engine.model_diff.meaning import Form, meaning_of
from sidoba_engine.model_diff.outcomes import can_find_fault

_ROOTS = ("structure", "usager")
_ATTRIBUTES = ("id", "gravite", "quand", "expression", "entite")


@dataclass(frozen=True)
class _Said:
    """What one control says, under the target's names of keys."""

    control: Control
    expression: Form
    when: Form | None

    @property
    def entity(self) -> str:
        """The entity it runs on; empty for the root, whatever the level of the model calls it."""
        return "" if self.control.entity in _ROOTS else self.control.entity

    @property
    def is_blocking(self) -> bool:
        return str(self.control.data["gravite"]) == Severity.BLOCKING.value

    def says_the_same(self, other: _Said) -> bool:
        return (self.expression, self.when, self.entity) == (other.expression, other.when, other.entity)

    def implies(self, other: _Said) -> bool:
        """Data that this control finds right are never refused by the other."""
        return (
            self.is_blocking
            and (self.expression, self.entity) == (other.expression, other.entity)
            and (self.when is None or self.when == other.when)
        )

    def attribute(self, name: str) -> Any:
        """What is compared of this attribute."""
        match name:
            case "quand":
                return self.when
            case "expression":
                return self.expression
            case "entite":
                return self.entity
            case _:
                return self.control.data.get(name)


class ControlsComparison:
    """The comparison of the controls of two models; `renamed`: keys of the source → keys of the target."""

    def __init__(self, source: BusinessModel, target: BusinessModel, renamed: Mapping[str, str]) -> None:
        self._source = source
        self._target = target
        self._renamed = renamed

    def diff(self) -> ControlsDiff:
        """What is added, removed and changed, and which controls of the target may refuse what was right."""
        pairs = dict(self._pairs())
        changes: list[ControlChange] = []
        for before, after in pairs.items():
            changes += self._changes(self._before[before], self._after[after])
        return ControlsDiff(
            added=tuple(control for control in self._after if control not in pairs.values()),
            removed=tuple(control for control in self._before if control not in pairs),
            changed=tuple(changes),
            breaking=tuple(control for control, said in self._after.items() if self._breaks(said)),
        )

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """By id; of the others, those that say the same with the same weight, one to one."""
        yield from ((control, control) for control in self._before if control in self._after)
        others = [said for control, said in self._after.items() if control not in self._before]
        for control, said in self._before.items():
            if control in self._after:
                continue
            found = next((other for other in others if _are_one(said, other)), None)
            if found is not None:
                others.remove(found)
                yield control, found.control.id

    def _changes(self, before: _Said, after: _Said) -> Iterable[ControlChange]:
        breaks = self._breaks(after)
        for name in _ATTRIBUTES:
            if before.attribute(name) != after.attribute(name):
                written = [said.control.data.get(name) for said in (before, after)]
                yield ControlChange(before.control.id, name, written[0], written[1], breaks and name != "id")

    def _breaks(self, said: _Said) -> bool:
        """True when this control of the target may find fault with data that the source finds right."""
        if not said.is_blocking or any(former.implies(said) for former in self._before.values()):
            return False
        return can_find_fault(said.control.expression, said.control.when, missing=self._new_keys)

    @cached_property
    def _new_keys(self) -> frozenset[str]:
        """No data of the source hold them."""
        return frozenset(self._target.indicators) - {self._renamed.get(key, key) for key in self._source.indicators}

    @cached_property
    def _certain(self) -> frozenset[str]:
        """Required in both models: every payload that may be right holds them."""
        required = {self._renamed.get(key, key) for key, held in self._source.indicators.items() if held.required}
        return frozenset(key for key, held in self._target.indicators.items() if held.required and key in required)

    @cached_property
    def _before(self) -> dict[str, _Said]:
        return self._said(self._source, self._renamed)

    @cached_property
    def _after(self) -> dict[str, _Said]:
        return self._said(self._target, {})

    def _said(self, model: BusinessModel, renamed: Mapping[str, str]) -> dict[str, _Said]:
        kinds = {key: KINDS[indicator.type] for key, indicator in model.indicators.items()}

        def form(text: str) -> Form:
            return meaning_of(text, kinds, certain=self._certain, renamed=renamed)

        return {
            control.id: _Said(control, form(control.expression), form(control.when) if control.when else None)
            for control in model.controls
        }


def _are_one(said: _Said, other: _Said) -> bool:
    return said.says_the_same(other) and said.control.data["gravite"] == other.control.data["gravite"]
