"""The door: bytes → tree of a TDDUI document, or one fatal anomaly (R-CDA-001 to 005, 010, 011).

Nothing is fetched, no entity is ever expanded: a DOCTYPE is refused before the parser sees the bytes. The texts shown
are those of the rules, never the parser's. The tree is checked by `checking`, not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from sidoba_engine.anomaly import Location
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.encoding import DoorFault, first_bad_byte, place_of, to_utf8
from sidoba_engine.formats.cda.identity import service_user_of
from sidoba_engine.formats.cda.limits import Limits, excess, has_many_attributes, is_suspect, limits_of
from sidoba_engine.formats.cda.names import CLINICAL_DOCUMENT, TDDUI_TEMPLATE, TEMPLATE_ID, hl7
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.recognition import binary_kind, root_kind, text_kind
from sidoba_engine.formats.cda.versions import version_of
from sidoba_engine.formats.document import Document
from sidoba_engine.verdict import DocumentType

_PROLOG_ITEM = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_BLANK = b" \t\r\n"
_EXPAT_CAUSES = {
    2: "syntaxe",
    4: "caractere",
    7: "balises_croisees",
    8: "attribut_repete",
    9: "suite",
    11: "entite",
    14: "reference_caractere",
    17: "declaration_deplacee",
    27: "prefixe",
    28: "prefixe",
    30: "declaration",
    31: "declaration",
    38: "prefixe",
    39: "prefixe",
    40: "prefixe",
}
"""Error number of the diagnosing parser → cause of R-CDA-001; any other number is `syntaxe`.

What is only left open (a tag, a comment, a CDATA section) is found at the end: the document is then cut short.
"""


_OTHER_KINDS = frozenset({"R-CDA-010", "R-CDA-011"})
"""Rules that say the bytes are something else: the document's type is then unknown."""


@dataclass(frozen=True, slots=True)
class CdaTree:
    """A document let in: its root element, and the UTF-8 bytes it was parsed from (for lines and columns)."""

    root: etree._Element
    source: bytes


def read_cda(content: bytes, *, catalogue: Catalogue, facts: Facts, index: int) -> Document:
    """Open one CDA document. `content` of the result is a `CdaTree`, or None with one fatal anomaly.

    `index` is the rank of the document in the file or submission.
    """
    opened = open_tree(content, limits_of(catalogue))
    if isinstance(opened, DoorFault):
        rule = catalogue.rules[opened.rule]
        place = Location(opened.path, opened.line, opened.column)
        anomaly = rule.anomaly(place, facts.environment, ligne=opened.line, colonne=opened.column, **opened.facts)
        recognised = DocumentType.UNKNOWN if rule.id in _OTHER_KINDS else DocumentType.CDA
        return Document(index, recognised, None, [anomaly])
    return Document(
        index,
        DocumentType.CDA,
        opened,
        locate=Places(opened.source, opened.root).locate,
        service_user=service_user_of(opened.root),
        version=version_of(opened.root),
    )


def open_tree(content: bytes, limits: Limits) -> CdaTree | DoorFault:
    """The tree, or the first reason not to let the document in."""
    if len(content) > limits.size:
        return DoorFault("R-CDA-004", {"mesure": "octets", "taille": len(content), "limite": limits.size})
    if not content.strip(_BLANK):
        return DoorFault("R-CDA-001", {"cause": "vide"}, 1, 1)
    if kind := binary_kind(content):
        return DoorFault("R-CDA-010", {"trouve": kind})
    source = to_utf8(content)
    if isinstance(source, DoorFault):
        return source
    if not source.strip(_BLANK):
        return DoorFault("R-CDA-001", {"cause": "vide"}, 1, 1)
    if kind := text_kind(source):
        return DoorFault("R-CDA-010", {"trouve": kind})
    tree = _tree_of(source, limits)
    return tree if isinstance(tree, DoorFault) else _not_tddui(tree.root) or tree


