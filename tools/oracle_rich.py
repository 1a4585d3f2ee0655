"""A rich document for the oracle: one where the context of (nearly) every rule is met, and most rules hold.

It is built from the rules' own XPath: contexts are made to exist, then what their tests ask for is added until nothing
more can be mended. Paths of the reference are few in shape; those this reader does not know are left alone.
"""

from __future__ import annotations

import re
from copy import deepcopy

from lxml import etree
from oracle_paths import (
    COUNT,
    HL7,
    MATCHES,
    NOT_EMPTY,
    PLAIN_PATH,
    SAMPLES,
    XSI_TYPE,
    child_of,
    fits,
    found_at,
    grow,
    outside_predicates,
    parts_of,
    satisfy,
    steps_of,
    tag_of,
    text_like,
)
from oracle_saxon import Oracle, oracle_rules
from sidoba_engine.catalogue import Catalogue

Element = etree._Element
_ROUNDS = 8
_ATTRIBUTE_IS = re.compile(r"""(?:string\()?@(\w+)\)?=(\([^()]*\)|'[^']*'|"[^"]*")""")
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_MEMBER = re.compile(r"in-vs\(\., '([^']+)'\)")
_CODE_OF = re.compile(r"in-vs-code\((@(\w+)|string\(\.\)), '([^']+)'\)")
_TYPE_OF = re.compile(r"resolve-xsi\((\$v|\.),'(\w+)'\)")
_SECTION, _ENTRY = "1.2.250.1.213.1.1.2.", "1.2.250.1.213.1.1.3."
_HOMES = {
    f"{_ENTRY}61": ("section", f"{_SECTION}79", "entry"),
    f"{_ENTRY}219": ("section", f"{_SECTION}249", "entry"),
    f"{_ENTRY}218": ("organizer", f"{_ENTRY}219", "component"),
    f"{_ENTRY}48.6": ("organizer", f"{_ENTRY}219", "component"),
    f"{_ENTRY}48.7": ("organizer", f"{_ENTRY}219", "component"),
    f"{_ENTRY}215": ("section", f"{_SECTION}248", "entry"),
    f"{_ENTRY}95": ("section", f"{_SECTION}246", "entry"),
    f"{_ENTRY}25": ("organizer", f"{_ENTRY}95", "component"),
    f"{_ENTRY}18": ("section", f"{_SECTION}37", "entry"),
    f"{_ENTRY}94": ("act", f"{_ENTRY}61", "entryRelationship"),
    f"{_ENTRY}214": ("observation", f"{_ENTRY}25", "entryRelationship"),
    f"{_ENTRY}220": ("observation", f"{_ENTRY}214", "entryRelationship"),
}
"""Where an entry of that template stands: parent's parent, its template, parent. Any other is under an event."""
_EVENT = ("encounter", f"{_ENTRY}215", "entryRelationship")
_HOME_OF_SECTIONS = "/hl7:ClinicalDocument/hl7:component/hl7:structuredBody/hl7:component"


def _home(template: str) -> str:
    above, above_template, parent = _HOMES.get(template, _EVENT)
    return f"//hl7:{above}[hl7:templateId/@root='{above_template}']/hl7:{parent}"


def rich(start: bytes, catalogue: Catalogue, oracle: Oracle) -> bytes:
    """That document grown until every context it can reach is met, then mended."""
    builder = _Builder(etree.fromstring(start), catalogue)
    for rule in oracle_rules().values():
        builder.reach(rule.context)
    for _ in range(_ROUNDS):
        elements = list(builder.root.iter("*"))
        outcomes = oracle.judge(etree.tostring(builder.root, encoding="unicode"), every=True)
        for key, outcome in outcomes.items():
            test = oracle_rules()[key].test
            for rank in sorted(outcome.failing):
                builder.mend(elements[rank], test)
            for rank in sorted(outcome.holding)[:1]:
                builder.complete(elements[rank], test)
    return etree.tostring(builder.root, encoding="UTF-8", xml_declaration=True)


