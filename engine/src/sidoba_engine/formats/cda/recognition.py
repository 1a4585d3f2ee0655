"""What was sent instead of a CDA document: codes, explained by the labels of R-CDA-010; never its text."""

from __future__ import annotations

import re

from lxml import etree

from sidoba_engine.formats.cda.names import CLINICAL_DOCUMENT, FHIR, HL7, XHTML, XSLT, local_name

_SIGNATURES = (
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"GIF8", "image"),
    (b"\xd0\xcf\x11\xe0", "bureautique"),
)
_TEXTS = (
    (b"{\\rtf", "rtf"),
    (b"{", "json"),
    (b"[", "json"),
    (b"MSH|", "hl7_v2"),
    (b"PD94bWwg", "base64"),
    (b"PENsaW5pY2FsRG9jdW1lbnQ", "base64"),
)
_HEAD = 20_000
_OFFICE_PARTS = (b"[Content_Types].xml", b"word/", b"xl/", b"mimetypeapplication/vnd.oasis")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FHIR_KINDS = {"Bundle": "fhir_bundle", "DocumentReference": "fhir_document_reference"}


def binary_kind(content: bytes) -> str | None:
    """The kind told by the first bytes, None when they are not those of a known binary file."""
    found = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    is_office = found == "zip" and any(part in content[:_HEAD] for part in _OFFICE_PARTS)
    return "bureautique" if is_office else found


def text_kind(source: bytes) -> str | None:
    """The kind of a text that does not start as XML; None when it does."""
    first = re.search(rb"\S", source)
    start = source[first.start() : first.start() + 200] if first else b""
    if start.startswith(b"<"):
        return "html" if re.match(rb"(?i)<!doctype\s+html|<html[\s>]", start) else None
    found = next((kind for signature, kind in _TEXTS if start.startswith(signature)), None)
    if found is None:
        return "binaire" if _CONTROL.search(start) else "texte"
    return "fhir_json" if found == "json" and b'"resourceType"' in source[:_HEAD] else found


def root_kind(root: etree._Element) -> str:
    """The kind of an XML document whose root is not ClinicalDocument in the namespace of HL7."""
    name = etree.QName(root)
    if name.namespace == FHIR:
        return _FHIR_KINDS.get(name.localname, "fhir_autre")
    if name.namespace == XSLT:
        return "auto_presentable" if next(root.iter(CLINICAL_DOCUMENT), None) is not None else "feuille_de_style"
    if name.namespace == XHTML:
        return "html"
    if local_name(str(root.tag)) == "ClinicalDocument":
        return "espace_de_noms"
    return "hl7_v3" if name.namespace == HL7 else "xml"
