"""Mutated CDA documents, for the oracle: same seed, same documents.

Each document is one of the bases with some faults: some aimed at a rule, at a node of its context, some blind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from lxml import etree
from oracle_breaking import Codes, breakings
from oracle_faults import AIMED, BLIND, NO_NAMES, Names
from oracle_saxon import Oracle, OracleRule, oracle_rules
from sidoba_engine.catalogue import Catalogue

Element = etree._Element
AIMS = 12
"""Rules aimed at in one document."""


@dataclass(frozen=True, slots=True)
class Base:
    """A document to mutate, and for each rule the ranks of the nodes of its context (elements in document order).

    `weight`: how often it is drawn, against the others.
    """

    name: str
    content: bytes
    root: Element
    contexts: Mapping[str, tuple[int, ...]]
    weight: int


def base(name: str, content: bytes, oracle: Oracle, *, weight: int) -> Base:
    """Read a document and ask the oracle where each rule applies."""
    outcomes = oracle.judge(content.decode(), every=True)
    contexts = {key: tuple(sorted(item.failing | item.holding | item.undefined)) for key, item in outcomes.items()}
    return Base(
        name, content, etree.fromstring(content), {key: ranks for key, ranks in contexts.items() if ranks}, weight
    )


def mutated(
    bases: Sequence[Base], catalogue: Catalogue, *, seed: int, count: int, rules: Sequence[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """That many documents, with their names. Rules are aimed at in turn: those given, or all that the base reaches."""
    random = Random(seed)  # noqa: S311 (documents, not secrets)
    turns = {item.name: _turn(random, item, rules) for item in bases}
    apt = [item for item in bases if turns[item.name]] or list(bases)
    codes = {item.oid: item for item in catalogue.value_sets.values() if item.oid}
    for number in range(count):
        chosen = random.choices(apt, [item.weight for item in apt])[0]
        turn = turns[chosen.name]
        turns[chosen.name] = turn[AIMS:] + turn[:AIMS]
        yield f"{chosen.name} #{seed}.{number}", _document(random, chosen, turn[:AIMS], codes)


def _turn(random: Random, item: Base, rules: Sequence[str]) -> list[str]:
    wanted = [key for key in (rules or sorted(oracle_rules())) if key in item.contexts]
    return random.sample(wanted, len(wanted))


def _document(random: Random, chosen: Base, aims: Sequence[str], codes: Codes) -> bytes:
    root = deepcopy(chosen.root)
    elements = list(root.iter("*"))
    for key in aims:
        _aimed(random, elements[random.choice(chosen.contexts[key])], oracle_rules()[key], codes)
    for _ in range(random.choice((0, 0, 1, 2))):
        random.choice(BLIND)(random, random.choice(elements), NO_NAMES)
    if random.random() < 0.1:
        return _other_prefix(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _aimed(random: Random, node: Element, rule: OracleRule, codes: Codes) -> None:
    """One or two changes at a node of the context: the breaking of what the test asks for, or any in its names."""
    for _ in range(random.choice((1, 1, 1, 2))):
        names = Names.of(rule.test if random.random() < 0.85 else rule.context)
        ways = breakings(random, node, rule.test, codes) if random.random() < 0.7 else []
        if ways:
            random.choice(ways)()
        else:
            random.choice(AIMED)(random, node, names)


def _other_prefix(root: Element) -> bytes:
    """The same document with a prefix on every HL7 element."""
    text = etree.tostring(root, encoding="unicode")
    text = re.sub(r"<(/?)(?=[A-Za-z][\w.-]*[\s/>])", r"<\1h:", text)
    return text.replace('xmlns="urn:hl7-org:v3"', 'xmlns:h="urn:hl7-org:v3"').encode()
