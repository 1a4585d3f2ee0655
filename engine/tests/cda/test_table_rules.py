"""The rules of the tables on whole documents: the full document with one fault made from the line of the rule itself.

Each fault must give its rule where it is, and nothing elsewhere: what else is found there follows from it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date

import pytest
from lxml import etree
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from sidoba_engine.formats.cda.places import paths_of
from sidoba_engine.formats.cda.rules import DOMAIN
from sidoba_engine.formats.cda.walk.dispatch import Dispatcher
from sidoba_engine.formats.cda.walk.selectors import finder, parse
from synthetic_cda_body import full_document

INHERENT = "R-CDA-047"
LEAST_SHARE = 0.55
"""Of the rules of the tables, those whose context the full document has (the oracle's rich document has them all)."""
ELSEWHERE = {
    "R-CDA-020",  # a section that loses its template is no longer one of the guide
    "R-CDA-151",  # without the stay, events must name who is responsible
    "R-CDA-304",  # what the text shows is no longer there
    "R-CDA-305",  # without the text, what it shows is no longer shown
    "R-CDA-310",  # nor found by those that refer to it
    "R-CDA-312",  # an entry removed leaves the references to it
    "R-CDA-047",
    "R-CDA-007",  # identifiers (ID) lost or doubled are told where they are used
}
"""What a fault may break far from where it is."""

Element = etree._Element


def contexts(rules: list[Rule], root: Element) -> dict[str, Element]:
    """The first element of the context of each rule, for those that have one in the document."""
    found: dict[str, Element] = {}
    dispatcher = Dispatcher()
    for rule in rules:
        given = rule.parameters["contexte"]

        def keep(element: Element, run: object, rule_id: str = rule.id) -> None:
            found.setdefault(rule_id, element)

        for path in [given] if isinstance(given, str) else given:
            dispatcher.add(parse(path), keep)
    dispatcher.walk(root, type("Nothing", (), {"findings": []})())
    return found


def miscount(rule: Rule, element: Element) -> bool:
    """Remove what must be there, or repeat what may be there a few times only."""
    find = finder(rule.parameters["chemin"])
    there = list(find(element))
    if rule.parameters.get("min") and rule.parameters["chemin"].count("@root=") == 0:
        for item in there:
            item.getparent().remove(item)
        return bool(there)
    if not there or "max" not in rule.parameters:
        return False
    for _ in range(rule.parameters["max"] + 1 - len(there)):
        there[-1].addnext(copy.deepcopy(there[-1]))
    return True


def misname(rule: Rule, element: Element) -> bool:
    """Give the attribute a value that no rule admits."""
    name = rule.parameters.get("attribut", "code")
    if element.get("nullFlavor") is not None and rule.parameters.get("nul_admis", rule.parameters.get("facultatif")):
        return False
    element.set(name, " " if rule.check == "attribut_rempli" else "sans-objet")
    return True


FAULTS: dict[str, Callable[[Rule, Element], bool]] = {
    "cardinalite": miscount,
    "attribut_dans": misname,
    "attribut_rempli": misname,
    "attribut_dans_jeu": misname,
    "jeu_de_valeurs": misname,
}


def judged(catalogue: Catalogue, content: bytes) -> list[Anomaly]:
    opened = read_cda(content, catalogue=catalogue, facts=Facts(), index=0)
    return opened.anomalies + check_cda(opened, catalogue=catalogue, facts=Facts()).anomalies


@pytest.mark.timeout(240)
def test_one_fault_from_each_line_of_the_tables(catalogue: Catalogue) -> None:
    """Prints the share of the rules exercised."""
    rules = [rule for rule in catalogue.rules_of(DOMAIN) if "(" in rule.area and "inatteignable" not in rule.examples]
    content = full_document(finess="019999994", number=7, day=date(2025, 3, 14))
    unseen, wrong = [], {}
    for rule in rules:
        root = etree.fromstring(content)
        element = contexts([rule], root).get(rule.id)
        if element is None:
            unseen.append(rule.id)
            continue
        place = paths_of([element])[element]
        is_broken = FAULTS[str(rule.check)](rule, element)
        if not is_broken or contexts([rule], root).get(rule.id) is not element:
            unseen.append(rule.id)
            continue
        problem = problem_of(rule, place, judged(catalogue, etree.tostring(root)))
        if problem:
            wrong[rule.id] = problem
    share = 1 - len(unseen) / len(rules)
    print(f"\n{len(rules)} rules of tables, {share:.0%} broken alone in a whole document")
    assert not wrong, "\n".join(f"{rule}: {problem}" for rule, problem in wrong.items())
    assert share >= LEAST_SHARE


def problem_of(rule: Rule, place: str, anomalies: list[Anomaly]) -> str | None:
    around = place.rpartition("/")[0] or place
    if not any(item.rule == rule.id and item.location.path.startswith(place) for item in anomalies):
        return f"not found at {place}"
    far = {
        (item.rule, item.location.path)
        for item in anomalies
        if item.rule not in ELSEWHERE
        and not item.location.path.startswith(around)
        and not f"{place}/".startswith(f"{item.location.path}/")
    }
    return f"{sorted(far)} for a fault at {place}" if far else None
