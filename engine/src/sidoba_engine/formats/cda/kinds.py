"""Kinds of checks over an element of a CDA document, each a factory: parameters of a rule → closure.

A rule of the catalogue names its kind in `controle`; the French names registered here are those of the catalogue. A
rule that fits none has its own small function in `own_checks`, registered the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.dispatch import Check
from sidoba_engine.formats.cda.parameters import Parameters
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.selectors import attribute_name, conditions, exists, finder, values

Factory = Callable[[Rule, Parameters, Catalogue], Check]
KINDS: dict[str, Factory] = {}


def kind(name: str) -> Callable[[Factory], Factory]:
    """Register a factory under the name rules use."""

    def register(factory: Factory) -> Factory:
        KINDS[name] = factory
        return factory

    return register


@kind("attribut_dans")
def attribute_in(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute is one of `valeurs`; `facultatif: true` lets it be absent."""
    name = attribute_name(parameters.text("attribut"))
    listed = parameters.texts("valeurs")
    admitted = frozenset(listed) | ({None} if parameters.flag("facultatif") else set())

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value not in admitted:
            run.report(rule, element, attribute=name, value=value, expected=listed)

    return check


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
    tests = [exists(path) for path in parameters.texts("chemin")]

    def check(element: Element, run: Run) -> None:
        if not any(test(element) for test in tests):
            run.report(rule, element)

    return check


@kind("absent")
def absent(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """None of the paths of `chemin` leads anywhere; each element found is reported."""
    finders = [finder(path) for path in parameters.texts("chemin")]

    def check(element: Element, run: Run) -> None:
        for find in finders:
            for found in find(element):
                run.report(rule, found)

    return check


@kind("cardinalite")
def cardinality(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The paths of `chemin` lead to `min` to `max` elements in all. One too many is shown at the first that exceeds.

    With `sans_nul: true`, none of them has a nullFlavor.
    """
    finders = [finder(path) for path in parameters.texts("chemin")]
    minimum, maximum = parameters.number("min", 0) or 0, parameters.number("max", None)
    filled = parameters.flag("sans_nul")

    def check(element: Element, run: Run) -> None:
        found = [item for find in finders for item in find(element)]
        if len(found) < minimum:
            run.report(rule, element, nombre=len(found))
        elif maximum is not None and len(found) > maximum:
            run.report(rule, found[maximum], nombre=len(found))
        elif (
            filled and (null := next((item for item in found if item.get("nullFlavor") is not None), None)) is not None
        ):
            run.report(rule, null, nombre=len(found))

    return check


@kind("jeu_de_valeurs")
def value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """@code and @codeSystem are a couple of the value set `jeu`; `facultatif: true` lets a nullFlavor stand instead."""
    name = parameters.text("jeu")
    if name not in catalogue.value_sets:
        raise parameters.fault(f"unknown value set {name}")
    chosen = catalogue.value_sets[name]
    couples = frozenset((code, chosen.systems.get(code)) for code in chosen.labels)
    expected = tuple(chosen.labels) if len(chosen.labels) <= 30 else ()
    may_be_null = parameters.flag("facultatif")

    def check(element: Element, run: Run) -> None:
        code, system = element.get("code"), element.get("codeSystem")
        if (code, system) in couples or (may_be_null and element.get("nullFlavor") is not None):
            return
        if code is not None and code in chosen.systems:
            run.report(rule, element, attribute="codeSystem", value=system, expected=(chosen.systems[code],))
        else:
            run.report(rule, element, attribute="code", value=code, expected=expected)

    return check


@kind("texte_dans_jeu")
def text_in_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """The text of the element is a code of the value set `jeu`, whatever its code system."""
    name = parameters.text("jeu")
    if name not in catalogue.value_sets:
        raise parameters.fault(f"unknown value set {name}")
    labels: Mapping[str, str] = catalogue.value_sets[name].labels

    def check(element: Element, run: Run) -> None:
        text = "".join(map(str, element.itertext()))
        if text not in labels:
            run.report(rule, element, value=text, expected=tuple(labels))

    return check


@kind("dates_ordonnees")
def ordered_dates(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """`avant` is not later than `apres` (paths to attributes), on their first `chiffres` figures (8: the day)."""
    earlier, later = values(parameters.text("avant")), values(parameters.text("apres"))
    figures = parameters.number("chiffres", 8)

    def check(element: Element, run: Run) -> None:
        limit = next((value for _, value in later(element) if value), None)
        for found, value in earlier(element):
            if limit and value and value[:figures] > limit[:figures]:
                run.report(rule, found, attribute="value", value=value)

    return check


@kind("unicite")
def unique(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """No two elements of the context have the same attributes of `attributs`; the second and following are reported.

    Only the first attribute is shown (an issuer or a UUID): the others may hold a person's number.
    """
    names = [attribute_name(name) for name in parameters.texts("attributs")]

    def check(element: Element, run: Run) -> None:
        seen = run.memory.setdefault(rule.id, set())
        key = tuple(element.get(name, "") for name in names)
        if key in seen:
            run.report(rule, element, value=key[0])
        seen.add(key)

    return check
