"""FHIR XML → the value that the same resource has in JSON, so that one engine judges both; places are XPaths.

What repeats is a list, what is written `value="…"` becomes a text, a number or a boolean by its type, `id` and
extensions of a primitive go to its `_name`. What has no place in FHIR is kept under its name, to be named by the rules.
The reading is that of the CDA door: no DOCTYPE, no entity, bounded levels and nodes.
Source: FHIR R4 (4.0.1), XML and JSON formats.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from lxml import etree

from sidoba_engine.anomaly import Location
from sidoba_engine.formats.cda.door import CdaTree, open_xml
from sidoba_engine.formats.cda.encoding import DoorFault
from sidoba_engine.formats.cda.limits import Limits
from sidoba_engine.formats.cda.names import FHIR
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.fhir.definitions import Definitions, Element, TypeDefinition
from sidoba_engine.formats.fhir_xml import XmlFault

_XHTML = "http://www.w3.org/1999/xhtml"
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,4299})(?:\.[0-9]{1,4300})?(?:[eE][+-]?[0-9]{1,6})?")
_INTEGERS = frozenset({"integer", "unsignedInt", "positiveInt"})

Shape = TypeDefinition | Element | None


@dataclass(slots=False)
class FhirXml:
    """A resource as read from XML: `value` and `duplicates` as in `JsonText`, and places by the same pointers."""

    value: dict[str, Any]
    tree: CdaTree = field(repr=False)
    duplicates: dict[str, int] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict, repr=False)

    def locate(self, pointer: str) -> Location:
        """Place of the element that a pointer names, of the nearest one around it when there is none."""
        while pointer and pointer not in self._locations:
            pointer = pointer.rpartition("/")[0]
        return self._locations[pointer]

    def locate_key(self, pointer: str) -> Location:
        """The same: in XML a member is its element."""
        return self.locate(pointer)

    @cached_property
    def _locations(self) -> dict[str, Location]:
        found = Places(self.tree.source, self.tree.root).locations([(item, None) for item in self.elements.values()])
        return dict(zip(self.elements, found, strict=True))


def read_xml(content: bytes, *, definitions: Definitions, limits: Limits) -> FhirXml:
    """Read a whole resource; one of another namespace has a `resourceType` that FHIR does not know. Raises XmlFault."""
    tree = open_xml(content, replace(limits, size=sys.maxsize))
    if isinstance(tree, DoorFault):
        raise XmlFault(tree)
    return _Reader(definitions, tree).read()


class _Reader:
    def __init__(self, definitions: Definitions, tree: CdaTree) -> None:
        self.types = definitions.types
        self.definitions = definitions
        self.text = FhirXml({}, tree)

    def read(self) -> FhirXml:
        root = self.text.tree.root
        self.text.elements[""] = root
        self.text.value = self.resource(root, "")
        return self.text

    def resource(self, element: etree._Element, pointer: str) -> dict[str, Any]:
        name = etree.QName(element)
        kind = name.localname if name.namespace == FHIR else f"{{{name.namespace}}}"
        return {"resourceType": kind, **self.members(element, pointer, self.types.get(kind))}

    def members(self, element: etree._Element, pointer: str, shape: Shape) -> dict[str, Any]:
        """The members of one object: its attributes, its text when it should have none, its children."""
        found: dict[str, Any] = {str(name): value for name, value in element.attrib.items()}
        if element.text and element.text.strip():
            found["#text"] = element.text
        names = shape.json_names if shape is not None else {}
        for child in element.iterchildren("*"):
            tag = etree.QName(child)
            if tag.namespace == _XHTML and tag.localname == "div":
                self.put(found, pointer, "div", _narrative(child), child)
                continue
            key = tag.localname if tag.namespace == FHIR else f"{{{tag.namespace}}}"
            pair = names.get(key)
            if child.tail and child.tail.strip():
                found["#text"] = child.tail
            self.member(found, pointer, key, pair, child)
        return found

    def member(
        self,
        found: dict[str, Any],
        pointer: str,
        key: str,
        pair: tuple[Element, str] | None,
        child: etree._Element,
    ) -> None:
        repeats = pair is not None and pair[0].max > 1
        place = f"{pointer}/{key}"
        rank = len(found.get(key, found.get("_" + key, ()))) if repeats else 0
        where = f"{place}/{rank}" if repeats else place
        self.text.elements.setdefault(place, child)
        self.text.elements[where] = child
        if pair is not None and self._is_primitive(pair[1]):
            self.primitive(found, key, pair, child, pointer=pointer, rank=rank)
            return
        value = self.value(child, where, pair)
        if repeats:
            found.setdefault(key, []).append(value)
        else:
            self.put(found, pointer, key, value, child)

    def put(self, found: dict[str, Any], pointer: str, key: str, value: Any, child: etree._Element) -> None:
        place = f"{pointer}/{key}"
        if key in found:
            self.text.duplicates[place] = self.text.duplicates.get(place, 1) + 1
        found[key] = value
        self.text.elements[place] = child

    def value(self, child: etree._Element, where: str, pair: tuple[Element, str] | None) -> Any:
        if pair is None:
            return (
                child.get("value")
                if child.get("value") is not None and not len(child)
                else self.members(child, where, None)
            )
        element, code = pair
        if code in ("Resource", "DomainResource"):
            held = list(child.iterchildren("*"))
            if len(held) != 1:
                return {str(etree.QName(one).localname): {} for one in held} if held else {}
            self.text.elements[where] = held[0]
            return self.resource(held[0], where)
        return self.members(child, where, self._shape(element, code))

    def primitive(
        self,
        found: dict[str, Any],
        key: str,
        pair: tuple[Element, str],
        child: etree._Element,
        *,
        pointer: str,
        rank: int,
    ) -> None:
        """The value of a primitive, and beside it its `id`, its extensions and whatever else was written there."""
        element, code = pair
        repeats = element.max > 1
        under = f"{pointer}/_{key}" + (f"/{rank}" if repeats else "")
        rest = self.members(child, under, self.types["Element"])
        written = rest.pop("value", None)
        value = None if written is None else _typed(written, code)
        if rest:
            self.text.elements[under] = child
            self.text.elements.setdefault(f"{pointer}/_{key}", child)
        if repeats:
            _append(found, key, rank, value)
            _append(found, "_" + key, rank, rest or None)
            return
        if value is not None or not rest:
            self.put(found, pointer, key, value, child)
        if rest:
            found["_" + key] = rest

    def _is_primitive(self, code: str) -> bool:
        return code in self.types and self.types[code].kind == "primitive-type"

    def _shape(self, element: Element, code: str) -> Shape:
        if element.content_reference is not None:
            return self.definitions.element_at(element.content_reference)
        return element if element.children else self.types.get(code)


def _append(found: dict[str, Any], key: str, rank: int, value: Any) -> None:
    """Add to the list of values or to the list beside it; a list of nothing but None is not written."""
    values = found.get(key)
    if values is None:
        if value is None:
            return
        values = found[key] = [None] * rank
    values.extend([None] * (rank - len(values)))
    values.append(value)


def _typed(written: str, code: str) -> Any:
    """The JSON value of an attribute; a text that its type does not admit stays a text, for the rules to name."""
    if code == "boolean":
        return {"true": True, "false": False}.get(written, written)
    if code in _INTEGERS and _WHOLE.fullmatch(written):
        return int(written)
    if code == "decimal" and _DECIMAL.fullmatch(written):
        return int(written) if _WHOLE.fullmatch(written) else Decimal(written)
    return written


def _narrative(div: etree._Element) -> str:
    return etree.tostring(div, encoding="unicode", with_tail=False)
