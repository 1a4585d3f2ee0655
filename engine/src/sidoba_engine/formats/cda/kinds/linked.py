"""Kinds of checks that link elements far apart: identifiers, references, what the document holds elsewhere.

What refers is gathered on the walk; what it may refer to is looked up once, after it, and only if something refers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.collecting import collector
from sidoba_engine.formats.cda.kinds.fed_checks import FedCheck
from sidoba_engine.formats.cda.kinds.generic import kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.names import ID, hl7
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check
from sidoba_engine.formats.cda.walk.selectors import attribute_name, exists

_BLANK = re.compile(r"[ \t\r\n]+")
_ANCHORS = "ID"
_RENDERED = hl7("renderMultiMedia")


@kind("renvoi_narratif")
def narrative_reference(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """A @value that begins with `#` names the ID of an element of the document."""

    def finish(run: Run, gathered: list[Element]) -> None:
        for element in gathered:
            value = element.get("value", "")
            if not _is_anchor(run, value[1:]):
                run.report(rule, element, attribute="value", value=value)

    gather = _gatherer(rule, finish)

    def check(element: Element, run: Run) -> None:
        if element.get("value", "").startswith("#"):
            gather(element, run)

    return check


@kind("objets_presents")
def objects_present(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """Each name in @referencedObject is the ID of an element of the document; the first that is not is shown."""

    def finish(run: Run, gathered: list[Element]) -> None:
        for element in gathered:
            missing = next((name for name in _named_objects(element) if not _is_anchor(run, name)), None)
            if missing is not None:
                run.report(rule, element, attribute="referencedObject", value=missing)

    return _gatherer(rule, finish)


@kind("objet_cite")
def object_cited(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The ID of the element is named by a renderMultiMedia of the document."""

    def finish(run: Run, gathered: list[Element]) -> None:
        cited = {name for element in run.root.iter(_RENDERED) for name in _named_objects(element)}
        for element in gathered:
            identifier = element.get(_ANCHORS)
            if identifier is None or identifier not in cited:
                run.report(rule, element, attribute=_ANCHORS, value=identifier)

    return _gatherer(rule, finish)


@kind("renvoi_interne")
def internal_reference(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The identifier repeats that of an element of the document which is not itself such a reference.

    The context is all identifiers of references; those with a nullFlavor are not judged.
    """

    def finish(run: Run, gathered: list[Element]) -> None:
        targets = Counter(_identity(element) for element in run.root.iter(ID))
        targets.subtract(_identity(element) for element in gathered)
        for element in gathered:
            identity = _identity(element)
            if element.get("nullFlavor") is None and (identity[0] is None or targets[identity] < 1):
                run.report(rule, element, value=identity[1] or identity[0])

    return _gatherer(rule, finish)


@kind("codes_distincts_du_document")
def distinct_codes_of_document(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """No two elements of the context have the same code (`chemin` leads to it): said once, at the second of them."""
    collect = collector(parameters.text("chemin"))

    def check(element: Element, run: Run) -> None:
        seen: set[str] | None = run.memory.setdefault(rule.id, set())
        if seen is None:
            return
        for code in {code for found in collect(element) if (code := found.get("code")) is not None}:
            if code in seen:
                run.report(rule, element, context=run.root, value=code)
                run.memory[rule.id] = None
                return
            seen.add(code)

    return check


@kind("present_ou_ailleurs")
def present_or_elsewhere(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """`chemin` leads somewhere from the element, or `ailleurs` does from the root of the document."""
    here, elsewhere = exists(parameters.text("chemin")), exists(parameters.text("ailleurs"))

    def check(element: Element, run: Run) -> None:
        if here(element):
            return
        excused = run.memory.get(rule.id)
        if excused is None:
            excused = run.memory[rule.id] = elsewhere(run.root)
        if not excused:
            run.report(rule, element)

    return check


def _gatherer(rule: Rule, finish: Callable[[Run, list[Element]], None]) -> Check:
    """A check that only keeps its elements; `finish` judges them together after the walk."""

    def gather(element: Element, run: Run) -> None:
        gathered = run.memory.get(rule.id)
        if gathered is None:
            gathered = run.memory[rule.id] = []
            run.last.append(lambda: finish(run, gathered))
        gathered.append(element)

    return gather


def _is_anchor(run: Run, name: str) -> bool:
    """True when an element of the document has that ID.

    Those the content model has met are looked at first; all others only for a name that is not among them.
    """
    if name in run.identifiers:
        return True
    everywhere: set[str] | None = run.memory.get(_ANCHORS)
    if everywhere is None:
        found = {element.get(_ANCHORS) for element in run.root.iter("*")}
        everywhere = run.memory[_ANCHORS] = {anchor for anchor in found if anchor is not None}
    return name in everywhere


def _named_objects(element: Element) -> list[str]:
    written = element.get("referencedObject")
    return _BLANK.split(written) if written else []


def _identity(element: Element) -> tuple[str | None, str]:
    return element.get("root"), element.get("extension", "")


@kind("unicite")
def unique(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """No two elements that `parmi` leads to have the same attributes of `attributs`; all but the first are shown.

    Of their attributes only the first is shown (an issuer or a UUID): the others may hold a person's number.
    """
    names = [attribute_name(name) for name in parameters.texts("attributs")]

    def begin(element: Element, run: Run) -> None:
        run.memory[rule.id] = element, set()

    def compare(found: Element, run: Run) -> None:
        context, seen = run.memory[rule.id]
        key = tuple([found.get(name, "") for name in names])
        if key in seen:
            run.report(rule, found, context=context, value=key[0])
        seen.add(key)

    return FedCheck(begin, ((parameters.text("parmi").removeprefix("./"), compare),))
