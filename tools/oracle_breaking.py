"""Breaking one rule of the CDA oracle: from the shape of its test, what would make it false on a node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from random import Random

from lxml import etree
from oracle_faults import DATES, ODD, TYPES, Names, clark, detach, other_value
from oracle_paths import COUNT, HL7, NOT_EMPTY, PLAIN_PATH, XSI_TYPE, found_at, grow, outside_predicates, satisfy
from sidoba_engine.value_set import ValueSet

Element = etree._Element
Codes = Mapping[str, ValueSet]
_DENIED = re.compile(r"(?<![\w-])not\(((?:[^()]|\([^()]*\))+)\)")
_PATH_VALUE = re.compile(rf"(?<![/\w:])({PLAIN_PATH.pattern})(?:@(\w+))?")
_VALUE_OF = re.compile(r"@([\w:]+)(?:\)?(?:=|,| le)| castable)")


def breakings(random: Random, node: Element, test: str, codes: Codes) -> list[Callable[[], None]]:
    """What is likely to make this test false on this node."""
    outside = outside_predicates(test)
    names = Names.of(test)
    attributes = [*_VALUE_OF.findall(outside), *NOT_EMPTY.findall(outside)]
    ways: list[Callable[[], None]] = [partial(_spoil, random, node, clark(name), names) for name in attributes]
    for path, operator, number in COUNT.findall(test):
        if operator != "<=":
            ways.append(partial(_remove, node, path))
        if operator != ">=":
            ways.append(partial(_repeat, random, node, path, int(number)))
    if PLAIN_PATH.fullmatch(test):
        ways.append(partial(_remove, node, test))
    ways += [partial(satisfy, node, denied) for denied in _DENIED.findall(test)]
    ways += [partial(_recode, random, node, oid, codes) for oid in names.literals if oid in codes]
    if "resolve-xsi($v" in test:
        ways.append(partial(_retype, random, node))
    paths = [(path.rstrip("/"), name) for path, name in _PATH_VALUE.findall(test) if "*" not in path]
    if len(paths) > 1 and "count(" not in test:
        ways.append(partial(_populate, random, node, paths))
    return ways


def _populate(random: Random, node: Element, paths: list[tuple[str, str]]) -> None:
    """Have something wherever the test looks, with values that may not go together."""
    for path, attribute in paths:
        present: list[Element | None] = list(found_at(node, path))
        for item in present or [grow(node, path)]:
            if item is not None and attribute:
                item.set(attribute, random.choice((*DATES, *ODD)))


def _recode(random: Random, node: Element, oid: str, codes: Codes) -> None:
    """Another code of the set asked for, or one of any other set; sometimes with a wrong code system."""
    value_set = codes[random.choice((oid, random.choice(sorted(codes))))]
    code = random.choice(sorted(value_set.labels))
    node.attrib.pop("nullFlavor", "")
    node.set("code", random.choice((code, code, code, code.lower())))
    node.set("codeSystem", random.choice((value_set.systems.get(code, ""),) * 3 + ("1.2.3",)))


def _retype(random: Random, node: Element) -> None:
    """Give the values another type, or none."""
    for value in node.iterchildren(f"{HL7}value"):
        value.attrib.pop("nullFlavor", "")
        value.set(XSI_TYPE, random.choice(TYPES))


def _remove(node: Element, path: str) -> None:
    """Take away all that the path leads to."""
    for item in found_at(node, path.removeprefix("./")):
        detach(item)


def _repeat(random: Random, node: Element, path: str, number: int) -> None:
    """Have one more than that number where the path leads."""
    present = found_at(node, path)
    for _ in range(number + 1 - len(present)):
        if present:
            random.choice(present).addnext(deepcopy(present[0]))
        elif "|" not in path:
            grow(node, path)


def _spoil(random: Random, node: Element, attribute: str, names: Names) -> None:
    """Empty, drop or change one attribute of the node itself; without nullFlavor, which would excuse it."""
    if attribute != "nullFlavor":
        node.attrib.pop("nullFlavor", "")
    if random.random() < 0.3:
        node.attrib.pop(attribute, "")
        return
    other = other_value(random, attribute, node, names)
    node.set(attribute, random.choice(("", " ", "x", random.choice(ODD), other)))
