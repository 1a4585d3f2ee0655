"""FHIR envelopes in XML → the same values as in JSON, so that one reader judges both; places are XPaths.

Only the members that the rules of the envelope look at are kept. The reading is that of the CDA door: a DOCTYPE is
refused before the parser sees it, nothing is fetched, levels and nodes are bounded, the parser's words never leave.
Source: FHIR R4 (4.0.1), XML format.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from lxml import etree

from sidoba_engine.anomaly import Location
from sidoba_engine.formats.cda.door import CdaTree, open_xml
from sidoba_engine.formats.cda.encoding import DoorFault
from sidoba_engine.formats.cda.limits import Limits
from sidoba_engine.formats.cda.names import FHIR
from sidoba_engine.formats.cda.places import Places

_RESOURCE = "resource"
_CODED = {"code": None}
_ATTACHMENT = dict.fromkeys(("contentType", "url", "data", "size", "hash", "title"))
_SHAPES: Mapping[str, Mapping[str, Any]] = {
    "Bundle": {"type": None, "entry": [{"resource": _RESOURCE, "request": {"method": None}}]},
    "DocumentReference": {
        "masterIdentifier": {"system": None, "value": None},
        "status": None,
        "type": {"coding": [_CODED]},
        "content": [{"attachment": _ATTACHMENT, "format": _CODED}],
    },
}
"""What is read of each resource: None for a primitive, a list for what may be repeated (a list in JSON too)."""

_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
_CAUSES = {
    "R-CDA-002": "encodage",
    "R-CDA-003": "doctype",
    "R-CDA-004": "trop_grand",
    "R-CDA-005": "trop_profond",
    "vide": "fin_inattendue",
    "tronque": "fin_inattendue",
    "suite": "suite_inattendue",
}
"""Rule of the door, or cause of its R-CDA-001 → cause of R-ENV-002; any other is `syntaxe`."""


class XmlFault(Exception):
    """An envelope that cannot be read: the cause, one of those of R-ENV-002, and where."""

    def __init__(self, fault: DoorFault) -> None:
        super().__init__(fault.rule)
        code = fault.facts["cause"] if fault.rule == "R-CDA-001" else fault.rule
        self.cause = _CAUSES.get(code, "syntaxe")
        self.line, self.column = fault.line or 1, fault.column or 1


@dataclass(slots=False)
class XmlText:
    """An envelope as read: `value` and `duplicates` as in `JsonText`, and places by the same pointers.

    `value` is None when the root is no FHIR resource.
    """

    value: dict[str, Any] | None
    tree: CdaTree = field(repr=False)
    most: int
    duplicates: dict[str, int] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict, repr=False)
    format: str = "xml"

    def locate(self, pointer: str) -> Location:
        """Place of the element that a pointer names, of the nearest one around it when there is none."""
        while pointer not in self._locations:
            pointer = pointer.rpartition("/")[0]
        return self._locations[pointer]

    def locate_key(self, pointer: str) -> Location:
        """The same: in XML a member is its element."""
        return self.locate(pointer)

    @cached_property
    def _locations(self) -> dict[str, Location]:
        """All of them by one more pass: thousands of faulty entries cost no more than one."""
        found = Places(self.tree.source, self.tree.root).locations([(item, None) for item in self.elements.values()])
        return dict(zip(self.elements, found, strict=True))


def read_fhir_xml(content: bytes, *, limits: Limits, most: int) -> XmlText:
    """Read a whole FHIR resource. The size of a submission is bounded where it is received, not by `limits.size`.

    Of what is repeated more than `most` times, the rest is counted but not read: it is None. Raises XmlFault.
    """
    tree = open_xml(content, replace(limits, size=sys.maxsize))
    if isinstance(tree, DoorFault):
        raise XmlFault(tree)
    text = XmlText(None, tree, most, elements={"": tree.root})
    if etree.QName(tree.root).namespace == FHIR:
        text.value = _resource(text, tree.root, "")
    return text


def _resource(text: XmlText, element: etree._Element, pointer: str) -> dict[str, Any]:
    kind = etree.QName(element).localname
    return {"resourceType": kind, **_members(text, element, pointer, _SHAPES.get(kind, {}))}


def _members(text: XmlText, element: etree._Element, pointer: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """The members of one element; of one that may not be repeated, the last, as when JSON is read."""
    found: dict[str, Any] = {}
    for child in element.iterchildren(f"{{{FHIR}}}*"):
        name = etree.QName(child).localname
        if name not in shape:
            continue
        place, expected = f"{pointer}/{name}", shape[name]
        if isinstance(expected, list):
            several = found.setdefault(name, [])
            is_read = len(several) < text.most
            several.append(_value(text, child, f"{place}/{len(several)}", expected[0]) if is_read else None)
            continue
        if name in found:
            text.duplicates[place] = text.duplicates.get(place, 1) + 1
        found[name] = _value(text, child, place, expected)
    return found


def _value(text: XmlText, element: etree._Element, pointer: str, shape: Any) -> Any:
    text.elements[pointer] = element
    if shape == _RESOURCE:
        held = list(element.iterchildren(f"{{{FHIR}}}*"))
        if len(held) > 1:
            text.duplicates[pointer] = len(held)
        if not held:
            return None
        text.elements[pointer] = held[-1]
        return _resource(text, held[-1], pointer)
    if shape is not None:
        return _members(text, element, pointer, shape)
    written = element.get("value")
    is_number = pointer.endswith("/size") and written is not None and _WHOLE.fullmatch(written)
    return int(written) if is_number and written is not None else written
