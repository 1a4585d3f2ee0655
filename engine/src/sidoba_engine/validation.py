"""Bytes → verdicts: the one way in, for the command line, the sandbox and production.

`read` finds the documents in a content, `validate` judges one of them, `judge` does both.
"""

from __future__ import annotations

from collections.abc import Iterator

from sidoba_engine.anomaly import Findings, Location, anomaly_rank
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.key_value import check_key_value
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import check_cda, read_cda
from sidoba_engine.formats.cda.limits import limits_of
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.checking import check_fhir
from sidoba_engine.formats.fhir.definitions import fhir_definitions
from sidoba_engine.formats.fhir.reading import FhirContent, fhir_document, read_fhir
from sidoba_engine.formats.fhir_wrapper import most_entries, read_wrapper
from sidoba_engine.formats.fhir_xml import XmlFault, read_fhir_xml
from sidoba_engine.formats.json_text import JsonCause, JsonFault, JsonText, read_json
from sidoba_engine.formats.key_value import KeyValuePayload, KeyValueReader
from sidoba_engine.model_check import check_model, looks_like_model
from sidoba_engine.recognition import Door, Kind, kind_of, kind_of_json, looks_like_fhir
from sidoba_engine.verdict import DocumentType, DocumentVerdict

WRONG_KIND = "R-ENV-001"
UNREADABLE_WRAPPER = "R-ENV-002"

_ANY_OF_THESE = "un_de_ces_genres"
_EXPECTED = {
    Door.ANY: _ANY_OF_THESE,
    Door.KEY_VALUE: "cle_valeur",
    Door.CDA_BUNDLE: "enveloppe_cda",
    Door.USER_MODEL: "cle_valeur",
    Door.USER_DATA: "lot_fhir",
}
_TYPES = {Kind.KEY_VALUE: DocumentType.KEY_VALUE, Kind.CDA: DocumentType.CDA}
_RESOURCES = (Kind.FHIR_RESOURCES, Kind.FHIR_OTHER)
_WRAPPER_CAUSES = {
    JsonCause.ENCODING: "encodage",
    JsonCause.HALF_CHARACTER: "encodage",
    JsonCause.BOM: "bom",
    JsonCause.TRUNCATED: "fin_inattendue",
    JsonCause.TRAILING: "suite_inattendue",
    JsonCause.TOO_DEEP: "trop_profond",
}


def judge(
    content: bytes,
    *,
    catalogue: Catalogue,
    facts: Facts,
    door: Door = Door.ANY,
    model: BusinessModel | None = None,
    file_name: str | None = None,
    first_index: int = 0,
) -> Iterator[DocumentVerdict]:
    """Read a content and judge each document found in it; at least one verdict.

    `model` is the model named beside key-value data (`--model`, the address of a call). A content that is of no known
    kind gives one verdict of type `inconnu`, with an anomaly of stage `enveloppe`.
    """
    for document in read(content, catalogue=catalogue, facts=facts, door=door, model=model, first_index=first_index):
        document.file_name = file_name
        yield validate(document, facts=facts, catalogue=catalogue)


def read(
    content: bytes,
    *,
    catalogue: Catalogue,
    facts: Facts,
    door: Door = Door.ANY,
    model: BusinessModel | None = None,
    first_index: int = 0,
) -> Iterator[Document]:
    """The documents of a content, in their order; what could not be read carries its anomalies."""
    yield from _Reading(catalogue, facts, door, model, first_index).documents(content)


def validate(document: Document, *, facts: Facts, catalogue: Catalogue) -> DocumentVerdict:
    """Judge one document: its anomalies by stage, then by place, then by rule; the same order every time."""
    findings, values, comments, received = Findings(), None, None, None
    if isinstance(document.content, KeyValuePayload):
        outcome = check_key_value(document.content, catalogue=catalogue, facts=facts)
        findings, values, comments = outcome.findings, outcome.values, outcome.comments
        received = len(document.content.data) - list(document.content.data.values()).count(None)
    elif document.content is not None and document.type is DocumentType.CDA:
        findings = check_cda(document, catalogue=catalogue, facts=facts)
    elif isinstance(document.content, FhirContent):
        findings = check_fhir(document, catalogue=catalogue, facts=facts)
    elif isinstance(document.content, JsonText):
        findings = check_model(document.content, catalogue=catalogue, facts=facts)
    verdict = DocumentVerdict(
        index=document.index,
        type=document.type,
        anomalies=tuple(sorted([*document.anomalies, *findings.anomalies], key=anomaly_rank)),
        not_run=tuple(findings.not_run),
        file_name=document.file_name,
        values=values,
        comments=comments,
        received=received,
        model=(document.model.code, document.model.version) if document.model else None,
        service_user=document.service_user,
        version=document.version,
    )
    return verdict if verdict.is_conformant else verdict.without_values()


