"""One judgement under way: what the compiled checks find, kept light until it is over.

A faultless resource pays nothing for places: each check gives None, or a list of findings whose steps its callers
complete on the way back. Paths, lines and texts are written afterwards, by `checking`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import RuleNotRun
from sidoba_engine.formats.fhir.path import Environment

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.references import ResourceIndex

Step = str | int
Node = dict[str, Any]


@dataclass(slots=True)
class Finding:
    """What one check found. `steps` lead to the place, the innermost first; `value` is ready to be shown."""

    rule: str
    steps: list[Step]
    value: str | None
    expected: tuple[str, ...]
    facts: dict[str, Any]
    at_key: bool = False


Found = list[Finding] | None


@dataclass(slots=True)
class Run:
    """The state of one judgement.

    `resource` is the resource being walked, `container` the one that holds its `contained`. `index` knows the other
    resources of the bundle; None for a resource judged alone. `most` is how many findings are kept. A `quiet` run only
    asks whether a resource conforms: references are not followed further. `searches` is for how many unknown names the
    nearest known one is still searched, `memory` whether a resource (by `id()`) follows a profile.
    """

    most: int
    index: ResourceIndex | None = None
    is_quiet: bool = False
    resource: Node = field(default_factory=dict)
    container: Node = field(default_factory=dict)
    root: Node = field(default_factory=dict)
    count: int = 0
    searches: int = 50
    memory: dict[tuple[int, str], bool] = field(default_factory=dict)
    contained: dict[str, Node] = field(default_factory=dict)
    contained_of: Node | None = None
    environment: Environment | None = None
    environment_of: Node | None = None
    unheld: dict[str, None] = field(default_factory=dict)
    not_run: dict[RuleNotRun, None] = field(default_factory=dict)

    def report(
        self,
        rule: str,
        *steps: Step,
        value: str | None = None,
        expected: Iterable[str] = (),
        at_key: bool = False,
        **facts: Any,
    ) -> list[Finding]:
        """A finding at the place told by `steps` from the value being checked, outermost first.

        Beyond `most`, findings are only counted.
        """
        self.count += 1
        if self.count > self.most:
            return []
        return [Finding(rule, list(reversed(steps)), value, tuple(expected), facts, at_key)]

    def skip(self, rule: str, reason: str, detail: str) -> None:
        """Note that a rule was not run, once per detail."""
        self.not_run[RuleNotRun(rule, reason, detail)] = None


def joined(found: Found, more: Found) -> Found:
    """Both lists in one; None when there is nothing."""
    if not more:
        return found
    if not found:
        return more
    found.extend(more)
    return found


def at(found: Found, step: Step) -> Found:
    """The same findings, seen from the object or list that holds the value."""
    if found:
        for finding in found:
            finding.steps.append(step)
    return found
