"""Kinds of checks on typed values: xsi:type, timestamps of the calendar, intervals, durations, base64 contents."""

from __future__ import annotations

import string

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.attributes import PRESENCE, is_decimal
from sidoba_engine.formats.cda.kinds.collecting import collector
from sidoba_engine.formats.cda.kinds.generic import kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.moments import is_moment, moment_key
from sidoba_engine.formats.cda.names import HL7, XSI, hl7
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check, LocalCheck
from sidoba_engine.formats.cda.walk.projection import View
from sidoba_engine.formats.cda.walk.selectors import parse, type_of, values

_LOW, _HIGH, _VALUE = hl7("low"), hl7("high"), hl7("value")
_BOUNDS = frozenset(hl7(name) for name in ("low", "high", "center", "width"))
_TYPED = View({f"{{{XSI}}}type": None, "nullFlavor": PRESENCE})
_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_BLANKS = b" \t\r\n"
_KEPT, _LONGEST_KEPT = 512, 32
_PADDINGS = frozenset({b"", b"=", b"=="})


@kind("types_de_valeur")
def value_types(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The elements `chemin` leads to have the xsi:type `type`, and are at least `min`.

    `nul_admis: true` excuses those with a nullFlavor. The first at fault is shown.
    """
    collect, wanted = collector(parameters.text("chemin")), parameters.text("type")
    minimum, null_excuses = parameters.number("min", 0) or 0, parameters.flag("nul_admis")

    def check(element: Element, run: Run) -> None:
        found = collect(element)
        for value in found:
            given = type_of(value)
            if given != wanted and not (null_excuses and value.get("nullFlavor") is not None):
                run.report(rule, value, context=element, value=given, expected=(wanted,))
                return
        if len(found) < minimum:
            run.report(rule, element, expected=(wanted,))

    (step,) = parse(parameters.text("chemin")).steps
    return check if step.guard else LocalCheck(check, View(children={step.name: _TYPED}))


@kind("horodatage")
def timestamp(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """@value, where there is one, is a moment of the calendar; the bounds of a quantity (IVL_PQ) are no moments.

    Those met are remembered: a document repeats its own.
    """

    known: set[str] = set()

    def check(element: Element, run: Run) -> None:
        value = element.get("value")
        if value is None or value in known:
            return
        if is_moment(value):
            if len(known) < _KEPT and len(value) < _LONGEST_KEPT:
                known.add(value)
        elif not _bounds_a_quantity(element):
            run.report(rule, element, attribute="value", value=value)

    return check


def _bounds_a_quantity(element: Element) -> bool:
    parent = element.getparent()
    return element.tag != _VALUE and parent is not None and _is_quantity(parent)


def _is_quantity(element: Element) -> bool:
    return element.tag == _VALUE and type_of(element) == "IVL_PQ"


@kind("forme_de_date")
def one_form_of_time(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """A nullFlavor, a @value or bounds, one of the three."""

    def check(element: Element, run: Run) -> None:
        value, null = element.get("value"), element.get("nullFlavor")
        if null is not None and (value is not None or any(child.tag in _BOUNDS for child in element.iterchildren("*"))):
            run.report(rule, element, attribute="nullFlavor", value=null)
        elif value is not None and len(element) and any(True for _ in element.iterchildren(f"{{{HL7}}}*")):
            run.report(rule, element, attribute="value")

    return check


@kind("bornes_ordonnees")
def ordered_bounds(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """low is not after high, offsets to UTC counted, when both are moments."""

    def check(element: Element, run: Run) -> None:
        low, high = _bound(element, _LOW), _bound(element, _HIGH)
        if low is None or high is None or _is_quantity(element):
            return
        start, end = moment_key(low.get("value", "")), moment_key(high.get("value", ""))
        if start is not None and end is not None and start > end:
            run.report(rule, high, context=element, attribute="value", value=high.get("value"))

    return check


@kind("bornes_distinctes")
def distinct_bounds(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """low and high are not written the same."""

    def check(element: Element, run: Run) -> None:
        if _is_quantity(element):
            return
        starts = {low.get("value") for low in element.iterchildren(_LOW)} - {None}
        for high in element.iterchildren(_HIGH):
            if (value := high.get("value")) in starts:
                run.report(rule, high, context=element, attribute="value", value=value)
                return

    return check


def _bound(element: Element, tag: str) -> Element | None:
    return next((child for child in element.iterchildren(tag) if child.get("value") is not None), None)


@kind("jours_ordonnes")
def ordered_days(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """No day of `avant` is later than a day of `apres` (paths to attributes, compared on their first 8 figures)."""
    earlier, later = values(parameters.text("avant")), values(parameters.text("apres"))

    def check(element: Element, run: Run) -> None:
        limits = [(value[:8], value, found) for found, value in later(element) if value is not None]
        starts = [value[:8] for _, value in earlier(element) if value is not None]
        if not limits or not starts:
            return
        day, value, found = min(limits, key=lambda limit: limit[0])
        if max(starts) > day:
            run.report(rule, found, context=element, attribute="value", value=value)

    return check


@kind("jour_avant_document")
def day_before_document(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """@value, or what `chemin` leads to, is not after the day of the document (ClinicalDocument/effectiveTime).

    A document without date is not reproached here when `date_absente_admise` is true.
    """
    days = values(parameters.text("chemin", "./@value"))
    lenient = parameters.flag("date_absente_admise")
    path = hl7("effectiveTime")

    def check(element: Element, run: Run) -> None:
        for found, value in days(element):
            if value is None:
                continue
            written = run.root.find(path)
            limit = None if written is None else written.get("value")
            if value[:8] > (limit or "")[:8] and not (limit is None and lenient):
                run.report(rule, found, context=element, attribute="value", value=value)

    return check


@kind("duree")
def duration(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """@value is a number and @unit one of `unites`; a nullFlavor may stand instead."""
    units = parameters.texts("unites")
    admitted = frozenset(units)

    def check(element: Element, run: Run) -> None:
        if element.get("nullFlavor") is not None:
            return
        value, unit = element.get("value"), element.get("unit")
        if value is None or not is_decimal(value):
            run.report(rule, element, attribute="value", value=value)
        elif unit not in admitted:
            run.report(rule, element, attribute="unit", value=unit, expected=units)

    return check


@kind("base64")
def base64_content(rule: Rule, _parameters: Parameters, _: Catalogue) -> Check:
    """The text of the element is standard base64, white space apart, and not empty."""

    def check(element: Element, run: Run) -> None:
        content = _content(element)
        if content is None or not _is_base64(content):
            run.report(rule, element)

    return check


def _is_base64(content: bytes) -> bool:
    """True for standard base64 that says something: one native pass over the content, then only over what is left."""
    rest = content.translate(None, _ALPHABET)
    padding = rest.translate(None, _BLANKS)
    if padding not in _PADDINGS:
        return False
    digits = len(content) - len(rest)
    if not digits or (digits + len(padding)) % 4:
        return False
    return not padding or not content[content.index(b"=") :].translate(None, _BLANKS + b"=")


@kind("debut_base64")
def base64_start(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The first 200 characters of the text, white space apart, begin with `debut`."""
    start, shown = parameters.text("debut"), 200

    def check(element: Element, run: Run) -> None:
        text = element.text or ""
        if len(element) and len(text) < shown:
            text = "".join(map(str, element.itertext()))
        if not text[:shown].translate(_NO_BLANKS).startswith(start):
            run.report(rule, element)

    return check


_NO_BLANKS = {ord(blank): None for blank in " \t\r\n"}


def _content(element: Element) -> bytes | None:
    """The text as bytes; None when it is not ASCII."""
    text = "".join(map(str, element.itertext())) if len(element) else element.text or ""
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        return None
