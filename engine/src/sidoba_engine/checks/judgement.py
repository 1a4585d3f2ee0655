"""The judgement of one key-value payload while it runs: where anomalies are built, placed and masked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sidoba_engine.anomaly import Anomaly, Findings, Fix, RuleNotRun, Severity, mask
from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.checks.value_fault import Replacement, ValueFault, shown
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_text import JsonText

MAX_KEY_LENGTH = 200
"""A longer name (or one with control characters) is placed on its object: no screen or database takes such a path."""


TOO_MANY = "R-KV-037"


class TooManyAnomalies(Exception):
    """The payload has as many anomalies as are listed: the judgement ends there, in bounded time and memory."""


@dataclass(slots=True)
class Judgement:
    """What all the checks of one payload share. `most` is how many of its anomalies are listed."""

    json: JsonText
    catalogue: Catalogue
    facts: Facts
    findings: Findings = field(default_factory=Findings)
    most: int = field(init=False)

    def __post_init__(self) -> None:
        self.most = int(self.catalogue.rules[TOO_MANY].parameters["anomalies"])

    def report(
        self,
        rule: str | Rule,
        pointer: str,
        *,
        at_key: bool = False,
        value: str | None = None,
        expected: Iterable[str] = (),
        fix: Fix | None = None,
        **facts: object,
    ) -> Anomaly:
        """Add the anomaly of this rule at this place (the key rather than its value when `at_key`).

        Raises TooManyAnomalies, which `stop` answers.
        """
        if len(self.findings.anomalies) >= self.most:
            raise TooManyAnomalies
        location = self.json.locate_key(pointer) if at_key else self.json.locate(pointer)
        stated = rule if isinstance(rule, Rule) else self.catalogue.rules[rule]
        anomaly = stated.anomaly(location, self.facts.environment, value=value, expected=expected, fix=fix, **facts)
        self.findings.anomalies.append(anomaly)
        return anomaly

    def stop(self, pointer: str) -> None:
        """R-KV-037, after the last anomaly that is listed."""
        rule = self.catalogue.rules[TOO_MANY]
        self.findings.anomalies.append(
            rule.anomaly(self.json.locate(pointer), self.facts.environment, limite=self.most)
        )

    def report_value(self, fault: ValueFault, indicator: Indicator, pointer: str, value: object) -> bool:
        """Add the anomaly of a faulty value; False when the value stands all the same (nothing blocking)."""
        quoted = mask(shown(value)) if indicator.personal else shown(value)
        anomaly = self.report(
            fault.rule,
            pointer,
            value=quoted,
            expected=fault.expected,
            fix=None if indicator.personal else replacement_fix(pointer, fault.replacement),
            cle=indicator.key,
            valeur=quoted,
            **fault.facts,
        )
        return anomaly.severity is Severity.BLOCKING

    def skip(self, rule: str, reason: str, detail: str) -> None:
        """Note that a rule was not run, and why."""
        self.findings.not_run.append(RuleNotRun(rule, reason, detail))


def replacement_fix(pointer: str, replacement: Replacement | None) -> Fix | None:
    """The correction that writes this value in place of the received one."""
    if replacement is None:
        return None
    operation: dict[str, object] = {"op": "replace", "path": pointer, "value": replacement.value}
    return Fix((operation,), replacement.certain)


def child_pointer(parent: str, name: str) -> str:
    """The JSON Pointer of a member (RFC 6901); that of the parent when the name cannot stand in a path."""
    if len(name) > MAX_KEY_LENGTH or not name.isprintable():
        return parent
    return f"{parent}/{name.replace('~', '~0').replace('/', '~1')}"
