"""The section of joined documents: each known by its content."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator

from sidoba_engine.formats.cda.entry_names import ATTACHMENT, ATTACHMENT_TYPE, ATTACHMENTS_SECTION
from sidoba_engine.formats.cda.names import hl7, local_name
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first, templates_of
from sidoba_engine.records.record import Attachment

_SECTIONS = hl7("component", "structuredBody", "component", "section")


def read_attachments(source: Source, section: Element) -> list[Attachment]:
    """The joined documents of one section."""
    return [
        _attachment(source, element, f"attachments/{rank}")
        for rank, element in enumerate(held for held, templates in entries(section, "entry") if ATTACHMENT in templates)
    ]


def contents_of(root: Element) -> dict[str, bytes]:
    """The contents of the joined documents by digest (sha256), as `Attachment.digest` names them."""
    found: dict[str, bytes] = {}
    for section in root.iterfind(_SECTIONS):
        if ATTACHMENTS_SECTION in templates_of(section):
            for held, templates in entries(section, "entry"):
                content = _content(_media_value(held)) if ATTACHMENT in templates else None
                if content is not None:
                    found[hashlib.sha256(content).hexdigest()] = content
    return found


def _attachment(source: Source, element: Element, path: str) -> Attachment:
    source.places[path] = (element, None)
    found = children(element)
    kind = children(next(_components(element, "observation"), None))
    media = _media_value(element)
    content = _content(media)
    return Attachment(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        title=source.cited(first(kind, "text")),
        kind=code_of(first(kind, "value")),
        dated=source.moment(first(kind, "effectiveTime"), f"{path}/dated"),
        media_type=None if media is None else media.get("mediaType"),
        digest=None if content is None else hashlib.sha256(content).hexdigest(),
        size=None if content is None else len(content),
    )


def _components(element: Element, name: str) -> Iterator[Element]:
    for component in element.iterchildren(hl7("component")):
        for held in component.iterchildren("*"):
            if local_name(str(held.tag)) == name and (name != "observation" or ATTACHMENT_TYPE in templates_of(held)):
                yield held


def _media_value(element: Element) -> Element | None:
    return first(children(next(_components(element, "observationMedia"), None)), "value")


def _content(value: Element | None) -> bytes | None:
    """The bytes of a base64 value; None when it is not one."""
    if value is None or value.get("representation") != "B64" or not value.text:
        return None
    try:
        return binascii.a2b_base64("".join(value.text.split()).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