class _Builder:
    """A tree being grown."""

    def __init__(self, root: Element, catalogue: Catalogue) -> None:
        self.root = root
        self._sets = {item.oid: item for item in catalogue.value_sets.values() if item.oid}

    def reach(self, context: str) -> None:
        """Make each path of a union lead somewhere."""
        for path in context.split(" | "):
            self.reach_path(path.strip())

    def reach_path(self, path: str) -> Element | None:
        """The first node of an absolute path, made if need be; None when the path is of an unknown shape."""
        steps = steps_of(path)
        if path.startswith("//"):
            nodes = [item for item in self.root.iter("*") if fits(item, steps[0])]
            node = nodes[0] if nodes else self._housed(steps[0])
        else:
            node = self.root if fits(self.root, steps[0]) else None
        for step in steps[1:]:
            if node is None or not step:
                return None
            below = next((child for child in node.iterchildren("*") if fits(child, step)), None)
            if below is None and path.startswith("//") and _is_taken(node, step):
                return self._apart(steps)
            node = child_of(node, step) if below is None else below
        return node

    def _apart(self, steps: tuple[str, ...]) -> Element | None:
        """The whole path made anew, for a second value or code would be one too many."""
        node = self._housed(steps[0])
        for step in steps[1:]:
            node = None if node is None else child_of(node, step)
        return node

    def _housed(self, step: str) -> Element | None:
        """A new element for a path that starts anywhere: beside its like, or in the home of its template."""
        name, predicates = parts_of(step)
        template = next(iter(re.findall(r"templateId/@root=\(?'([^']+)'", " ".join(predicates))), None)
        like = next((item for item in self.root.iter("*") if template and fits(item, f"{name}[{predicates[0]}]")), None)
        if like is not None and (shelf := like.getparent()) is not None:
            beside = deepcopy(shelf)
            beside[:] = []
            shelf.addnext(beside)
            return child_of(beside, step)
        if name == "hl7:informant":
            return child_of(self.root, step)
        if name in ("hl7:section", "hl7:act", "hl7:observation", "hl7:organizer", "hl7:encounter") and template:
            home = self.reach_path(_HOME_OF_SECTIONS if name == "hl7:section" else _home(template))
            if home is not None and len(home):
                above = home.getparent()
                home = None if above is None else etree.SubElement(above, home.tag)
            return None if home is None else child_of(home, step)
        return self._adapted(name, predicates)

    def _adapted(self, name: str, predicates: tuple[str, ...]) -> Element | None:
        """An element of that name met anywhere, changed to satisfy the predicates."""
        node = next(self.root.iter(tag_of(name) or "none"), None)
        if node is not None:
            for predicate in predicates:
                satisfy(node, predicate)
        return node

    def complete(self, node: Element, test: str) -> None:
        """Where at most one element is admitted and there is none, add one."""
        for path, operator, _ in COUNT.findall(test):
            if operator == "<=" and not found_at(node, path):
                self._add(node, path)

    def _add(self, node: Element, path: str) -> None:
        plain = re.sub(r"\[not\([^)]*\)\]", "", path)
        if PLAIN_PATH.fullmatch(plain):
            grow(node, plain)

    def mend(self, node: Element, test: str) -> None:
        """Do what makes the test true, as far as its shape is known."""
        for path, operator, number in COUNT.findall(test):
            if operator != "<=" and len(found_at(node, path)) < int(number):
                empty = found_at(node, path.replace("[not(@nullFlavor)]", ""))
                for item in empty:
                    item.attrib.pop("nullFlavor", "")
                if not empty:
                    self._add(node, path)
        if PLAIN_PATH.fullmatch(test):
            self._add(node, test)
        for mender in (self._mend_attributes, self._mend_codes, self._mend_types):
            mender(node, test)

    def _mend_attributes(self, node: Element, test: str) -> None:
        outside = outside_predicates(test)
        for name, literals in _ATTRIBUTE_IS.findall(outside):
            admitted = [single or double for single, double in _LITERAL.findall(literals)]
            if name != "nullFlavor" and node.get(name) not in admitted:
                node.set(name, admitted[0])
        for name in NOT_EMPTY.findall(outside):
            node.set(name, SAMPLES.get(name, "x"))
        for name, pattern in MATCHES.findall(outside):
            node.set(name, text_like(pattern))
        if outside == "not(@code) or @codeSystem":
            node.set("codeSystem", "1.2.3")
        if "@nullFlavor or @code" in outside:
            node.set("code", "X")
        if "not(@nullFlavor) and @root" in outside and not node.get("root"):
            node.set("root", "1.2.3.4")

    def _mend_codes(self, node: Element, test: str) -> None:
        for oid in _MEMBER.findall(test)[:1]:
            value_set = self._sets[oid]
            written = node.get("code", "")
            code = written if written in value_set.labels else next(iter(value_set.labels))
            node.set("code", code)
            node.set("codeSystem", value_set.systems[code])
            node.set("displayName", value_set.labels[code])
        for _, attribute, oid in _CODE_OF.findall(test):
            code = next(iter(self._sets[oid].labels))
            if attribute:
                node.set(attribute, code)
            else:
                node.text = code

    def _mend_types(self, node: Element, test: str) -> None:
        for _, type_name in _TYPE_OF.findall(test)[:1]:
            values = list(node.iterchildren(f"{HL7}value")) or [etree.SubElement(node, f"{HL7}value")]
            for value in values:
                value.set(XSI_TYPE, type_name)
                value.attrib.pop("value", "")
                value.set("nullFlavor", "NA")


def _is_taken(node: Element, step: str) -> bool:
    """Whether the step asks for another code or value where there is one already, and one only may be."""
    name = step.partition("[")[0]
    return name in ("hl7:code", "hl7:value") and node.find(tag_of(name) or "") is not None
