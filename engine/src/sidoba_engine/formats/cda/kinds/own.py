"""Checks that one rule alone needs: keys of identifiers, outside references, a document replacing itself."""

from __future__ import annotations

import re

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.generic import kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.names import ID, XSI
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check
from sidoba_engine.identifiers import ins, rpps

_PREFIXED_RPPS = re.compile(r"8[0-9]{11}")
_SCHEMA_LOCATION = f"{{{XSI}}}schemaLocation"


@kind("cle_ins")
def ins_key(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The key of the INS number in @extension is right (its shape is another rule's, met first)."""

    def check(element: Element, run: Run) -> None:
        number = element.get("extension", "")
        if ins.key_of(number[:13]) != number[13:]:
            run.report(rule, element, attribute="extension", value=number)

    return check


@kind("cle_rpps")
def rpps_key(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The key of the RPPS number, after its prefix 8 in @extension, is right; other identifiers are not looked at."""

    def check(element: Element, run: Run) -> None:
        identifier = element.get("extension", "")
        if _PREFIXED_RPPS.fullmatch(identifier) and not rpps.is_valid(identifier[1:]):
            run.report(rule, element, attribute="extension", value=identifier)

    return check


@kind("references_externes")
def outside_references(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """Schema locations and stylesheets named by the document are never loaded: said once each."""

    def check(element: Element, run: Run) -> None:
        if element.get(_SCHEMA_LOCATION) is not None:
            run.report(rule, element, attribute=_SCHEMA_LOCATION, reference="xsi:schemaLocation")
        sibling = element.getprevious()
        while sibling is not None:
            if getattr(sibling, "target", None) == "xml-stylesheet":
                run.report(rule, element, reference="xml-stylesheet")
            sibling = sibling.getprevious()

    return check


@kind("remplace_un_autre")
def replaces_another(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The document replaced is not the document itself."""

    def check(element: Element, run: Run) -> None:
        own = run.root.find(ID)
        replaced = element.get("root"), element.get("extension", "")
        if own is not None and replaced == (own.get("root"), own.get("extension", "")):
            run.report(rule, element, attribute="root", value=replaced[0])

    return check
