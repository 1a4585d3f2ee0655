"""Documents put back into the FHIR envelope they came from: their data, size and digest change, nothing else does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.attachment import decoded_attachment
from sidoba_engine.formats.cda.repair.rewriting import Change, with_values
from sidoba_engine.formats.envelope import Envelope, member, members
from sidoba_engine.formats.fhir_wrapper import most_entries
from sidoba_engine.formats.fhir_xml import XmlText
from sidoba_engine.formats.json_places import JsonPlaces
from sidoba_engine.formats.json_text import JsonText
from sidoba_engine.verdict_json import encode

_ATTACHMENT = "/content/0/attachment"


def enclosed_documents(
    parsed: JsonText | XmlText, *, catalogue: Catalogue, facts: Facts
) -> Iterator[tuple[str, bytes] | None]:
    """For each document of an envelope, in their order, the pointer of its attachment and its bytes.

    Nothing of an envelope with more entries than are read. None for a document that cannot be taken out, or is not the
    one that its size and digest announce.
    """
    envelope = Envelope(parsed, catalogue, facts)
    if len(members(parsed.value, "entry")) > most_entries(catalogue):
        return
    for pointer, reference in _references(parsed.value):
        if not isinstance(reference, Mapping) or reference.get("resourceType") != "DocumentReference":
            yield None
            continue
        content = decoded_attachment(envelope, pointer, reference=reference, anomalies=[])
        yield None if content is None else (pointer + _ATTACHMENT, content)


def with_documents(content: bytes, parsed: JsonText | XmlText, documents: Mapping[str, bytes]) -> bytes:
    """The envelope with other bytes in some attachments, told by their pointers; the very same bytes without any."""
    written = {
        f"{pointer}/{name}": value
        for pointer, document in documents.items()
        for name, value in _description_of(document).items()
    }
    if isinstance(parsed, XmlText):
        places = {(parsed.elements[at], "value"): str(value) for at, value in written.items() if at in parsed.elements}
        return with_values(content, parsed.tree, {place: _always(value) for place, value in places.items()})
    text = content.decode()
    json = JsonPlaces(text)
    spans = [(spans[1], value) for pointer, value in written.items() if (spans := json.spans(pointer)) is not None]
    parts, position = [], 0
    for (start, end), value in sorted(spans, key=lambda item: item[0]):
        parts += [text[position:start], encode(value).decode()]
        position = end
    return "".join([*parts, text[position:]]).encode()


def _always(value: str) -> Change:
    return lambda _: value


def _description_of(document: bytes) -> dict[str, str | int]:
    """The members of an attachment that depend on its bytes (FHIR R4: `hash` is their SHA-1 in base64)."""
    digest = hashlib.sha1(document, usedforsecurity=False).digest()
    return {
        "data": base64.b64encode(document).decode("ascii"),
        "size": len(document),
        "hash": base64.b64encode(digest).decode("ascii"),
    }


def _references(root: object) -> Iterator[tuple[str, object]]:
    if member(root, "resourceType") == "DocumentReference":
        yield "", root
        return
    for rank, entry in enumerate(members(root, "entry")):
        yield f"/entry/{rank}/resource", member(entry, "resource")
