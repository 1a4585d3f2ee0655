"""The body: one section for each part of the record that holds something."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import (
    ASSESSMENTS_SECTION,
    ATTACHMENTS_SECTION,
    CARE_EVENTS_SECTION,
    CISIS,
    COVERS_SECTION,
    LOINC,
    STAYS_SECTION,
)
from sidoba_engine.formats.cda.writing.assessments import write_group
from sidoba_engine.formats.cda.writing.attachments import write_attachment
from sidoba_engine.formats.cda.writing.care_events import write_care_event
from sidoba_engine.formats.cda.writing.covers import write_covers
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_derived_id,
    add_templates,
    fixed_code,
    key_of,
)
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.stays import write_stay
from sidoba_engine.records.assessments import Assessment
from sidoba_engine.records.record import Record


def write_body(root: Element, record: Record, writing: Writing) -> None:
    """The sections that hold something; a document without any says nothing and is refused as incomplete."""
    body = add(add(root, "component"), "structuredBody")
    user = record.service_user
    owner = key_of(user.local_identifier or user.ins, "record")
    _write_covers(body, record, owner, writing)
    _write_stays(body, record, owner, writing)
    _write_care_events(body, record, owner, writing)
    _write_assessments(body, record, owner, writing)
    _write_attachments(body, record, owner, writing)
    if not len(body):
        writing.missing.append("stays")


def _write_covers(body: Element, record: Record, owner: str, writing: Writing) -> None:
    if record.social_covers:
        section, narrative = _section(
            body,
            ("1.3.6.1.4.1.19376.1.5.3.1.1.5.3.7", "2.16.840.1.113883.10.20.1.9", COVERS_SECTION),
            ("48768-6", "Couvertures sociales", LOINC),
            title="Couvertures sociales",
            owner=owner,
            prefix="cover",
        )
        write_covers(section, record.social_covers, owner=owner, narrative=narrative, writing=writing)


def _write_stays(body: Element, record: Record, owner: str, writing: Writing) -> None:
    if record.stays:
        section, narrative = _section(
            body,
            (STAYS_SECTION,),
            ("GEN-362", "Historique des séjours", CISIS),
            title="Séjours",
            owner=owner,
            prefix="stay",
        )
        for rank, stay in enumerate(record.stays):
            write_stay(section, stay, narrative=narrative, writing=writing, path=f"stays/{rank}")


def _write_care_events(body: Element, record: Record, owner: str, writing: Writing) -> None:
    if record.care_events:
        section, narrative = _section(
            body,
            (CARE_EVENTS_SECTION,),
            ("89793-4", "Evènements", LOINC),
            title="Évènements",
            owner=owner,
            prefix="event",
        )
        for rank, event in enumerate(record.care_events):
            if not record.stays:
                writing.need(event.establishment, f"care_events/{rank}/establishment")
            write_care_event(section, event, narrative=narrative, writing=writing, path=f"care_events/{rank}")


def _write_assessments(body: Element, record: Record, owner: str, writing: Writing) -> None:
    if record.assessments:
        section, narrative = _section(
            body,
            ("2.16.840.1.113883.10.22.3.8", ASSESSMENTS_SECTION),
            ("47420-5", "Évaluation du statut fonctionnel", LOINC),
            title="Évaluations",
            owner=owner,
            prefix="assessment",
        )
        groups: dict[str, list[tuple[int, Assessment]]] = {}
        for rank, assessment in enumerate(record.assessments):
            groups.setdefault(assessment.kind.code if assessment.kind else "", []).append((rank, assessment))
        for group in groups.values():
            write_group(section, group, narrative=narrative, writing=writing)


def _write_attachments(body: Element, record: Record, owner: str, writing: Writing) -> None:
    if record.attachments:
        section, narrative = _section(
            body,
            (ATTACHMENTS_SECTION,),
            ("55107-7", "Documents ajoutés", LOINC),
            title="Documents ajoutés",
            owner=owner,
            prefix="attachment",
        )
        for rank, attachment in enumerate(record.attachments):
            write_attachment(section, attachment, rank=rank, narrative=narrative, writing=writing)


def _section(
    body: Element,
    templates: tuple[str, ...],
    code: tuple[str, str, str],
    *,
    title: str,
    owner: str,
    prefix: str,
) -> tuple[Element, Narrative]:
    section = add(add(body, "component"), "section")
    add_templates(section, *templates)
    add_derived_id(section, owner, f"section {prefix}")
    fixed_code(section, code[0], code[1], system=code[2])
    add(section, "title", title)
    return section, Narrative(add(section, "text"), prefix)
