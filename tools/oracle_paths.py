"""The few shapes of XPath that the CDA rules use, read by hand: enough to grow and to break documents, not to judge.

Judging is Saxon's. A predicate of another shape is taken as false.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree
from oracle_saxon import oracle_rules

Element = etree._Element

NAMESPACES = {
    "hl7": "urn:hl7-org:v3",
    "sdtc": "urn:hl7-org:sdtc",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "ps3-20": "urn:dicom-org:ps3-20",
    "lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2",
}
HL7 = f"{{{NAMESPACES['hl7']}}}"
XSI_TYPE = f"{{{NAMESPACES['xsi']}}}type"
COUNT = re.compile(r"count\(((?:[^()]|\([^()]*\))+)\)(>=|<=|=)([0-9]+)")
NOT_EMPTY = re.compile(r"normalize-space\(@(\w+)\)!=''")
MATCHES = re.compile(r"matches\(@(\w+),'([^']*)'\)")
_ATTRIBUTE_OF = re.compile(r"""(?:((?:[^\[\]@]|\[[^\]]*\])+)/)?@([\w:]+)(?:=\(?((?:'[^']*'|"[^"]*"|,)+)\)?)?""")
_ELSEWHERE = re.compile(r"""('[^']*')|\[(?:[^\[\]']|'[^']*')*\]|[\w:]+/@[\w:]+=\S+""")
PLAIN_PATH = re.compile(r"""(?:(?:hl7|sdtc|ps3-20):[\w*]+(?:\[[^\[\]]*\])*/?)+""")

SAMPLES = {
    "root": "1.2.3.4", "extension": "1480787529", "code": "X", "codeSystem": "1.2.3", "displayName": "x",
    "value": "20250101", "qualifier": "BR", "use": "H", "unit": "min", "currency": "EUR", "typeCode": "PRF",
    "classCode": "ACT", "moodCode": "EVN", "ID": "a", "representation": "B64", "mediaType": "application/pdf",
}  # fmt: skip
"""What to write in an attribute that must have some value."""
_TEXTS = {
    "^8[0-9]{11}$": "810000000009",
    "^(tel|fax|mailto|http|ftp|mllp):.+": "tel:0102030405",
    "^[0-9]{14}(\\.[0-9]+)?[+-][0-9]{4}$": "20250101101010+0100",
}


def outside_predicates(test: str) -> str:
    """The test without its predicates and without the attributes of other nodes: what is said of the node itself."""
    return _ELSEWHERE.sub(lambda found: found[1] or "", test)


@cache
def steps_of(path: str) -> tuple[str, ...]:
    """The steps of a path; an empty one stands for an inner `//`."""
    steps, level = [""], 0
    for character in path.lstrip("/"):
        level += (character == "[") - (character == "]")
        if character == "/" and level == 0:
            steps.append("")
        else:
            steps[-1] += character
    return tuple(steps)


@cache
def parts_of(step: str) -> tuple[str, tuple[str, ...]]:
    """The name and the predicates of a step."""
    name, _, rest = step.partition("[")
    predicates, level, current = [], 1, ""
    for character in rest:
        level += (character == "[") - (character == "]")
        if level == 0:
            predicates.append(current.strip())
            current = ""
        elif not (level == 1 and character == "[" and not current):
            current += character
    return name.strip(), tuple(predicates)


def tag_of(name: str) -> str | None:
    """`{urn:hl7-org:v3}id` for `hl7:id`; None for `hl7:*` and for what is not a name."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix in NAMESPACES and local.isalpha() else None


def fits(node: Element, step: str) -> bool:
    """Whether the step would select the node, among the children of its parent."""
    name, predicates = parts_of(step)
    wanted = tag_of(name)
    return (wanted is None or node.tag == wanted) and name != "" and all(_holds(node, item) for item in predicates)


def _holds(node: Element, predicate: str) -> bool:
    """A predicate of the shapes known; any other is taken as false, so that a new element is made."""
    for part in predicate.split(" and "):
        negative = re.fullmatch(r"not\((.*)\)", part)
        found = _ATTRIBUTE_OF.fullmatch(negative[1] if negative else part)
        if found:
            holders = found_at(node, found[1]) if found[1] else [node]
            values = [item.get(found[2]) for item in holders if item.get(found[2]) is not None]
            admitted = re.findall(r"'([^']*)'", found[3]) if found[3] else None
            outcome = any(admitted is None or value in admitted for value in values)
        else:
            outcome = bool(found_at(node, negative[1] if negative else part))
        if outcome is bool(negative):
            return False
    return True


def found_at(node: Element, path: str) -> list[Element]:
    """The elements a relative path leads to."""
    nodes = [node]
    for step in steps_of(path):
        nodes = [child for item in nodes for child in item.iterchildren("*") if fits(child, step)]
    return nodes


def child_of(parent: Element, step: str) -> Element | None:
    """A new last child that satisfies the step; None when its name is of an unknown shape."""
    name, predicates = parts_of(step)
    tag = tag_of(name)
    if tag is None:
        return None
    child = etree.SubElement(parent, tag)
    for predicate in predicates:
        satisfy(child, predicate)
    return child


def satisfy(node: Element, predicate: str) -> None:
    """Change the node so that the predicate is true, as far as its shape is known; negations are left alone."""
    for part in predicate.split(" and "):
        found = _ATTRIBUTE_OF.fullmatch(part)
        if part.startswith("not("):
            continue
        if found:
            target = grow(node, found[1]) if found[1] else node
            if target is not None:
                first = found[3] and found[3].split(found[3][0])[1]
                target.set(found[2], first or SAMPLES.get(found[2], "x"))
        elif matched := MATCHES.fullmatch(part):
            node.set(matched[1], text_like(matched[2]))
        elif PLAIN_PATH.fullmatch(part):
            grow(node, part)


def grow(node: Element, path: str) -> Element | None:
    """A new element at that path below the node: the last step is always new, the others only if need be."""
    current: Element | None = node
    steps = steps_of(path)
    for step in steps[:-1]:
        if current is None:
            return None
        below = next((child for child in current.iterchildren("*") if fits(child, step)), None)
        current = below if below is not None else child_of(current, _named(step, path))
    return None if current is None else child_of(current, steps[-1])


def _named(step: str, path: str) -> str:
    """`hl7:*` takes the name that goes with the template asked for."""
    template = next(iter(re.findall(r"'([0-9.]+)'", path)), "")
    return step.replace("hl7:*", f"hl7:{_name_of().get(template, 'act')}")


@cache
def _name_of() -> dict[str, str]:
    """Template → element name, as the rules' contexts tell."""
    contexts = "\n".join(rule.context for rule in oracle_rules().values())
    found = re.findall(r"^//hl7:(\w+)\[hl7:templateId/@root='([^']+)'\]", contexts, re.MULTILINE)
    return {template: name for name, template in found}


def text_like(pattern: str) -> str:
    """A text of one of the few patterns of the rules."""
    simple = pattern.replace("[0-9AB]{9}", "480787529").replace("[1-6][0-9AB]+", "1").replace(".+", "x")
    return _TEXTS.get(pattern) or simple.strip("^$")
