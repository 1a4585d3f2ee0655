"""What a content is, from its bytes: never from a file name or a header.

`kind_of` looks at the first bytes only; JSON is told apart once it has been parsed, by `kind_of_json`. The kinds are
the codes that R-ENV-001 explains in French (`trouve`).
"""

from __future__ import annotations

import re
from enum import StrEnum

from sidoba_engine.checks.wrapper import looks_wrapped
from sidoba_engine.formats.text_encoding import UTF8_BOM, wide_encoding


class Door(StrEnum):
    """Where a content came in. A door takes its own kinds only; the command line takes all of them."""

    ANY = "ligne_de_commande"
    KEY_VALUE = "ws05"
    CDA_BUNDLE = "ws07"
    USER_MODEL = "ws03"
    USER_DATA = "ws09"


class Kind(StrEnum):
    """What a content was recognised as."""

    EMPTY = "vide"
    BINARY = "binaire"
    PDF = "pdf"
    ZIP = "zip"
    GZIP = "gzip"
    ZSTD = "zstd"
    IMAGE = "image"
    OFFICE = "bureautique"
    RTF = "rtf"
    HTML = "html"
    CSV = "csv"
    TEXT = "texte"
    HL7_V2 = "hl7_v2"
    BASE64 = "base64"
    XML = "xml"
    FHIR_XML = "fhir_xml"
    CDA = "cda_nu"
    JSON = "json"
    KEY_VALUE = "cle_valeur"
    FHIR_WRAPPER = "enveloppe_cda"
    FHIR_RESOURCES = "fhir_ressources"
    FHIR_OTHER = "fhir_autre"


_HEAD = 4096
_LONG_HEAD = 65_536  # looked at only when comments or instructions fill the first bytes of an XML text
_BLANK = b" \t\r\n"
_SIGNATURES = (
    (b"%PDF", Kind.PDF),
    (b"\x1f\x8b", Kind.GZIP),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x89PNG", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"\xd0\xcf\x11\xe0", Kind.OFFICE),
    (b"{\\rtf", Kind.RTF),
    (b"MSH|", Kind.HL7_V2),
)
_OFFICE_PARTS = (b"[Content_Types].xml", b"word/", b"xl/", b"mimetypeapplication/vnd.oasis")
_BASE64_STARTS = (b"PD94bWwg", b"PENsaW5pY2FsRG9jdW1lbnQ", b"JVBERi0")
_JSON_SCALAR = re.compile(rb'\s*(?:"[^\r\n]*"|-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity)\s*')
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)([^>]*)")
_FHIR_NAMESPACE = "http://hl7.org/fhir"
_PROFILE = "/tddui-document-reference"


def kind_of(content: bytes) -> Kind:
    """The kind told by the first bytes; any JSON is `Kind.JSON`."""
    head = content[:_HEAD]
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return Kind.OFFICE if any(part in content[:20_000] for part in _OFFICE_PARTS) else Kind.ZIP
    start = _start_of_text(head)
    if not start:
        return Kind.EMPTY if not content.strip(_BLANK) else _kind_of_text(content.lstrip(_BLANK)[:_HEAD])
    kind = Kind.JSON if _is_json_scalar(content) else _kind_of_text(start)
    if kind is Kind.XML and len(content) > _HEAD:
        return _kind_of_text(_start_of_text(content[:_LONG_HEAD]))
    return kind


def _start_of_text(head: bytes) -> bytes:
    is_wide = wide_encoding(head) is not None
    text = head.replace(b"\x00", b"").lstrip(b"\xff\xfe") if is_wide else head.removeprefix(UTF8_BOM)
    return text.lstrip(_BLANK)


def _is_json_scalar(content: bytes) -> bool:
    return len(content) <= _HEAD and _JSON_SCALAR.fullmatch(content) is not None


