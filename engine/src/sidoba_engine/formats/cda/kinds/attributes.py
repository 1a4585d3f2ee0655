"""Kinds of checks on attributes that need or exclude one another, and on children that do."""

from __future__ import annotations

import re

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.collecting import collector
from sidoba_engine.formats.cda.kinds.generic import kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.names import HL7, TEMPLATE_ID
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check, LocalCheck
from sidoba_engine.formats.cda.walk.projection import View
from sidoba_engine.formats.cda.walk.selectors import attribute_name, exists

_DECIMAL = re.compile(r"[ \t\r\n]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))*")
_UUID = re.compile(r"[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
_KEPT, _LONGEST_KEPT = 512, 64
_ANY = f"{{{HL7}}}*"
PRESENCE: frozenset[str] = frozenset()
"""Of an attribute, a check sees only whether it is there."""


def is_decimal(text: str) -> bool:
    """True for what XML Schema reads as a decimal, white space around it included."""
    return _DECIMAL.fullmatch(text) is not None


@kind("attribut_present")
def attribute_present(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute is there, even empty."""
    name = attribute_name(parameters.text("attribut"))

    def check(element: Element, run: Run) -> None:
        if element.get(name) is None:
            run.report(rule, element)

    return check


@kind("attribut_longueur")
def attribute_length(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute, where there is one, has at most `max` characters; `nombre` tells how many it has."""
    name = attribute_name(parameters.text("attribut"))
    longest = parameters.number("max", 64) or 0

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value is not None and len(value) > longest:
            run.report(rule, element, attribute=name, value=value, nombre=len(value))

    return check


@kind("attribut_entraine")
def attribute_requires(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """Where the attribute `si` is, the attribute `alors` is too."""
    name, required = attribute_name(parameters.text("si")), attribute_name(parameters.text("alors"))

    def check(element: Element, run: Run) -> None:
        if element.get(required) is None and (value := element.get(name)) is not None:
            run.report(rule, element, attribute=name, value=value)

    return LocalCheck(check, View({name: PRESENCE, required: PRESENCE}))


@kind("attribut_exclut")
def attribute_excludes(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """Where the attribute `si` is, none of the attributes `exclus` is."""
    name = attribute_name(parameters.text("si"))
    excluded = [attribute_name(text) for text in parameters.texts("exclus")]

    def check(element: Element, run: Run) -> None:
        if (value := element.get(name)) is not None and any(element.get(other) is not None for other in excluded):
            run.report(rule, element, attribute=name, value=value)

    return LocalCheck(check, View(dict.fromkeys((name, *excluded), PRESENCE)))


@kind("un_attribut_ou")
def some_attribute_or(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """One of the attributes `attributs` is there, or the path `ou` leads somewhere."""
    names = [attribute_name(text) for text in parameters.texts("attributs")]
    instead = exists(parameters.text("ou"))

    def check(element: Element, run: Run) -> None:
        for name in names:
            if element.get(name) is not None:
                return
        if not instead(element):
            run.report(rule, element)

    return check


@kind("nul_ou_attribut")
def null_or_attribute(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """Either a nullFlavor or the attribute, never both nor none; one of `valeurs`, or a number with `decimal: true`."""
    name = attribute_name(parameters.text("attribut"))
    expected = parameters.texts("valeurs") if parameters.has("valeurs") else ()
    admitted, decimal = frozenset(expected), parameters.flag("decimal")

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        right = value is None or ((not admitted or value in admitted) and (not decimal or is_decimal(value)))
        if not right or (element.get("nullFlavor") is None) is (value is None):
            run.report(rule, element, attribute=name, value=value, expected=expected)

    return check


@kind("oid_ou_uuid")
def oid_or_uuid(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The attribute, where there is one, is an OID or a UUID. Those met are remembered: templates repeat them."""
    name = attribute_name(parameters.text("attribut"))
    known: set[str] = set()

    def check(element: Element, run: Run) -> None:
        value = element.get(name)
        if value is None or value in known:
            return
        if _OID.fullmatch(value) is None and _UUID.fullmatch(value) is None:
            run.report(rule, element, attribute=name, value=value, expected=("OID", "UUID"))
        elif len(known) < _KEPT and len(value) <= _LONGEST_KEPT:
            known.add(value)

    return check


@kind("chacun_au_plus")
def each_at_most(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """Each path of `chemin` leads to at most `max` elements; the first too many is shown."""
    collectors = [collector(path) for path in parameters.texts("chemin")]
    maximum = parameters.number("max", 1) or 0

    def check(element: Element, run: Run) -> None:
        for collect in collectors:
            found = collect(element)
            if len(found) > maximum:
                run.report(rule, found[maximum], context=element, nombre=len(found))
                return

    return check


@kind("jamais_ensemble")
def never_together(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The paths of `chemin` do not all lead somewhere; what the last one leads to is shown."""
    collectors = [collector(path) for path in parameters.texts("chemin")]

    def check(element: Element, run: Run) -> None:
        found: list[Element] = []
        for collect in collectors:
            found = collect(element)
            if not found:
                return
        run.report(rule, found[0], context=element)

    return check


@kind("entree_connue")
def known_entry(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """One of the children declares one of the templates `modeles`; `vide_admis: true` lets there be no child."""
    templates, empty_excuses = frozenset(parameters.texts("modeles")), parameters.flag("vide_admis")

    def check(element: Element, run: Run) -> None:
        empty = True
        for child in element.iterchildren(_ANY):
            empty = False
            for template in child.iterchildren(TEMPLATE_ID):
                if template.get("root") in templates:
                    return
        if not (empty and empty_excuses):
            run.report(rule, element)

    return check
