"""One judgement under way: what the checks find on their walk, kept light until it is over.

Nothing is written out (path, line, text) while walking: a document without anomaly pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sidoba_engine.anomaly import Anomaly, mask
from sidoba_engine.catalogue import Rule
from sidoba_engine.facts import Environment
from sidoba_engine.formats.cda.names import local_name
from sidoba_engine.formats.cda.places import Places

Element = etree._Element


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the rule, where (element, and attribute in Clark notation), what was there."""

    rule: Rule
    element: Element
    attribute: str | None
    value: str | None
    expected: tuple[str, ...]
    facts: dict[str, Any]


@dataclass(slots=True)
class Run:
    """The state of one judgement. `memory` belongs to the rules that compare elements far apart, by rule id."""

    root: Element
    findings: list[Finding] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    visited: int = 0

    def report(
        self,
        rule: Rule,
        element: Element,
        *,
        attribute: str | None = None,
        value: str | None = None,
        expected: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        """Keep a finding. A missing attribute is placed on its element. `value` is masked when the rule is personal."""
        if value is not None and rule.parameters.get("personnel"):
            value = mask(value)
        if attribute is not None and element.get(attribute) is None:
            attribute = None
        self.findings.append(Finding(rule, element, attribute, value, tuple(expected), facts))

    def anomalies(self, places: Places, environment: Environment) -> list[Anomaly]:
        """Write the findings out, in document order."""
        wanted = [(item.element, item.attribute and local_name(item.attribute)) for item in self.findings]
        written = []
        for item, location in zip(self.findings, places.locations(wanted), strict=True):
            texts: dict[str, Any] = {"valeur": item.value or "", "attendu": ", ".join(item.expected)} | item.facts
            written.append(item.rule.anomaly(location, environment, value=item.value, expected=item.expected, **texts))
        return sorted(
            written, key=lambda anomaly: (anomaly.location.line or 0, anomaly.location.column or 0, anomaly.rule)
        )
