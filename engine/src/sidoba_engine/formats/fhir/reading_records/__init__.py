"""Lot → records: what a transaction of the guide says of each service user, as CDA documents are read.

A faulty lot is read as well: what is missing or not what FHIR says it is, is None; nothing is ever raised.
What FHIR cannot carry is told in `docs/editeur/cda-et-fhir.md`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.reading_records.activity import is_care_event, read_care_event, read_stay
from sidoba_engine.formats.fhir.reading_records.assessments import content_of, read_assessment, read_attachment
from sidoba_engine.formats.fhir.reading_records.people import read_establishment, read_service_user, read_software
from sidoba_engine.formats.fhir.reading_records.source import Node, Source, object_of, objects, source_of
from sidoba_engine.formats.fhir.record_names import terms_of
from sidoba_engine.records.record import Record

__all__ = ["contents_of", "read_records"]


def read_records(bundle: object, *, catalogue: Catalogue) -> tuple[Record, ...]:
    """One record per Patient of a lot (`FhirContent.value`), in their order. Source: guide TDDUI 2.4.0, profiles."""
    source = source_of(bundle, terms_of(catalogue))
    held = {id(patient): _Held() for patient in source.of_type("Patient")}
    _share_out(source, held)
    return tuple(_record(source, patient, held[id(patient)]) for patient in source.of_type("Patient"))


def contents_of(bundle: object) -> dict[str, bytes]:
    """The contents of the joined documents by digest (sha256), as `Attachment.digest` names them."""
    found: dict[str, bytes] = {}
    for entry in objects(bundle, "entry"):
        for one in objects(object_of(entry, "resource"), "content"):
            content = content_of(object_of(one, "attachment"))
            if content is not None:
                found[hashlib.sha256(content).hexdigest()] = content
    return found


@dataclass(slots=True)
class _Held:
    """The resources about one Patient, in the order of the lot."""

    stays: list[Node] = field(default_factory=list)
    events: list[Node] = field(default_factory=list)
    responses: list[Node] = field(default_factory=list)
    documents: list[Node] = field(default_factory=list)


def _share_out(source: Source, held: dict[int, _Held]) -> None:
    for kind in ("Encounter", "QuestionnaireResponse", "DocumentReference"):
        for resource in source.of_type(kind):
            own = held.get(id(source.find(object_of(resource, "subject"), "Patient")))
            if own is None:
                continue
            if kind == "Encounter":
                (own.events if is_care_event(resource) else own.stays).append(resource)
            else:
                (own.responses if kind == "QuestionnaireResponse" else own.documents).append(resource)


def _record(source: Source, patient: Node, held: _Held) -> Record:
    return Record(
        service_user=read_service_user(patient),
        establishment=read_establishment(source, patient, held.stays + held.events),
        software=read_software(source, patient),
        stays=tuple(read_stay(source, one) for one in held.stays),
        care_events=tuple(read_care_event(source, one) for one in held.events),
        assessments=tuple(read_assessment(source, one) for one in held.responses),
        attachments=tuple(read_attachment(source, one) for one in held.documents),
    )