def open_xml(content: bytes, limits: Limits) -> CdaTree | DoorFault:
    """The tree of any XML, by the same door; the faults are those of R-CDA-001 to R-CDA-005."""
    if not content.strip(_BLANK):
        return DoorFault("R-CDA-001", {"cause": "vide"}, 1, 1)
    source = to_utf8(content)
    return source if isinstance(source, DoorFault) else _tree_of(source, limits)


def _tree_of(source: bytes, limits: Limits) -> CdaTree | DoorFault:
    fault = doctype_in(source) or (excess(source, limits) if is_suspect(source, limits) else None)
    if fault is not None:
        return fault
    root = _parsed(source, limits)
    if isinstance(root, DoorFault):
        return root
    return (excess(source, limits) if has_many_attributes(root, limits) else None) or CdaTree(root, source)


def doctype_in(source: bytes) -> DoorFault | None:
    """A DOCTYPE can only stand before the root; in a comment or an instruction it is mere text."""
    position = 0
    while item := _PROLOG_ITEM.match(source, position):
        position = item.end()
    if source[position : position + 9].upper() != b"<!DOCTYPE":
        return None
    line, column = place_of(source[:position].decode("utf-8", "replace"))
    return DoorFault("R-CDA-003", {}, line, column)


def _parsed(source: bytes, limits: Limits) -> etree._Element | DoorFault:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return (
            first_bad_byte(source)
            or diagnosis(source, limits)
            or _unexplained(int(getattr(error, "code", 0)), line, column)
        )
    if _may_be_deeper(root, limits.depth - 2):
        return diagnosis(source, limits) or root
    return root


def _unexplained(code: int, line: int, column: int) -> DoorFault:
    """A fault only the main parser sees: the XML version, or syntax without a finer cause."""
    cause = "version" if code == etree.ErrorTypes.ERR_UNKNOWN_VERSION else "syntaxe"
    return DoorFault("R-CDA-001", {"cause": cause}, line, max(column, 1))


class _DepthReachedError(Exception):
    """Stops the diagnosing parser at the first element below the limit; its arguments are the line and the column."""


def diagnosis(source: bytes, limits: Limits) -> DoorFault | None:
    """Why and where parsing fails, from a second parser whose numbers we translate."""
    parser = expat.ParserCreate("utf-8", " ")
    depth = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.depth:
            raise _DepthReachedError(parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    at_end = False
    try:
        parser.Parse(source, False)
        at_end = True
        parser.Parse(b"", True)
    except _DepthReachedError as reached:
        return DoorFault("R-CDA-005", {"limite": limits.depth}, *reached.args)
    except expat.ExpatError as error:
        if at_end:
            return DoorFault("R-CDA-001", {"cause": "tronque"}, *place_of(source.decode("utf-8", "replace")))
        cause = _EXPAT_CAUSES.get(int(getattr(error, "code", 0)), "syntaxe")
        return DoorFault("R-CDA-001", {"cause": cause}, error.lineno, error.offset + 1)
    return None


def _may_be_deeper(element: etree._Element, levels: int) -> bool:
    """Cheap first look, comments counted as elements: a yes is verified by the diagnosing parser."""
    for child in element:  # noqa: SIM110 (a generator doubles the cost, and every document pays it)
        if len(child) and (not levels or _may_be_deeper(child, levels - 1)):
            return True
    return False


def _not_tddui(root: etree._Element) -> DoorFault | None:
    if root.tag != CLINICAL_DOCUMENT:
        return DoorFault("R-CDA-010", {"trouve": root_kind(root)})
    declared = [template.get("root") for template in root.iterchildren(TEMPLATE_ID)]
    times = declared.count(TDDUI_TEMPLATE)
    if times == 1:
        return None
    code = root.find(hl7("code"))
    found = "repete" if times else code.get("code", "") if code is not None else ""
    return DoorFault("R-CDA-011", {"trouve": found}, path="/ClinicalDocument")
