"""How much of anything one XML text may hold (R-CDA-004, R-CDA-005): reading it must cost what receiving it did."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from xml.parsers import expat

from lxml import etree

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.encoding import DoorFault


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one document, read from the rules that state them: bytes, levels of elements …

    `nodes` are elements, attributes, comments and instructions: what a parsed tree costs grows with them, not with
    bytes. `attributes` are those of one element, `prefixes` those in force at one place: each question asked of an
    element costs as much as it has of them.
    """

    size: int
    depth: int
    nodes: int = sys.maxsize
    attributes: int = sys.maxsize
    prefixes: int = sys.maxsize


def limits_of(catalogue: Catalogue) -> Limits:
    """The bounds that R-CDA-004 and R-CDA-005 state."""
    bounds = catalogue.rules["R-CDA-004"].parameters
    return Limits(
        size=bounds["octets"],
        depth=catalogue.rules["R-CDA-005"].parameters["profondeur"],
        nodes=bounds["noeuds"],
        attributes=bounds["attributs"],
        prefixes=bounds["prefixes"],
    )


def is_suspect(source: bytes, limits: Limits) -> bool:
    """Quick bounds: a node takes at least four bytes and has its `<` or its `=`, a prefix has its declaration."""
    has_many_nodes = len(source) > 4 * limits.nodes and source.count(b"<") + source.count(b"=") > limits.nodes
    return has_many_nodes or source.count(b"xmlns:") >= limits.prefixes


class _ExcessError(Exception):
    """Something is beyond its limit; its arguments are what (a label of R-CDA-004), the limit, line and column."""


def excess(source: bytes, limits: Limits) -> DoorFault | None:
    """What is beyond the limits, by a reader that builds nothing and stops there; None when the text is not XML."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.ordered_attributes = True
    nodes = prefixes = 0

    def count(what: str, number: int, limit: int) -> None:
        if number > limit:
            raise _ExcessError(what, limit, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def add(number: int) -> None:
        nonlocal nodes
        nodes += number
        count("noeuds", nodes, limits.nodes)

    def start(_name: str, attributes: list[str]) -> None:
        count("attributs", len(attributes) // 2, limits.attributes)
        add(1 + len(attributes) // 2)

    def declare(prefix: str | None, _namespace: str) -> None:
        nonlocal prefixes
        prefixes += 1
        count("prefixes", prefixes, limits.prefixes)

    def forget(_prefix: str | None) -> None:
        nonlocal prefixes
        prefixes -= 1

    parser.StartElementHandler = start
    parser.StartNamespaceDeclHandler, parser.EndNamespaceDeclHandler = declare, forget
    parser.CommentHandler = lambda _text: add(1)
    parser.ProcessingInstructionHandler = lambda _target, _text: add(1)
    try:
        parser.Parse(source, True)
    except _ExcessError as found:
        what, limit, line, column = found.args
        return DoorFault("R-CDA-004", {"mesure": what, "taille": limit + 1, "limite": limit}, line, column)
    except expat.ExpatError:
        return None
    return None


def has_many_attributes(root: etree._Element, limits: Limits) -> bool:
    """Whether an element has more attributes than it may: the one question asked of the tree itself."""
    return limits.attributes < sys.maxsize and bool(_with_more_attributes(limits.attributes)(root))


@cache
def _with_more_attributes(limit: int) -> etree.XPath:
    """In the parser's own language, which answers without a walk in ours."""
    return etree.XPath(f"boolean(//@*[{limit + 1}])")
