"""Faults for CDA documents: small changes of a tree, blind or guided by the names that a rule's XPath mentions."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from lxml import etree
from oracle_paths import HL7, NAMESPACES, XSI_TYPE

Element = etree._Element
Fault = Callable[[Random, Element, "Names"], None]

_ATTRIBUTE = re.compile(r"@([\w:-]+)")
_ELEMENT = re.compile(r"(?<![@:\w-])(hl7|sdtc|ps3-20|lab):([A-Za-z]\w*)")
_LITERAL = re.compile(r"'([^']*)'")
DATES = (
    "2025", "202502", "20250228", "20250229", "20251301", "20250631", "2025010", "20250101T10", "2025010125",
    "202501011060", "20250101106060", "20250101101010", "20250101101010.5+0100", "20250101101010+0200",
    "20250101101010Z", "202501011010+0200", "00000101", "20240229", "2025-01-01", "20250101101010+02:00",
    "20250101101010-9900", "19000229", "99991231235959-1200",
)  # fmt: skip
WORDS = (
    "", " ", "\t", "0", "1", "2", "-1", "1.5", "1e3", "true", "false", "TRUE", "x", "UNK", "NA", "OBS", "EVN", "INT",
    "2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.322", "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2", "1.02.3", "1.2.",
    "810000000009", "810000000000", "3010000001/1", "10B0000001", "d", "km", "EUR", "tel:01", "mailto:", "#",
    "#inconnu", "application/pdf", "B64", "JVBERi0=", "CD", "x" * 65,
)  # fmt: skip
ODD = (
    "\u00a0", "\u2003x", "1\n", " 1 ", "+1", "01", "1.", ".5", "１", "٣", "INF", "NaN", "a\tb", "\U0001f600" * 40,
    "#\n", "2025\n", " 2025", "é", "1.2.3\n", "tel:\n", "GEN-351 ", "-0", "1e2", "9" * 70,
)  # fmt: skip
"""Texts on which two readings of a rule easily differ: spaces and digits that are not ASCII, ends of lines …"""
NULL_FLAVORS = ("", "UNK", "NA", "NASK", "XX", "unk")
TYPES = ("CD", "CE", "PQ", "BL", "INT", "TS", "IVL_TS", "IVL_PQ", "MO", "REAL", "ST", "h:CD", "h:BL", "inconnu:CD", "")


@dataclass(frozen=True, slots=True)
class Names:
    """What a rule's XPath names: attributes (Clark notation), elements (tags), quoted texts."""

    attributes: tuple[str, ...]
    elements: tuple[str, ...]
    literals: tuple[str, ...]

    @classmethod
    def of(cls, *expressions: str) -> Names:
        """The names in those expressions."""
        text = " ".join(expressions)
        text = text.replace("resolve-xsi(", "@xsi:type ")
        attributes = tuple(dict.fromkeys(clark(name) for name in _ATTRIBUTE.findall(text)))
        elements = tuple(dict.fromkeys(f"{{{NAMESPACES[prefix]}}}{name}" for prefix, name in _ELEMENT.findall(text)))
        return cls(attributes, elements, tuple(dict.fromkeys(_LITERAL.findall(text))))


def clark(name: str) -> str:
    """An attribute's name as lxml writes it."""
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def _near(random: Random, node: Element, names: Names) -> Element:
    """The node, or one of those the rule names below it."""
    below = list(node.iter(*names.elements)) if names.elements else []
    return random.choice([node, *below[:20], *below[:20]])


def change_attribute(random: Random, node: Element, names: Names) -> None:
    """Give another value to an attribute (created when absent)."""
    target = _near(random, node, names)
    attribute = random.choice(names.attributes or tuple(map(str, target.attrib)) or ("code",))
    if attribute == "*":
        attribute = "use"
    target.set(attribute, other_value(random, attribute, target, names))


