"""The section of joined documents."""

from __future__ import annotations

import binascii

from sidoba_engine.formats.cda.entry_names import ATTACHMENT, ATTACHMENT_TYPE, LOINC, OBSERVATION
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_cited,
    add_coded_value,
    add_derived_id,
    add_identifier,
    add_status,
    add_templates,
    add_time,
    fixed_code,
    key_of,
)
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.records.record import Attachment


def write_attachment(
    section: Element, attachment: Attachment, *, rank: int, narrative: Narrative, writing: Writing
) -> None:
    """One joined document with its content, which the narrative shows."""
    path, media = f"attachments/{rank}", f"media-{rank + 1}"
    element = add(add(section, "entry"), "organizer", classCode="CLUSTER", moodCode="EVN")
    add_templates(element, ATTACHMENT)
    add_identifier(element, writing.need(attachment.identifier, f"{path}/identifier"))
    fixed_code(element, "55107-7", "Document attaché", system=LOINC)
    add_status(element)
    title = writing.need(attachment.title, f"{path}/title")
    reference = narrative.cite(f"Document {rank + 1}", "Titre", title)
    _write_kind(element, attachment, reference, path)
    narrative.show_media(f"Document {rank + 1}", "Contenu", media)
    _write_content(element, attachment, media, writing, path)


def _write_kind(element: Element, attachment: Attachment, reference: str, path: str) -> None:
    kind = add(add(element, "component", typeCode="COMP"), "observation", classCode="OBS", moodCode="EVN")
    add_templates(kind, "1.3.6.1.4.1.19376.1.5.3.1.4.13", OBSERVATION, ATTACHMENT_TYPE)
    add_derived_id(kind, key_of(attachment.identifier, path), "kind")
    fixed_code(kind, "69764-9", "Type de document", system=LOINC)
    add_cited(kind, reference)
    add_status(kind)
    add_time(kind, attachment.dated)
    value = add_coded_value(kind, attachment.kind)
    if attachment.kind is None:
        value.attrib.pop("nullFlavor")
        add_cited(value, reference, name="originalText")


def _write_content(element: Element, attachment: Attachment, media: str, writing: Writing, path: str) -> None:
    digest = writing.need(attachment.digest, f"{path}/digest")
    content = writing.contents.get(digest or "")
    if digest is not None and content is None:
        writing.missing.append(f"{path}/content")
    item = add(add(element, "component"), "observationMedia", classCode="OBS", moodCode="EVN", ID=media)
    encoded = binascii.b2a_base64(content or b"", newline=False).decode("ascii")
    add(
        item,
        "value",
        encoded,
        mediaType=writing.need(attachment.media_type, f"{path}/media_type"),
        representation="B64",
    )
