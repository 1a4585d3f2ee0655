"""The FHIR envelope of CDA documents (WS07): a transaction Bundle of DocumentReference, or one of them alone.

JSON and XML are read by the same rules. One `Document` per entry, lazily and in order. A fault of an entry names it and
refuses it alone (R-ENV-006 to 025); a fault of the whole lot refuses each of its documents, whose own verdicts stay
readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import Anomaly, mask
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.attachment import decoded_attachment
from sidoba_engine.formats.cda.door import CdaTree, read_cda
from sidoba_engine.formats.cda.limits import limits_of
from sidoba_engine.formats.cda.names import ID
from sidoba_engine.formats.cda.wrap import DOCUMENT_TYPE, FORMAT_CODE
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.envelope import Envelope, member, members, shown
from sidoba_engine.formats.fhir_xml import XmlText
from sidoba_engine.formats.json_text import JsonText
from sidoba_engine.formats.twin_entries import twins_of
from sidoba_engine.verdict import DocumentType

MOST_ENTRIES_RULE = "R-ENV-028"

_URI_SCHEME = re.compile(r"urn:(oid|uuid):", re.IGNORECASE)
_OID_OR_UUID = re.compile(r"(?:urn:(?:oid|uuid):)?[0-9A-Fa-f.-]{1,80}", re.IGNORECASE)


def read_wrapper(
    parsed: JsonText | XmlText, *, catalogue: Catalogue, facts: Facts, first_index: int
) -> Iterator[Document]:
    """The documents of an envelope: at least one, type `inconnu` with an anomaly when nothing could be taken out.

    `first_index` is the index of the first document. Source: API contract, WS07; guide TDDUI CDA 1.0.1 (transport).
    """
    envelope = Envelope(parsed, catalogue, facts)
    root = parsed.value if isinstance(parsed.value, Mapping) else {}
    kind = root.get("resourceType")
    if kind == "DocumentReference":
        of_all, _ = envelope.duplicates()
        yield _Reader(envelope).document(first_index, "", reference=root, anomalies=of_all)
    elif kind == "Bundle":
        yield from _bundle(envelope, root, first_index)
    else:
        yield _nothing(first_index, [envelope.anomaly("R-ENV-003", "/resourceType", trouve=shown(kind, "sans type"))])


def most_entries(catalogue: Catalogue) -> int:
    """How many entries one bundle may have (R-ENV-028)."""
    return int(catalogue.rules[MOST_ENTRIES_RULE].parameters["entrees"])


def _bundle(envelope: Envelope, bundle: Mapping[str, Any], first_index: int) -> Iterator[Document]:
    entries = bundle.get("entry")
    of_all, of_entries = envelope.duplicates()
    if bundle.get("type") != "transaction":
        of_all.append(envelope.anomaly("R-ENV-004", "/type", recu=shown(bundle.get("type"), "aucun")))
    if not isinstance(entries, list) or not entries:
        yield _nothing(first_index, [*of_all, envelope.anomaly("R-ENV-005", "/entry")])
        return
    most = most_entries(envelope.catalogue)
    if len(entries) > most:
        fault = envelope.anomaly(MOST_ENTRIES_RULE, "/entry", nombre=len(entries), limite=most)
        yield _nothing(first_index, [*of_all, fault])
        return
    reader = _Reader(envelope, twins_of(entries, limits_of(envelope.catalogue)))
    for rank, entry in enumerate(entries):
        known = [*of_all, of_entries[rank]] if rank in of_entries else list(of_all)
        yield reader.entry(first_index + rank, rank, entry=entry, anomalies=known)


def _nothing(index: int, anomalies: list[Anomaly]) -> Document:
    return Document(index, DocumentType.UNKNOWN, None, anomalies)


@dataclass(slots=True)
class _Reader:
    """Reads the entries one by one. `twins` tells which other entry is about the same service user."""

    envelope: Envelope
    twins: Mapping[int, int] = field(default_factory=dict)

    def entry(self, index: int, rank: int, *, entry: object, anomalies: list[Anomaly]) -> Document:
        """The document of one entry; `anomalies` are those already known of it, and are added to."""
        pointer, number = f"/entry/{rank}", rank + 1
        resource = member(entry, "resource")
        if not isinstance(resource, Mapping):
            return _nothing(index, [*anomalies, self.envelope.anomaly("R-ENV-006", pointer, entree=number)])
        kind = resource.get("resourceType")
        if kind != "DocumentReference":
            found = shown(kind, "sans type")
            place = f"{pointer}/resource/resourceType"
            return _nothing(index, [*anomalies, self.envelope.anomaly("R-ENV-007", place, entree=number, trouve=found)])
        method = member(member(entry, "request"), "method")
        if method != "POST":
            place = f"{pointer}/request/method"
            anomalies.append(self.envelope.anomaly("R-ENV-008", place, entree=number, recu=shown(method, "aucune")))
        document = self.document(index, f"{pointer}/resource", reference=resource, anomalies=anomalies)
        if rank in self.twins and document.content is not None:
            other = self.twins[rank] + 1
            place = f"{pointer}/resource"
            document.anomalies.append(self.envelope.anomaly("R-ENV-025", place, entree=number, autre=other))
        return document

    def document(self, index: int, pointer: str, *, reference: Mapping[str, Any], anomalies: list[Anomaly]) -> Document:
        """The document of one DocumentReference found at `pointer`."""
        anomalies += _sheet_anomalies(self.envelope, pointer, reference)
        content = decoded_attachment(self.envelope, pointer, reference=reference, anomalies=anomalies)
        if content is None:
            return Document(index, DocumentType.CDA, None, anomalies)
        document = read_cda(content, catalogue=self.envelope.catalogue, facts=self.envelope.facts, index=index)
        if isinstance(document.content, CdaTree):
            anomalies += _identifier_anomalies(self.envelope, pointer, reference=reference, tree=document.content)
        document.anomalies = anomalies + document.anomalies
        return document


def _sheet_anomalies(envelope: Envelope, pointer: str, reference: Mapping[str, Any]) -> Iterator[Anomaly]:
    """What the DocumentReference says of its document, before the document is opened."""
    if not member(reference.get("masterIdentifier"), "value"):
        yield envelope.anomaly("R-ENV-009", f"{pointer}/masterIdentifier")
    if reference.get("status") != "current":
        yield envelope.anomaly("R-ENV-010", f"{pointer}/status", recu=shown(reference.get("status"), "aucun"))
    codes = [member(coding, "code") for coding in members(reference.get("type"), "coding")]
    if DOCUMENT_TYPE not in codes:
        received = shown(codes[0] if codes else None, "aucun")
        yield envelope.anomaly("R-ENV-011", f"{pointer}/type", recu=received)
    for rank, content in enumerate(members(reference, "content")):
        code = member(member(content, "format"), "code")
        if code is not None and code != FORMAT_CODE:
            place = f"{pointer}/content/{rank}/format/code"
            yield envelope.anomaly("R-ENV-013", place, recu=shown(code, "aucun"))


def _identifier_anomalies(
    envelope: Envelope, pointer: str, *, reference: Mapping[str, Any], tree: CdaTree
) -> Iterator[Anomaly]:
    """The identifier the sheet announces is that of the document itself."""
    identifier = reference.get("masterIdentifier")
    announced, system = member(identifier, "value"), member(identifier, "system")
    own = tree.root.find(ID)
    if not isinstance(announced, str) or own is None or not own.get("root"):
        return
    issuer, extension = own.get("root", ""), own.get("extension", "")
    if _normal(announced) in _forms(issuer, extension, str(system or "")):
        return
    received = shown(announced, "") if _OID_OR_UUID.fullmatch(announced) else mask(announced)
    place = f"{pointer}/masterIdentifier/value"
    yield envelope.anomaly("R-ENV-022", place, recu=received, attendu=shown(issuer, ""))


def _forms(issuer: str, extension: str, system: str) -> set[str]:
    """The ways an identifier with its issuer is written in one value; the extension alone, when `system` agrees."""
    if not extension:
        return {_normal(issuer)}
    forms = {_normal(f"{issuer}^{extension}"), _normal(f"{issuer}.{extension}")}
    if not _URI_SCHEME.match(system) or _normal(system) == _normal(issuer):
        forms.add(_normal(extension))
    return forms


def _normal(identifier: str) -> str:
    return _URI_SCHEME.sub("", identifier.strip(), count=1).lower()