def other_value(random: Random, attribute: str, target: Element, names: Names) -> str:
    """A value that this attribute might wrongly, or rightly, have."""
    current = target.get(attribute, "")
    if attribute == "nullFlavor":
        return random.choice(NULL_FLAVORS)
    if attribute == XSI_TYPE:
        return random.choice(TYPES)
    if attribute == "value" and random.random() < 0.5:
        return random.choice(DATES)
    cousins = [str(item.get(attribute)) for item in target.getroottree().iter(target.tag) if item.get(attribute)]
    choices = [current.lower(), current.upper(), f" {current}", f"{current}x", current[:-1], *cousins[:8]]
    odd = random.choice((random.choice(ODD), f"{current}\n", f"{current}\u00a0"))
    return random.choice([random.choice(choices), random.choice(WORDS), odd, *names.literals])


def drop_attribute(random: Random, node: Element, names: Names) -> None:
    """Take an attribute away."""
    target = _near(random, node, names)
    present = [str(name) for name in target.attrib]
    named = [name for name in present if name in names.attributes]
    if present:
        del target.attrib[random.choice(named or present)]


def set_null_flavor(random: Random, node: Element, names: Names) -> None:
    """Add a nullFlavor, alone or beside the value; or take it away."""
    target = _near(random, node, names)
    if target.get("nullFlavor") is not None and random.random() < 0.6:
        del target.attrib["nullFlavor"]
        return
    if random.random() < 0.4:
        for name in ("value", "code", "codeSystem", "displayName", "root", "extension"):
            target.attrib.pop(name, "")
    target.set("nullFlavor", random.choice(NULL_FLAVORS))


def drop_element(random: Random, node: Element, names: Names) -> None:
    """Take an element away: one the rule names, or any child."""
    named = list(node.iterdescendants(*names.elements)) if names.elements else []
    children = named or list(node.iterchildren("*"))
    if children:
        detach(random.choice(children))


def drop_all(random: Random, node: Element, names: Names) -> None:
    """Take away all children of one name."""
    children = [child for child in node.iterchildren("*") if not names.elements or child.tag in names.elements]
    if children:
        tag = random.choice(children).tag
        for child in list(node.iterchildren(tag)):
            detach(child)


def duplicate_element(random: Random, node: Element, names: Names) -> None:
    """Repeat an element the rule names, or the node itself, once or three times."""
    target = _near(random, node, names)
    if target.getparent() is not None:
        for _ in range(random.choice((1, 1, 3))):
            target.addnext(deepcopy(target))


def add_element(random: Random, node: Element, names: Names) -> None:
    """Add a child the rule names, empty or with one attribute."""
    parent = _near(random, node, names)
    tag = random.choice(names.elements or (f"{HL7}code",))
    added = etree.Element(tag)
    if random.random() < 0.6:
        attribute = random.choice((*names.attributes, "nullFlavor", "code", "root"))
        added.set("use" if attribute == "*" else attribute, random.choice((*names.literals, *NULL_FLAVORS)))
    if random.random() < 0.3:
        added.text = random.choice((*names.literals, " ", "texte"))
    parent.insert(random.randint(0, len(parent)), added)


def change_text(random: Random, node: Element, names: Names) -> None:
    """Empty a text, or write another."""
    target = _near(random, node, names)
    target.text = random.choice((*names.literals, "", " ", "texte", "JVBERi0xLjQ=", "é=", "AAA\nA", None))


def swap_children(random: Random, node: Element, _: Names) -> None:
    """Put the last child first."""
    if len(node) > 1:
        node.insert(0, node[-1])


def change_template(random: Random, node: Element, names: Names) -> None:
    """Change, repeat, drop or add a templateId."""
    templates = list(node.iterchildren(f"{HL7}templateId"))
    choice = random.choice(("change", "drop", "repeat", "add"))
    if choice == "add" or not templates:
        oids = [text for text in names.literals if text.startswith("1.")] or ["1.2.250.1.213.1.1.3.48"]
        node.insert(0, etree.Element(f"{HL7}templateId", root=random.choice(oids)))
    elif choice == "change":
        random.choice(templates).set("root", random.choice((*names.literals, "", "1.2.3")))
    elif choice == "drop":
        detach(random.choice(templates))
    else:
        node.append(deepcopy(random.choice(templates)))


