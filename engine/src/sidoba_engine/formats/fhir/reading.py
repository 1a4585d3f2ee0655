"""FHIR data from bytes: JSON or XML, the same value, the same judgement; places told in both.

A content that cannot be read is one anomaly (R-ENV-002), with its line, its column and a cause of our own list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sidoba_engine.anomaly import Anomaly, Location
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.limits import limits_of
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.definitions import Definitions, fhir_definitions
from sidoba_engine.formats.fhir.expressions import Expressions
from sidoba_engine.formats.fhir.xml_reading import FhirXml, read_xml
from sidoba_engine.formats.fhir_xml import XmlFault
from sidoba_engine.formats.json_text import JsonCause, JsonFault, JsonText, read_json
from sidoba_engine.verdict import DocumentType

UNREADABLE = "R-ENV-002"

CAUSES = {
    JsonCause.ENCODING: "encodage",
    JsonCause.HALF_CHARACTER: "encodage",
    JsonCause.BOM: "bom",
    JsonCause.TRUNCATED: "fin_inattendue",
    JsonCause.TRAILING: "suite_inattendue",
    JsonCause.TOO_DEEP: "trop_profond",
    JsonCause.EMPTY: "fin_inattendue",
}


@dataclass(slots=True)
class FhirContent:
    """A FHIR resource as read, from either format."""

    text: JsonText | FhirXml
    definitions: Definitions = field(repr=False)
    format: str

    @property
    def value(self) -> Any:
        """The resource, in the shape of JSON."""
        return self.text.value

    def locate(self, pointer: str, *, at_key: bool = False) -> Location:
        """Line, column, path and FHIRPath of what a JSON Pointer names."""
        place = self.text.locate_key(pointer) if at_key else self.text.locate(pointer)
        return replace(place, expression=Expressions(self.definitions).of(self.value, pointer))


def read_fhir(content: bytes, *, catalogue: Catalogue, facts: Facts, index: int = 0, is_xml: bool = False) -> Document:
    """Read one FHIR resource. `content` of the result is a `FhirContent`, or None with one fatal anomaly."""
    definitions = fhir_definitions(catalogue)
    try:
        if is_xml:
            return fhir_document(
                read_xml(content, definitions=definitions, limits=limits_of(catalogue)), definitions, index
            )
        return fhir_document(read_json(content), definitions, index)
    except XmlFault as fault:
        anomaly = _unreadable(catalogue, facts, "xml", fault.cause, fault.line, fault.column)
    except JsonFault as fault:
        cause = CAUSES.get(fault.cause, "syntaxe")
        anomaly = _unreadable(catalogue, facts, "json", cause, fault.line, fault.column)
    return Document(index, DocumentType.UNKNOWN, None, [anomaly])


def fhir_document(text: JsonText | FhirXml, definitions: Definitions, index: int) -> Document:
    """The document of a resource already parsed."""
    content = FhirContent(text, definitions, "json" if isinstance(text, JsonText) else "xml")
    return Document(index, DocumentType.FHIR, content, locate=content.locate)


def _unreadable(catalogue: Catalogue, facts: Facts, form: str, cause: str, line: int, column: int) -> Anomaly:
    return catalogue.rules[UNREADABLE].anomaly(
        Location("", line, column), facts.environment, format=form, cause=cause, ligne=line, colonne=column
    )
