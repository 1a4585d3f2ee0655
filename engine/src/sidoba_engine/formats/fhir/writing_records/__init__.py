"""Records → transaction: the lot of the guide (TDDUIBundle) that says what FHIR can carry of these records.

What FHIR cannot carry is told in `docs/editeur/cda-et-fhir.md`. The same records give the same bytes: no clock, no
random number; ids are made from what each resource says. What a lot must have and a record has not is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.writing.elements import IncompleteRecordError
from sidoba_engine.formats.fhir.record_names import terms_of
from sidoba_engine.formats.fhir.writing_records.activity import Links, write_care_event, write_stay
from sidoba_engine.formats.fhir.writing_records.assessments import write_assessment, write_attachment
from sidoba_engine.formats.fhir.writing_records.json_writing import json_bytes
from sidoba_engine.formats.fhir.writing_records.lot import Lot
from sidoba_engine.formats.fhir.writing_records.people import write_establishment, write_service_user, write_software
from sidoba_engine.formats.fhir.writing_records.values import Json
from sidoba_engine.records.record import Record, RecordSoftware
from sidoba_engine.records.values import Identifier, Moment

__all__ = ["BASE", "IncompleteRecordError", "json_bytes", "write_bundle"]

BASE = "https://dui.invalid/fhir"
"""Where the resources are said to come from, for a producer that serves none: `.invalid` never resolves (RFC 2606)."""
_PROFILE = "https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/tddui-bundle"


def write_bundle(
    records: Iterable[Record],
    *,
    catalogue: Catalogue,
    contents: Mapping[str, bytes] | None = None,
    written_at: Moment | None = None,
    software: RecordSoftware | None = None,
    base: str = BASE,
) -> Json:
    """The transaction, as plain JSON (numbers with a fraction are `Decimal`: `json_bytes` writes them exactly).

    `contents` are those of the attachments, by digest (sha256). `written_at` is to the second, with its offset.
    `software` replaces that of the records. Raises IncompleteRecordError, with the paths of what is missing
    (`0/service_user/birth_name`: of the first record). Source: guide TDDUI 2.4.0, flow 1.1.
    """
    lot = Lot(terms_of(catalogue), base.rstrip("/"), contents or {})
    for rank, record in enumerate(records):
        _write_record(lot, record if software is None else replace(record, software=software), str(rank))
    if lot.missing:
        raise IncompleteRecordError(lot.missing)
    stamp = {"timestamp": written_at} if written_at else {}
    bundle = {"resourceType": "Bundle", "meta": {"profile": [_PROFILE]}, "type": "transaction"}
    return bundle | stamp | {"entry": list(lot.entries.values())}


def _write_record(lot: Lot, record: Record, path: str) -> None:
    lot.structures = {}
    establishment = write_establishment(lot, record.establishment)
    patient = write_service_user(lot, record.service_user, establishment=establishment, path=f"{path}/service_user")
    write_software(lot, record.software, patient)
    attachments: dict[Identifier, str] = {}
    for rank, attachment in enumerate(record.attachments):
        own = f"{path}/attachments/{rank}"
        reference = write_attachment(lot, attachment, patient=patient, author=establishment, path=own)
        if attachment.identifier is not None:
            attachments.setdefault(attachment.identifier, reference)
    references = [lot.own("Encounter", "event", patient, event.identifier) for event in record.care_events]
    links = Links(patient, _stays(lot, record, patient, path), _by_identifier(record, references), attachments)
    for rank, (event, reference) in enumerate(zip(record.care_events, references, strict=True)):
        write_care_event(lot, event, links, reference=reference, path=f"{path}/care_events/{rank}")
    for rank, assessment in enumerate(record.assessments):
        write_assessment(lot, assessment, links, path=f"{path}/assessments/{rank}")


def _stays(lot: Lot, record: Record, patient: str, path: str) -> dict[Identifier, str]:
    """The stays, written; identifier of a care event → the first stay that refers to it."""
    found: dict[Identifier, str] = {}
    for rank, stay in enumerate(record.stays):
        reference = write_stay(lot, stay, patient=patient, path=f"{path}/stays/{rank}")
        for link in stay.references:
            found.setdefault(link.identifier, reference)
    return found


def _by_identifier(record: Record, references: list[str]) -> dict[Identifier, str]:
    """Identifier of a care event → what it is called in the lot; of equals, the first."""
    found: dict[Identifier, str] = {}
    for event, reference in zip(record.care_events, references, strict=True):
        if event.identifier is not None:
            found.setdefault(event.identifier, reference)
    return found
