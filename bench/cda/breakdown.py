"""What bounds a verdict: how much of it is the parser's, the walk's, the content model's, the checks', the writing's.

Each part is measured alone or by difference: the whole walk against the walk without the content model, that against
the same contexts with nothing to check. The parts come from the same rounds.
"""

from __future__ import annotations

from contenders import PARSE, VERDICT, contender
from rounds import Task, in_rounds
from sidoba_engine.catalogue import Catalogue, Rule, installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.cda.door import CdaTree
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.rules import compile_rules, compiled_rules
from sidoba_engine.formats.cda.run import Run
from sidoba_engine.formats.cda.walk.dispatch import Dispatcher
from sidoba_engine.formats.cda.walk.selectors import parse

CONTENT_MODEL = "R-CDA-007"


def nothing(_element: object, _run: object) -> None:
    """A check that checks nothing."""


def empty_walk(rules: tuple[Rule, ...]) -> Dispatcher:
    """A walk that finds the elements of every context, and runs one empty check there."""
    dispatcher = Dispatcher()
    for rule in rules:
        if rule.check is not None:
            contexts = rule.parameters["contexte"]
            for context in [contexts] if isinstance(contexts, str) else contexts:
                dispatcher.add(parse(context), nothing)
    return dispatcher


def tasks_of(content: bytes, catalogue: Catalogue) -> dict[str, Task]:
    """What is timed, all on the same document."""
    rules = tuple(rule for rule in catalogue.rules_of("cda") if rule.check is not None)
    whole = compiled_rules(catalogue)
    without_model = compile_rules(catalogue, tuple(rule for rule in rules if rule.id != CONTENT_MODEL))
    empty = empty_walk(rules)
    document = read_cda(content, catalogue=catalogue, facts=Facts(), index=0)
    tree = document.content
    assert isinstance(tree, CdaTree)
    root, source = tree.root, tree.source
    findings = whole.walk(root).findings
    wanted = [(item.element, item.shown_attribute) for item in findings]
    parser, verdict = contender(PARSE), contender(VERDICT)
    return {
        "parse": lambda: parser(content),
        "door": lambda: read_cda(content, catalogue=catalogue, facts=Facts(), index=0),
        "empty walk": lambda: empty.walk(root, Run(root)),
        "walk without content model": lambda: without_model.walk(root),
        "whole walk": lambda: whole.walk(root),
        "places": lambda: Places(source, root).locations(wanted),
        "verdict": lambda: verdict(content),
    }


def breakdown(content: bytes, *, rounds: int, seconds: float) -> dict[str, float]:
    """Milliseconds of processor time by part, in the best round; what is left is the sum's own."""
    timed = in_rounds(tasks_of(content, installed_catalogue()), rounds=rounds, seconds=seconds)
    ms = {name: timings.best_ms for name, timings in timed.items()}
    parts = {
        "parser": ms["parse"],
        "rest of the door": ms["door"] - ms["parse"],
        "walk, nothing checked": ms["empty walk"],
        "checks": ms["walk without content model"] - ms["empty walk"],
        "content model": ms["whole walk"] - ms["walk without content model"],
        "places of the anomalies": ms["places"],
        "texts, corrections, order": ms["verdict"] - ms["door"] - ms["whole walk"] - ms["places"],
        "whole verdict": ms["verdict"],
    }
    return {name: round(value, 3) for name, value in parts.items()}
