"""Kinds of checks over an element of a CDA document, each a factory: parameters of a rule → closure.

A rule of the catalogue names its kind in `controle`; the French names registered here are those of the catalogue. A
rule that fits none has its own small function in `own_checks`, registered the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.collecting import Collector, collector
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check, LocalCheck
from sidoba_engine.formats.cda.walk.projection import View, seen_by_all
from sidoba_engine.formats.cda.walk.selectors import attribute_name, conditions, exists, finder, parse, path_view
from sidoba_engine.value_set import ValueSet

Factory = Callable[[Rule, Parameters, Catalogue], Check]
KINDS: dict[str, Factory] = {}
LISTED_CODES = 30
"""An anomaly lists the codes expected up to that many."""
_CODED = frozenset(
    {"code", "codeSystem", "codeSystemName", "displayName", "classCode", "moodCode", "typeCode", "determinerCode"}
    | {"inversionInd", "representation", "mediaType", "qualifier", "use", "unit"}
)
"""Attributes that say the same in thousands of elements."""


def kind(name: str) -> Callable[[Factory], Factory]:
    """Register a factory under the name rules use."""

    def register(factory: Factory) -> Factory:
        KINDS[name] = factory
        return factory

    return register


@kind("attribut_dans")
def attribute_in(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute is one of `valeurs`; `facultatif: true` lets it be absent, `nul_admis: true` a nullFlavor be."""
    name = attribute_name(parameters.text("attribut"))
    listed = parameters.texts("valeurs")
    return _admitted(rule, parameters, name=name, codes=frozenset(listed), expected=listed)


@kind("attribut_dans_jeu")
def attribute_in_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """The attribute is a code of the value set `jeu`, whatever its code system; excuses as for `attribut_dans`."""
    name = attribute_name(parameters.text("attribut"))
    codes = tuple(_value_set(parameters, catalogue).labels)
    expected = codes if len(codes) <= LISTED_CODES else ()
    return _admitted(rule, parameters, name=name, codes=frozenset(codes), expected=expected)


def _admitted(
    rule: Rule, parameters: Parameters, *, name: str, codes: frozenset[str], expected: tuple[str, ...]
) -> Check:
    admitted = codes | ({None} if parameters.flag("facultatif") else set())
    null_excuses = parameters.flag("nul_admis")

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value not in admitted and not (null_excuses and element.get("nullFlavor") is not None):
            run.report(rule, element, attribute=name, value=value, expected=expected)

    return _on_attributes(check, name)


def _on_attributes(check: Check, *names: str) -> Check:
    """The check as a local one when its attributes are codes: identifiers and dates are never twice the same."""
    if not _CODED.issuperset(names):
        return check
    return LocalCheck(check, View({**dict.fromkeys(names), "nullFlavor": frozenset()}))


