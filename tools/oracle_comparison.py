"""The engine against the oracle: the same documents, rule by rule, node by node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree
from oracle_documents import bases, known_faults
from oracle_mutations import mutated
from oracle_saxon import Oracle, Outcome, oracle_rules
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.door import open_tree
from sidoba_engine.formats.cda.encoding import DoorFault
from sidoba_engine.formats.cda.limits import Limits
from sidoba_engine.formats.cda.places import paths_of
from sidoba_engine.formats.cda.rules import DOMAIN, CompiledRules, compile_rules

OF_THE_DOOR = ("R-CDA-010", "R-CDA-011")
"""Rules with an XPath that the engine judges before the walk: a document breaking one is refused there."""
NEVER_FALSE = frozenset({"R-CDA-884", "R-CDA-891", "R-CDA-1213"})
"""Rules whose context already asks for what their test does."""
LAST_TURNS = 6
AIMED_AT_RARE = 20
_LIMITS = Limits(size=20_000_000, depth=128)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One rule on one node of one document: either the oracle alone finds fault, or the engine alone."""

    rule: str
    document: str
    path: str
    oracle_alone: bool
    excerpt: str


@dataclass
class Comparison:
    """What was compared so far. `failing` and `holding` count the nodes seen, by rule, on the oracle's side.

    `undefined`: nodes where the XPath has no value (see `Outcome`): either answer of the engine is admitted.
    """

    engine: CompiledRules
    oracle: Oracle
    rules: frozenset[str]
    documents: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)
    failing: Counter[str] = field(default_factory=Counter)
    holding: Counter[str] = field(default_factory=Counter)
    undefined: Counter[str] = field(default_factory=Counter)

    def run_all(self, documents: Iterable[tuple[str, bytes]]) -> None:
        """Compare documents, given with their names."""
        for name, content in documents:
            self.run(name, content)

    def never_failing(self) -> list[str]:
        """The rules compared that no node seen so far breaks."""
        return sorted(key for key in self.rules if not self.failing[key])

    def run(self, name: str, content: bytes) -> None:
        """Compare one document (UTF-8). `name` says where it comes from."""
        outcomes = self.oracle.judge(content.decode())
        self.documents += 1
        for key in self.rules:
            self._count(key, outcomes[key])
        opened = open_tree(content, _LIMITS)
        if isinstance(opened, DoorFault):
            self._compare_door(name, opened, outcomes)
        else:
            self._compare(name, opened.root, outcomes)

    def _count(self, key: str, outcome: Outcome) -> None:
        self.failing[key] += len(outcome.failing)
        self.undefined[key] += len(outcome.undefined) + outcome.unreachable
        self.holding[key] += outcome.met - len(outcome.failing) - len(outcome.undefined)

    def _compare_door(self, name: str, fault: DoorFault, outcomes: dict[str, Outcome]) -> None:
        expected = next((key for key in OF_THE_DOOR if outcomes[key].failing), None)
        if fault.rule != expected:
            self.disagreements.append(Disagreement(fault.rule, name, "/", False, f"oracle: {expected}"))

    def _compare(self, name: str, root: etree._Element, outcomes: dict[str, Outcome]) -> None:
        elements = list(root.iter("*"))
        ranks = {element: rank for rank, element in enumerate(elements)}
        run = self.engine.walk(root)
        found: dict[str, set[int]] = {}
        for finding in run.findings:
            found.setdefault(finding.rule.id, set()).add(ranks[finding.context])
        for key in self.rules:
            outcome, ours = outcomes[key], found.get(key, set())
            if outcome.failing == ours or outcome.unreachable:
                continue
            for rank in (outcome.failing ^ ours) - outcome.undefined:
                self._differ(key, name, elements[rank], oracle_alone=rank in outcome.failing)

    def _differ(self, key: str, name: str, element: etree._Element, *, oracle_alone: bool) -> None:
        excerpt = etree.tostring(element, encoding="unicode", with_tail=False)
        path = paths_of([element])[element]
        self.disagreements.append(Disagreement(key, name, path, oracle_alone, excerpt))


def compare(catalogue: Catalogue, *, seed: int, count: int, only: Iterable[str] = ()) -> Comparison:
    """Compare all rules that both sides have, or those named; the engine's are compiled together.

    Documents: the bases, the known faults, `count` mutated ones, then some more aimed at the rules not yet seen false.
    """
    rules = tuple(rule for rule in catalogue.rules_of(DOMAIN) if rule.id in oracle_rules())
    engine = compile_rules(catalogue, rules)
    both = engine.ids | set(OF_THE_DOOR)
    compared = Comparison(engine, Oracle(catalogue), frozenset(both & set(only) if only else both))
    starts = bases(catalogue, compared.oracle)
    compared.run_all((item.name, item.content) for item in starts)
    compared.run_all(known_faults())
    compared.run_all(mutated(starts, catalogue, seed=seed, count=count, rules=sorted(compared.rules)))
    for turn in range(1, LAST_TURNS + 1):
        if rare := [key for key in compared.never_failing() if key not in NEVER_FALSE]:
            more = mutated(starts, catalogue, seed=seed + turn, count=AIMED_AT_RARE, rules=rare)
            compared.run_all(more)
    return compared
