"""The XHTML that a narrative may hold (R4, section 2.4.0 "Narrative"): formatting only, nothing that acts or loads."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_XHTML = "{http://www.w3.org/1999/xhtml}"
_ELEMENTS = _words(
    "a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 "
    "h3 h4 h5 h6 hr i img ins kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt "
    "ul var"
)
_EVERYWHERE = _words(
    "title style class id lang dir accesskey tabindex {http://www.w3.org/XML/1998/namespace}lang "
    "{http://www.w3.org/XML/1998/namespace}space span width align valign char charoff"
)
_OF_ELEMENT = {
    "a": frozenset({"href", "name", "target", "rel", "charset", "type", "hreflang", "rev"}),
    "area": frozenset({"shape", "coords", "href", "nohref", "alt"}),
    "blockquote": frozenset({"cite"}),
    "q": frozenset({"cite"}),
    "del": frozenset({"cite", "datetime"}),
    "ins": frozenset({"cite", "datetime"}),
    "img": frozenset({"src", "alt", "longdesc", "height", "usemap", "ismap", "border"}),
    "map": frozenset({"name"}),
    "ol": frozenset({"type", "start"}),
    "ul": frozenset({"type"}),
    "table": frozenset({"summary", "border", "frame", "rules", "cellspacing", "cellpadding"}),
    "td": frozenset({"abbr", "axis", "headers", "scope", "rowspan", "colspan", "nowrap", "bgcolor"}),
    "th": frozenset({"abbr", "axis", "headers", "scope", "rowspan", "colspan", "nowrap", "bgcolor"}),
    "tr": frozenset({"bgcolor"}),
}
_LINKS = frozenset({"href", "src", "cite", "longdesc", "usemap"})
_ACTIVE_LINK = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data(?!:image/)|file)[\x00-\x20]*:", re.IGNORECASE)
_LOADING_STYLE = re.compile(r"url\s*\(|@import|expression\s*\(|\\", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


def is_narrative(text: str) -> bool:
    """Whether a text is one `div` of XHTML with some content, without scripts, forms, frames or outside styles."""
    if "<!" in text.replace("<!--", "") or "<?" in text:
        return False  # a document type, a CDATA section or an instruction has no place here
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_ENTITY.sub(_as_number, text).encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return False
    if root.tag != _XHTML + "div":
        return False
    has_content = False
    for element in root.iter():
        if element.tag is etree.Comment:
            has_content = has_content or bool((element.tail or "").strip())
            continue
        if not _is_allowed(element):
            return False
        inside = element.tag == _XHTML + "img" or (element.text or "").strip()
        has_content = has_content or bool(inside) or (element is not root and bool((element.tail or "").strip()))
    return has_content


def _as_number(match: re.Match[str]) -> str:
    characters = None if match[1] in _OF_XML else html5.get(match[1] + ";")
    return match[0] if characters is None else "".join(f"&#{ord(character)};" for character in characters)


def _is_allowed(element: etree._Element) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or not tag.startswith(_XHTML) or tag[len(_XHTML) :] not in _ELEMENTS:
        return False
    own = _OF_ELEMENT.get(tag[len(_XHTML) :], frozenset())
    for name, value in element.attrib.items():
        written, content = str(name), str(value)
        if written not in _EVERYWHERE and written not in own:
            return False
        if written in _LINKS and _ACTIVE_LINK.match(content):
            return False
        if written == "style" and _LOADING_STYLE.search(content):
            return False
    return True