class _Reading:
    """One call of `read`."""

    def __init__(
        self, catalogue: Catalogue, facts: Facts, door: Door, model: BusinessModel | None, first_index: int
    ) -> None:
        self.catalogue = catalogue
        self.facts = facts
        self.door = door
        self.first_index = first_index
        self.key_value = KeyValueReader(catalogue, facts, model, door is Door.KEY_VALUE, first_index)

    def documents(self, content: bytes) -> Iterator[Document]:
        kind = kind_of(content)
        if kind is Kind.JSON:
            yield from self._json(content)
        elif kind is Kind.FHIR_XML and self.door is Door.USER_DATA:
            yield self._resources_in_xml(content)
        elif kind is Kind.FHIR_XML and self.door in (Door.ANY, Door.CDA_BUNDLE):
            yield from self._fhir_xml(content)
        elif kind in (Kind.CDA, Kind.XML) and self.door is Door.ANY:
            yield self._xml(content, kind)
        else:
            yield self._wrong_kind(kind)

    def _xml(self, content: bytes, kind: Kind) -> Document:
        """The CDA reader names every XML that is not one; such a document has no type."""
        document = read_cda(content, catalogue=self.catalogue, facts=self.facts, index=self.first_index)
        if kind is Kind.XML and document.content is None:
            document.type = DocumentType.UNKNOWN
        return document

    def _fhir_xml(self, content: bytes) -> Iterator[Document]:
        try:
            xml = read_fhir_xml(content, limits=limits_of(self.catalogue), most=most_entries(self.catalogue))
        except XmlFault as fault:
            yield self._unreadable_wrapper("xml", fault.cause, fault.line, fault.column)
            return
        if xml.value is None:
            yield self._xml(content, Kind.XML) if self.door is Door.ANY else self._wrong_kind(Kind.XML)
        elif kind_of_json(xml.value) in _RESOURCES and self.door is Door.ANY:
            yield self._resources_in_xml(content)
        elif kind_of_json(xml.value) is Kind.FHIR_RESOURCES:
            yield self._wrong_kind(Kind.FHIR_RESOURCES)
        else:
            yield from read_wrapper(xml, catalogue=self.catalogue, facts=self.facts, first_index=self.first_index)

    def _resources_in_xml(self, content: bytes) -> Document:
        return read_fhir(content, catalogue=self.catalogue, facts=self.facts, index=self.first_index, is_xml=True)

    def _json(self, content: bytes) -> Iterator[Document]:
        is_big = len(content) > self.key_value.largest and self.door not in (Door.CDA_BUNDLE, Door.USER_DATA)
        if is_big and (self.door in (Door.KEY_VALUE, Door.USER_MODEL) or not looks_like_fhir(content)):
            yield self.key_value.too_big(len(content))
            return
        try:
            json = read_json(content)
        except JsonFault as fault:
            is_wrapper = looks_like_fhir(content) or self.door is Door.USER_DATA
            cause = _WRAPPER_CAUSES.get(fault.cause, "syntaxe")
            yield (
                self._unreadable_wrapper("json", cause, fault.line, fault.column)
                if is_wrapper
                else self.key_value.unreadable(fault)
            )
            return
        yield from self._parsed(json)

    def _parsed(self, json: JsonText) -> Iterator[Document]:
        kind = kind_of_json(json.value)
        if self.door is Door.ANY and self.key_value.expected is None and looks_like_model(json.value):
            yield Document(self.first_index, DocumentType.MODEL, json)
        elif kind in (Kind.KEY_VALUE, Kind.JSON):
            is_taken = self.door not in (Door.CDA_BUNDLE, Door.USER_DATA)
            yield self.key_value.read(json) if is_taken else self._wrong_kind(kind)
        elif self.door is Door.USER_DATA or (self.door is Door.ANY and kind in _RESOURCES):
            yield fhir_document(json, fhir_definitions(self.catalogue), self.first_index)
        elif kind is Kind.FHIR_RESOURCES or self.door in (Door.KEY_VALUE, Door.USER_MODEL):
            yield self._wrong_kind(kind)
        else:
            yield from read_wrapper(json, catalogue=self.catalogue, facts=self.facts, first_index=self.first_index)

    def _wrong_kind(self, kind: Kind) -> Document:
        """R-ENV-001. What no door takes is refused in the same words everywhere."""
        is_taken_elsewhere = kind in (Kind.CDA, Kind.KEY_VALUE, Kind.FHIR_WRAPPER, Kind.FHIR_XML)
        expected = _EXPECTED[self.door] if is_taken_elsewhere else _ANY_OF_THESE
        anomaly = self.catalogue.rules[WRONG_KIND].anomaly(
            Location(""), self.facts.environment, trouve=kind.value, attendu=expected
        )
        return Document(self.first_index, _TYPES.get(kind, DocumentType.UNKNOWN), None, [anomaly])

    def _unreadable_wrapper(self, written_in: str, cause: str, line: int, column: int) -> Document:
        anomaly = self.catalogue.rules[UNREADABLE_WRAPPER].anomaly(
            Location("", line, column),
            self.facts.environment,
            format=written_in,
            ligne=line,
            colonne=column,
            cause=cause,
        )
        return Document(self.first_index, DocumentType.UNKNOWN, None, [anomaly])