@kind("attribut_rempli")
def attribute_filled(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute holds more than white space; `nul_admis: true` lets a nullFlavor stand instead."""
    name = attribute_name(parameters.text("attribut"))
    null_excuses = parameters.flag("nul_admis")

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if (value is None or not value.strip(" \t\r\n")) and not (
            null_excuses and element.get("nullFlavor") is not None
        ):
            run.report(rule, element, attribute=name, value=value)

    return _on_attributes(check, name)


@kind("attribut_pas_dans")
def attribute_not_in(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute is none of `valeurs`; `attendu` lists what to use instead."""
    name = attribute_name(parameters.text("attribut"))
    refused = frozenset(parameters.texts("valeurs"))
    expected = parameters.texts("attendu") if parameters.has("attendu") else ()

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value in refused:
            run.report(rule, element, attribute=name, value=value, expected=expected)

    return check


@kind("attribut_motif")
def attribute_pattern(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The whole attribute matches `motif` (said for people in `forme`); `facultatif: true` lets it be absent."""
    name = attribute_name(parameters.text("attribut"))
    matches = re.compile(parameters.text("motif"), re.ASCII).fullmatch
    expected = parameters.texts("forme")
    may_be_absent = parameters.flag("facultatif")

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value is None and may_be_absent:
            return
        if value is None or not matches(value):
            run.report(rule, element, attribute=name, value=value, expected=expected)

    return check


@kind("attributs_fixes")
def fixed_attributes(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """Each attribute of `valeurs` has exactly that value; the first that has not is reported."""
    fixed = [(attribute_name(name), value) for name, value in parameters.mapping("valeurs").items()]

    def check(element: Element, run: Run) -> None:
        for name, expected in fixed:
            value = element.get(name)
            if value != expected:
                run.report(rule, element, attribute=name, value=value, expected=(expected,))
                return

    return check


@kind("formes")
def one_of_shapes(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The element has one of the shapes of `formes`, each a list of conditions between brackets."""
    shapes = [conditions(shape) for shape in parameters.texts("formes")]

    def check(element: Element, run: Run) -> None:
        if not any(shape(element) for shape in shapes):
            run.report(rule, element)

    return check


@kind("present")
def present(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """`chemin` (one, or any of several) leads somewhere from the element."""
    paths = parameters.texts("chemin")
    tests = [exists(path) for path in paths]

    def check(element: Element, run: Run) -> None:
        for test in tests:
            if test(element):
                return
        run.report(rule, element)

    return _local(check, *(path_view(parse(path)) for path in paths))


@kind("absent")
def absent(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """None of the paths of `chemin` leads anywhere; each element found is reported."""
    paths = parameters.texts("chemin")
    finders = [finder(path) for path in paths]

    def check(element: Element, run: Run) -> None:
        for find in finders:
            for found in find(element):
                run.report(rule, found, context=element)

    return _local(check, *(path_view(parse(path)) for path in paths))


@kind("cardinalite")
def cardinality(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The paths of `chemin` lead to `min` to `max` elements in all. One too many is shown at the first that exceeds.

    With `sans_nul: true`, none of them has a nullFlavor.
    """
    paths = parameters.texts("chemin")
    collect = _collected(paths)
    minimum, maximum = parameters.number("min", 0) or 0, parameters.number("max", None)
    filled = parameters.flag("sans_nul")

    def check(element: Element, run: Run) -> None:
        found = collect(element)
        if len(found) < minimum:
            run.report(rule, element, nombre=len(found))
        elif maximum is not None and len(found) > maximum:
            run.report(rule, found[maximum], context=element, nombre=len(found))
        elif filled:
            for item in found:
                if item.get("nullFlavor") is not None:
                    run.report(rule, item, context=element, nombre=len(found))
                    return

    ending = "[@nullFlavor]" if filled else ""
    return _local(check, *(path_view(parse(path + ending)) for path in paths))


def _collected(paths: tuple[str, ...]) -> Collector:
    """All that the paths lead to, in their order."""
    collectors = [collector(path) for path in paths]
    if len(collectors) == 1:
        return collectors[0]
    return lambda element: [item for collect in collectors for item in collect(element)]


def _local(check: Check, *views: View | None) -> Check:
    """The check with all it sees, when a projection can hold it."""
    known = [view for view in views if view is not None]
    return LocalCheck(check, seen_by_all(known)) if len(known) == len(views) else check


@kind("jeu_de_valeurs")
def value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """@code and @codeSystem are a couple of the value set `jeu`; `facultatif: true` lets a nullFlavor stand instead."""
    chosen = _value_set(parameters, catalogue)
    couples = frozenset((code, chosen.systems.get(code)) for code in chosen.labels)
    expected = tuple(chosen.labels) if len(chosen.labels) <= LISTED_CODES else ()
    may_be_null = parameters.flag("facultatif")

    def check(element: Element, run: Run) -> None:
        code, system = element.get("code"), element.get("codeSystem")
        if (code, system) in couples or (may_be_null and element.get("nullFlavor") is not None):
            return
        if code is not None and code in chosen.systems:
            run.report(rule, element, attribute="codeSystem", value=system, expected=(chosen.systems[code],))
        else:
            run.report(rule, element, attribute="code", value=code, expected=expected)

    return _on_attributes(check, "code", "codeSystem")


@kind("texte_dans_jeu")
def text_in_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """The text of the element is a code of the value set `jeu`, whatever its code system."""
    labels = _value_set(parameters, catalogue).labels

    def check(element: Element, run: Run) -> None:
        text = "".join(map(str, element.itertext()))
        if text not in labels:
            run.report(rule, element, value=text, expected=tuple(labels))

    return check


def _value_set(parameters: Parameters, catalogue: Catalogue) -> ValueSet:
    name = parameters.text("jeu")
    if name not in catalogue.value_sets:
        raise parameters.fault(f"unknown value set {name}")
    return catalogue.value_sets[name]
