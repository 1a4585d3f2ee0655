"""One judgement under way: what the checks find on their walk, kept light until it is over.

Nothing is written out (path, line, text) while walking: a document without anomaly pays nothing for it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from sidoba_engine.anomaly import Anomaly, Fix, mask
from sidoba_engine.catalogue import Rule
from sidoba_engine.facts import Environment
from sidoba_engine.formats.cda.names import local_name
from sidoba_engine.formats.cda.places import Places

Element = etree._Element


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the rule, where (element, and attribute in Clark notation), what was there.

    `context` is the element the rule was looking at, `element` the one at fault: itself, or one it leads to. The
    attribute may be missing.
    """

    rule: Rule
    context: Element
    element: Element
    attribute: str | None
    value: str | None
    expected: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def shown_attribute(self) -> str | None:
        """The attribute as paths name it; None when it is missing, and its element is shown instead."""
        if self.attribute is None or self.element.get(self.attribute) is None:
            return None
        return local_name(self.attribute)


_CODE = re.compile(r"\s{0,3}[A-Za-z0-9:._/+;=,^#-]{0,80}\s{0,3}")
_LABELS = frozenset({"displayName", "codeSystemName", "mediaType"})
_LONGEST_LABEL = 120


def _showable(value: str, attribute: str | None) -> str:
    """A value as a message may show it: a code or a label; anything else may be a free text, and is masked."""
    if attribute in _LABELS:
        return value if len(value) <= _LONGEST_LABEL else value[:_LONGEST_LABEL] + "…"
    return value if _CODE.fullmatch(value) else mask(value)


FixOf = Callable[[Finding, str], Fix | None]


Trail = Callable[[Element], str | None]


def _no_trail(_element: Element) -> str | None:
    return None


def _no_fix(_finding: Finding, _path: str) -> Fix | None:
    return None


class TooManyFindingsError(Exception):
    """Raised by `Run.report` when the run holds all the findings it may: what follows is not looked for."""


@dataclass(slots=True)
class Run:
    """The state of one judgement. `memory` belongs to the rules that compare elements far apart, by rule id.

    `identifiers` are the XML identifiers (ID) met by the content model. `last` holds what can be told only once the
    whole document was seen (uniqueness, references): run after the walk.
    """

    root: Element
    most: int = sys.maxsize
    findings: list[Finding] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=set)
    last: list[Callable[[], None]] = field(default_factory=list)
    visited: int = 0

    def report(
        self,
        rule: Rule,
        element: Element,
        *,
        context: Element | None = None,
        attribute: str | None = None,
        value: str | None = None,
        expected: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        """Keep a finding. A missing attribute is placed on its element.

        `value` is masked when the rule is personal, or when it is no code.
        `context` is given when the element at fault is not the one the rule was looking at. Raises
        TooManyFindingsError.
        """
        if len(self.findings) >= self.most:
            raise TooManyFindingsError
        if value is not None:
            value = mask(value) if rule.parameters.get("personnel") else _showable(value, attribute)
        self.findings.append(
            Finding(rule, element if context is None else context, element, attribute, value, tuple(expected), facts)
        )

    def anomalies(
        self, places: Places, environment: Environment, *, fix_of: FixOf = _no_fix, trails: Trail = _no_trail
    ) -> list[Anomaly]:
        """Write the findings out, in document order.

        `fix_of` gives the correction of one, told its path; `trails` the place of an element in words.
        """
        wanted = [(item.element, item.shown_attribute) for item in self.findings]
        written = []
        for item, location in zip(self.findings, places.locations(wanted), strict=True):
            texts: dict[str, Any] = {
                "valeur": item.value or "",
                "recu": "rien" if item.value is None else f"« {item.value} »",
                "attendu": ", ".join(item.expected),
            } | item.facts
            fix, place = fix_of(item, location.path), replace(location, trail=trails(item.element))
            written.append(
                item.rule.anomaly(place, environment, value=item.value, expected=item.expected, fix=fix, **texts)
            )
        return sorted(
            written, key=lambda anomaly: (anomaly.location.line or 0, anomaly.location.column or 0, anomaly.rule)
        )
