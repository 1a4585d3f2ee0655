"""CDA bytes → the FHIR envelope of WS07: a DocumentReference each, a transaction Bundle for all.

A document that cannot be opened is wrapped all the same: the verdict refuses it, not the sender's tool.
Source: guide TDDUI CDA 1.0.1 (transport), profile TDDUIDocumentReference.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from sidoba_engine.formats.cda.door import CdaTree, open_tree
from sidoba_engine.formats.cda.limits import Limits
from sidoba_engine.formats.cda.names import ID, hl7

DOCUMENT_TYPE = "EXPORT_DUI"
DOCUMENT_TYPE_SYSTEM = "urn:oid:1.2.250.1.213.1.1.4.12"
FORMAT_CODE = "urn:asip:ci-sis:export-dui:2023"
FORMAT_SYSTEM = "urn:oid:1.2.250.1.213.1.1.4.2.282"
PROFILE = "https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/tddui-document-reference"
TITLE = "Export du Dossier Usager Informatisé"
_AUTHOR_ID = hl7("author", "assignedAuthor", "id")


def document_reference(content: bytes) -> dict[str, Any]:
    """The DocumentReference that carries these bytes, as JSON-ready data. Same bytes, same result.

    The title never names the person. `hash` is the SHA-1 of the bytes in base64, as FHIR R4 wants it.
    """
    opened = open_tree(content, Limits(size=len(content), depth=128))
    root = opened.root if isinstance(opened, CdaTree) else None
    written: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [PROFILE]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": _identifier(root, content)},
        "status": "current",
        "type": {"coding": [{"system": DOCUMENT_TYPE_SYSTEM, "code": DOCUMENT_TYPE, "display": TITLE}]},
    }
    if root is not None and (author := root.find(_AUTHOR_ID)) is not None and author.get("extension"):
        identifier = {"system": f"urn:oid:{author.get('root')}", "value": author.get("extension")}
        written["author"] = [{"type": "Device", "identifier": identifier}]
    attachment = {
        "contentType": "application/xml",
        "language": "fr-FR",
        "data": base64.b64encode(content).decode("ascii"),
        "size": len(content),
        "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii"),
        "title": TITLE,
    }
    written["content"] = [{"attachment": attachment, "format": {"system": FORMAT_SYSTEM, "code": FORMAT_CODE}}]
    return written


def bundle_of(documents: Iterable[bytes]) -> dict[str, Any]:
    """The transaction Bundle of these CDA documents, one entry each, in the same order."""
    entries = []
    for rank, content in enumerate(documents):
        digest = hashlib.sha256(content).hexdigest()
        entries.append(
            {
                "fullUrl": f"urn:uuid:{uuid5(NAMESPACE_OID, f'{rank}:{digest}')}",
                "resource": document_reference(content),
                "request": {"method": "POST", "url": "DocumentReference"},
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _identifier(root: etree._Element | None, content: bytes) -> str:
    """The document's own id as a URI; one made from its bytes when it has none to show."""
    own = root.find(ID) if root is not None else None
    issuer = own.get("root", "") if own is not None else ""
    extension = own.get("extension", "") if own is not None else ""
    if not issuer:
        return f"urn:uuid:{uuid5(NAMESPACE_OID, hashlib.sha256(content).hexdigest())}"
    scheme = "urn:uuid:" if "-" in issuer else "urn:oid:"
    return f"{scheme}{issuer}^{extension}" if extension else f"{scheme}{issuer}"
