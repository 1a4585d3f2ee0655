"""Documents written for a former state of the guide: one clear message instead of one per withdrawn code (R-ENV-026).

Software is not updated the day a value set changes. Such a document breaks the same few rules at dozens of places, for
one single reason. A finding is explained by a former state when it is about a value set and

- the element carries a couple (code, code system) that the set has withdrawn, or
- an evaluation lacks variables of the set as it stands, and holds each of those of a former state once.

Everything else stays: a code that no state ever had is a fault of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sidoba_engine.anomaly import mask
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.names import hl7
from sidoba_engine.formats.cda.run import Element, Finding
from sidoba_engine.value_set import Couple, ValueSet

FORMER_STATE = "R-ENV-026"
_LISTED = 10
_COMPONENT_CODES = hl7("entryRelationship", "observation", "code")


def merge_former_codes(findings: Sequence[Finding], catalogue: Catalogue) -> list[Finding]:
    """The findings, those that a former state explains replaced by one at the place of the first of them.

    A rule says its value sets in `jeu` or `jeux`, names of the catalogue. Linear in the findings and what they hold.
    """
    withdrawn = [(rank, found) for rank, item in enumerate(findings) if (found := _outdated_set(item, catalogue))]
    if not withdrawn:
        return list(findings)
    merged = {rank for rank, _ in withdrawn} | {
        rank for rank, item in enumerate(findings) if _is_complete_as_before(item, catalogue)
    }
    kept: list[Finding] = [item for rank, item in enumerate(findings) if rank not in merged]
    first = withdrawn[0][0]
    place = sum(1 for rank in range(first) if rank not in merged)
    kept.insert(place, _summary([(findings[rank], found) for rank, found in withdrawn], catalogue.rules[FORMER_STATE]))
    return kept


def _summary(explained: Sequence[tuple[Finding, ValueSet]], rule: Rule) -> Finding:
    """The one finding that stands for all: where the first is, which codes, of which sets, what came since."""
    codes = list(dict.fromkeys(_shown_code(item) for item, _ in explained))
    others = len(codes) - _LISTED
    sets = {found.name: found for _, found in explained}
    first = explained[0][0]
    return Finding(
        rule,
        context=first.context,
        element=first.element,
        attribute="code",
        value=codes[0],
        expected=tuple(dict.fromkeys(code for found in sets.values() for code in found.added)),
        facts={
            "nombre": len(explained),
            "codes": ", ".join(codes[:_LISTED]) + (f" et {others} autres" if others > 0 else ""),
            "jeux": ", ".join(f"{found.name} (version {found.version} en vigueur)" for found in sets.values()),
        },
    )


def _shown_code(finding: Finding) -> str:
    code = finding.element.get("code", "")
    return mask(code) if finding.rule.parameters.get("personnel") else code


def _outdated_set(finding: Finding, catalogue: Catalogue) -> ValueSet | None:
    """The set that has withdrawn the couple of the element, among those of the rule."""
    couple: Couple = finding.element.get("code", ""), finding.element.get("codeSystem")
    return next((found for found in _sets_with_past(finding.rule, catalogue) if couple in found.withdrawn), None)


def _is_complete_as_before(finding: Finding, catalogue: Catalogue) -> bool:
    """Whether what the rule looked at holds, once each, all codes of a former state, and one at least withdrawn."""
    for found in _sets_with_past(finding.rule, catalogue):
        held = Counter(_couples(finding.context.iterfind(_COMPONENT_CODES)))
        if found.withdrawn & held.keys() and any(
            all(held[couple] == 1 for couple in state.couples) for state in found.former
        ):
            return True
    return False


def _couples(elements: Iterable[Element]) -> Iterator[Couple]:
    for element in elements:
        yield element.get("code", ""), element.get("codeSystem")


def _sets_with_past(rule: Rule, catalogue: Catalogue) -> Iterator[ValueSet]:
    """The value sets of a rule that have withdrawn something."""
    for parameter in ("jeu", "jeux"):
        names = rule.parameters.get(parameter, ())
        yield from _with_past((names,) if isinstance(names, str) else names, catalogue)


def _with_past(names: Iterable[str], catalogue: Catalogue) -> Iterator[ValueSet]:
    for name in names:
        found = catalogue.value_sets.get(name)
        if found is not None and found.withdrawn:
            yield found