def copy_identifier(random: Random, node: Element, _: Names) -> None:
    """Make an identifier equal to another of the document."""
    identifiers = [item for item in node.getroottree().iter(f"{HL7}id") if item.get("root")]
    if len(identifiers) > 1:
        source, target = random.sample(identifiers, 2)
        target.attrib.clear()
        target.attrib.update(source.attrib)


def change_bounds(random: Random, node: Element, _: Names) -> None:
    """Swap the bounds of an interval, or make them equal."""
    lows = [item for item in node.getroottree().iter(f"{HL7}low") if item.get("value")]
    if lows:
        low = random.choice(lows)
        for high in low.itersiblings(f"{HL7}high"):
            value = str(low.get("value"))
            if random.random() < 0.5:
                low.set("value", high.get("value", "2026"))
            high.set("value", value)


def break_reference(random: Random, node: Element, _: Names) -> None:
    """Change a reference of an entry to its narrative, or the ID it leads to."""
    holders = [item for item in node.getroottree().iter("*") if item.get("ID") or item.get("referencedObject")]
    holders += list(node.getroottree().iter(f"{HL7}reference"))
    if holders:
        target = random.choice(holders)
        for name in ("ID", "referencedObject", "value"):
            if target.get(name):
                target.set(name, random.choice((f"{target.get(name)} a", "", "#", "a", f"{target.get(name)}x")))


def move_element(random: Random, node: Element, names: Names) -> None:
    """Put an element under its grandparent."""
    target = _near(random, node, names)
    parent = target.getparent()
    if parent is not None and parent.getparent() is not None:
        parent.addnext(target)


def change_namespace(random: Random, node: Element, names: Names) -> None:
    """Give an element another namespace, or a twin of another namespace."""
    target = _near(random, node, names)
    local = etree.QName(target).localname
    tag = random.choice((f"{{{NAMESPACES['sdtc']}}}{local}", f"{{urn:example:autre}}{local}", local, f"{HL7}{local}"))
    if random.random() < 0.5 and target.getparent() is not None:
        twin = deepcopy(target)
        twin.tag = tag
        target.addnext(twin)
    elif target.getparent() is not None:
        target.tag = tag


def add_foreign_attribute(random: Random, node: Element, names: Names) -> None:
    """Add an attribute of another namespace, named as one that the rule reads."""
    target = _near(random, node, names)
    name = random.choice([name for name in names.attributes if name.isalpha()] or ["code"])
    target.set(f"{{{random.choice((NAMESPACES['sdtc'], NAMESPACES['xsi']))}}}{name}", random.choice(WORDS))


def cut_text(random: Random, node: Element, names: Names) -> None:
    """Cut a text by a comment, an instruction or an element; or put a comment among the children."""
    target = _near(random, node, names)
    cutting = random.choice((etree.Comment(" x "), etree.ProcessingInstruction("x"), etree.Element(f"{HL7}br")))
    text = target.text or ""
    target.text, cutting.tail = text[: len(text) // 2], text[len(text) // 2 :]
    target.insert(0, cutting)


def detach(element: Element) -> None:
    """Take an element out of the tree; the root stays."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


NO_NAMES = Names((), (), ())
AIMED: tuple[Fault, ...] = (
    change_attribute, change_attribute, change_attribute, drop_attribute, set_null_flavor, drop_element, drop_all,
    duplicate_element, add_element, add_element, change_text, change_template, change_namespace,
    add_foreign_attribute, cut_text,
)  # fmt: skip
"""Those guided by the names of a rule."""
BLIND: tuple[Fault, ...] = (
    change_attribute, drop_attribute, set_null_flavor, drop_element, duplicate_element, swap_children, change_template,
    change_namespace, change_namespace, add_foreign_attribute, cut_text, copy_identifier, break_reference,
    change_bounds, move_element, change_text,
)  # fmt: skip
"""Those that may strike anywhere."""
