"""The content model of CDA (R-CDA-007): is each element where it may be, with what it may hold?

One pass over the tree, in document order, without recursion. For each element: its tag in the state of its parent gives
its type, its attributes are looked up in that type. What is wrong is worked out beside (`content_repair`,
`content_findings`), so that a right document pays for look-ups only.
"""

from __future__ import annotations

from typing import Any

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.content.compile import (
    XSI_NIL,
    XSI_TYPE,
    ContentModel,
    ContentType,
    State,
    content_model,
)
from sidoba_engine.formats.cda.content.findings import ContentFindings
from sidoba_engine.formats.cda.content.repair import content_faults
from sidoba_engine.formats.cda.content.values import SPACE, SimpleType, items
from sidoba_engine.formats.cda.kinds.generic import kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.names import HL7
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check

Move = tuple[State, ContentType]
_IN_HL7 = f"{{{HL7}}}"


@kind("modele_de_contenu")
def follows_content_model(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """The whole document, from its root, follows the content model; `limite` bounds the faults told."""
    model = content_model(catalogue)
    most = parameters.number("limite", 1000) or 1000

    def check(element: Element, run: Run) -> None:
        check_content(element, model, ContentFindings(rule, run, model, most=most))

    return check


def check_content(root: Element, model: ContentModel, findings: ContentFindings) -> None:
    """Look at every element under the root, and at the root itself; linear in the size of the document."""
    walk = _Walk(model, findings)
    parents: list[tuple[State, int, ContentType, Element]] = []
    state, left, owner, parent = model.document, 1, model.skipped, root
    for node in root.iter():
        left -= 1
        space = owner.space
        if space is not None and (tail := node.tail) and tail.strip(space):
            findings.text(parent, owner, tail)
        tag = node.tag
        move = state.moves.get(tag)
        if move is None and isinstance(tag, str):
            move = walk.unexpected(node, state, owner=owner, parent=parent)
        if move is not None:
            state, kind = move
            tests = kind.tests
            attributes: list[tuple[str, str]] = node.items()  # type: ignore[assignment]  # lxml gives text
            for name, value in attributes:
                if name not in tests or not tests[name](value):
                    kind = walk.attributes(node, kind, attributes)
                    break
            else:
                if kind.asked and not kind.asked.issubset(dict(attributes)):
                    kind = walk.attributes(node, kind, attributes)
            count = len(node)
            space = kind.space
            if space is not None and (text := node.text) and text.strip(space):
                findings.text(node, kind, text)
            if count:
                parents.append((state, left, owner, parent))
                state, left, owner, parent = kind.start, count, kind, node
                continue
            if not kind.start.final:
                walk.faulty(node, kind)
        while not left and parents:
            if not state.final:
                walk.faulty(parent, owner)
            state, left, owner, parent = parents.pop()
    walk.finish()


class _Walk:
    """What the pass remembers: identifiers and references to them; and all that is rarely needed."""

    def __init__(self, model: ContentModel, findings: ContentFindings) -> None:
        self._model = model
        self._findings = findings
        self._identifiers = findings.identifiers
        self._references: list[tuple[str, Element, str]] = []

    def unexpected(self, node: Element, state: State, *, owner: ContentType, parent: Element) -> Move:
        """An element that the state does not name: admitted from another namespace, or the parent is at fault."""
        if state is owner.lenient:
            return state, self._model.skipped
        if state.other is not None and _is_foreign(node.tag, owner.namespace):
            return state.other, self._model.skipped
        self.faulty(parent, owner)
        return owner.lenient, owner.known.get(node.tag, self._model.skipped)

    def faulty(self, parent: Element, owner: ContentType) -> None:
        """Tell what is wrong among the children of that parent."""
        children = list(parent.iterchildren("*"))
        faults = content_faults(
            owner,
            [child.tag for child in children],
            guesses=self._findings.guesses,
            admits=lambda tag: _is_foreign(tag, owner.namespace),
        )
        for fault in faults:
            if self._findings.is_full:
                break
            child = parent if fault.rank is None else children[fault.rank]
            self._findings.content(fault, child, parent=parent)

    def attributes(self, node: Element, declared: ContentType, given: list[tuple[str, str]]) -> ContentType:
        """Look at the attributes one by one; the type of the element, which xsi:type may have changed."""
        kind = declared
        written = node.get(XSI_TYPE)
        if written is not None:
            kind = self._substitute(node, declared, written)
        if kind.abstract:
            self._findings.abstract(node, kind)
            return self._model.skipped
        for name, value in given:
            test = kind.tests.get(name)
            if (test is None or not test(value)) and name != XSI_TYPE:
                if name == XSI_NIL and node.tag.startswith(self._model.with_nil):
                    return self._model.skipped
                self._attribute(node, kind, name=name, value=value)
        if kind.asked:
            for name in sorted(kind.asked.difference(dict(given)) - {XSI_TYPE}):
                self._findings.missing_attribute(node, kind, name)
        if kind.text is not None:
            self._value(node, kind.text)
        return kind

    def _attribute(self, node: Element, kind: ContentType, *, name: str, value: str) -> None:
        attribute = kind.attributes.get(name)
        if name == XSI_NIL:
            self._findings.nil(node)
        elif attribute is None:
            self._findings.unknown_attribute(node, kind, name)
        elif not attribute.type.accepts(value):
            self._findings.value(node, attribute, value)
        elif attribute.fixed is not None and not attribute.type.equals(value, attribute.fixed):
            self._findings.fixed_value(node, attribute, value)
        elif attribute.type.identity == "xs:ID":
            self._identify(node, name, value=value.strip(SPACE))
        elif attribute.type.identity:
            self._references += [(item, node, name) for item in items(value)]

    def _identify(self, node: Element, name: str, *, value: str) -> None:
        if value in self._identifiers:
            self._findings.identifier_again(node, name, value)
        self._identifiers.add(value)

    def _substitute(self, node: Element, declared: ContentType, written: str) -> ContentType:
        """The type that xsi:type names, when it may stand for the declared one; else what needs no look."""
        known = declared.substitutes.get(written)
        if known is not None and node.prefix is None and node.tag.startswith(_IN_HL7):
            return known
        prefix, _, name = written.strip(SPACE).rpartition(":")
        if not prefix and node.prefix is None and node.tag.startswith(_IN_HL7):
            namespace: str | None = HL7
        else:
            namespace = node.nsmap.get(prefix or None)
        found = None if prefix and namespace is None else self._model.type_named(namespace, name)
        if found is None:
            self._findings.unknown_type(node, declared, written)
        elif declared.name not in found.bases:
            self._findings.foreign_type(node, declared, written)
        else:
            if namespace == HL7 and not prefix:
                declared.substitutes[written.strip(SPACE)] = found
            return found
        return self._model.skipped

    def _value(self, node: Element, kind: SimpleType) -> None:
        """The text of an element that holds a value."""
        if not kind.accepts((node.text or "") + "".join(child.tail or "" for child in node)):
            self._findings.text_value(node, kind)

    def finish(self) -> None:
        """Once all identifiers are known: references that lead nowhere."""
        for value, node, name in self._references:
            if value not in self._identifiers:
                self._findings.dangling_reference(node, name, value)


def _is_foreign(tag: Any, namespace: str) -> bool:
    return isinstance(tag, str) and tag.startswith("{") and not tag.startswith(f"{{{namespace}}}")