def _kind_of_text(start: bytes) -> Kind:
    if start.startswith(b"<"):
        return _kind_of_markup(start.decode("utf-8", "replace"))
    if start.startswith((b"{", b"[", b"//", b"/*")):
        return Kind.JSON
    if start.startswith(_BASE64_STARTS):
        return Kind.BASE64
    if any(byte < 0x20 and byte not in b"\t\n\r\f\x1b" for byte in start):
        return Kind.BINARY
    return Kind.CSV if _looks_tabular(start) else Kind.TEXT


def _looks_tabular(start: bytes) -> bool:
    """Two lines with the same number of semicolons, tabs or commas: a table."""
    lines = [line for line in start.splitlines()[:3] if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(mark) > 0 and lines[0].count(mark) == lines[1].count(mark) for mark in (b";", b"\t", b",")
    )


def _kind_of_markup(text: str) -> Kind:
    position = 0
    doctype_is_html = re.match(r"<!doctype\s+html", text, re.IGNORECASE) is not None
    while before := _BEFORE_ROOT.match(text, position):
        position = before.end()
    root = _ROOT.match(text, position)
    name, attributes = (root[1], root[2]) if root else ("", "")
    if doctype_is_html or name.lower() == "html":
        return Kind.HTML
    if name == "ClinicalDocument":
        return Kind.CDA
    return Kind.FHIR_XML if _FHIR_NAMESPACE in attributes else Kind.XML


def looks_like_fhir(content: bytes) -> bool:
    """True when a JSON text that has not been parsed (or cannot be) is meant to be a FHIR resource."""
    return b'"resourceType"' in content or b'"resourceType"' in content[:_HEAD].replace(b"\x00", b"")


def kind_of_json(value: object) -> Kind:
    """The kind of a JSON text once parsed: FHIR says what it is, and so does the wrapper of key-value data."""
    if not isinstance(value, dict):
        return Kind.JSON
    match value.get("resourceType"):
        case None:
            return Kind.KEY_VALUE if looks_wrapped(value) else Kind.JSON
        case "Bundle":
            return Kind.FHIR_RESOURCES if _is_of_resources(value.get("entry")) else Kind.FHIR_WRAPPER
        case "DocumentReference":
            return Kind.FHIR_OTHER if _follows_guide(value) and not _carries_xml(value) else Kind.FHIR_WRAPPER
        case _:
            return Kind.FHIR_OTHER


def _is_of_resources(entries: object) -> bool:
    """True for a bundle of other resources than DocumentReference, none of which carries a document in XML."""
    if not isinstance(entries, list):
        return False
    resources = [entry["resource"] for entry in entries if isinstance(entry, dict) and "resource" in entry]
    typed = [resource for resource in resources if isinstance(resource, dict)]
    references = [resource for resource in typed if resource.get("resourceType") == "DocumentReference"]
    return len(references) < len(typed) and not any(
        _carries_xml(resource) or not _is_attached(resource) for resource in references
    )


def _attachments(reference: dict[str, object]) -> list[dict[str, object]]:
    contents = reference.get("content")
    several = contents if isinstance(contents, list) else []
    found = [content.get("attachment") for content in several if isinstance(content, dict)]
    return [attachment for attachment in found if isinstance(attachment, dict)]


def _is_attached(reference: dict[str, object]) -> bool:
    """True when it says of what kind the document is; one that says nothing is meant to be a CDA document."""
    return any(isinstance(attachment.get("contentType"), str) for attachment in _attachments(reference))


def _carries_xml(reference: dict[str, object]) -> bool:
    return any("xml" in str(attachment.get("contentType", "")).lower() for attachment in _attachments(reference))


def _follows_guide(reference: dict[str, object]) -> bool:
    """True when it declares the profile of the guide for documents in FHIR."""
    meta = reference.get("meta")
    declared = meta.get("profile") if isinstance(meta, dict) else None
    return isinstance(declared, list) and any(str(url).partition("|")[0].endswith(_PROFILE) for url in declared)
