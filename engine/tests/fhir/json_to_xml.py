"""The same resource in FHIR XML, written by the rules of the format: for tests that compare both readings."""

from __future__ import annotations

from typing import Any

from lxml import etree

FHIR = "http://hl7.org/fhir"


def as_xml(resource: dict[str, Any]) -> bytes:
    """The resource as an XML document."""
    root = etree.Element(f"{{{FHIR}}}{resource['resourceType']}", nsmap={None: FHIR})
    _members(root, resource)
    return etree.tostring(root, encoding="utf-8", pretty_print=True)


def _members(parent: etree._Element, value: dict[str, Any]) -> None:
    for key in value:
        name = key.removeprefix("_")
        if key == "resourceType" or (name != key and name in value):
            continue
        if key in ("id", "url") and _is_attribute(parent, key):
            parent.set(key, value[key])
            continue
        content, extra = value.get(name), value.get("_" + name)
        if name == "div":
            parent.append(etree.fromstring(content))
            continue
        contents = content if isinstance(content, list) else [content]
        extras = extra if isinstance(extra, list) else [extra]
        for rank in range(max(len(contents), len(extras))):
            item = contents[rank] if rank < len(contents) else None
            beside = extras[rank] if rank < len(extras) else None
            _element(parent, name, item, beside)


def _is_attribute(parent: etree._Element, key: str) -> bool:
    tag = etree.QName(parent).localname
    return (key == "id" and not tag[0].isupper()) or (key == "url" and tag in ("extension", "modifierExtension"))


def _element(parent: etree._Element, name: str, item: Any, beside: Any) -> None:
    child = etree.SubElement(parent, f"{{{FHIR}}}{name}")
    if isinstance(item, dict) and "resourceType" in item:
        _members(etree.SubElement(child, f"{{{FHIR}}}{item['resourceType']}"), item)
    elif isinstance(item, dict):
        _members(child, item)
    elif item is not None:
        child.set("value", str(item).lower() if isinstance(item, bool) else str(item))
    if isinstance(beside, dict):
        _members(child, beside)
