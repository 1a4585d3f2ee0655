"""The section of care events."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import (
    CARE_EVENT,
    CCD_DONE,
    CCD_PLANNED,
    CISIS,
    LAST_UPDATE,
    MEAL,
    OUTSIDE_PROVISION,
    PRACTITIONER_TRANSPORT,
    PRESENCE,
    RESOURCE,
    SERVICE_USER_TRANSPORT,
)
from sidoba_engine.formats.cda.timestamps import timestamp_of
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_cited,
    add_code,
    add_coded_value,
    add_identifier,
    add_period,
    add_templates,
    add_value,
    boolean_text,
    day_text,
    key_of,
)
from sidoba_engine.formats.cda.writing.entries import (
    add_comments,
    add_observation,
    add_reference_act,
    add_status_entry,
    relation,
)
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_performer, add_place, add_responsible_structure
from sidoba_engine.formats.cda.writing.transports import write_transport
from sidoba_engine.records.activity import CareEvent
from sidoba_engine.records.values import Code

_FACTS = (
    (OUTSIDE_PROVISION, "is_outside_provision", "Hors prestation"),
    (MEAL, "includes_meal", "Repas inclus"),
    (PRESENCE, "is_present", "Usager présent"),
)


def write_care_event(section: Element, event: CareEvent, *, narrative: Narrative, writing: Writing, path: str) -> None:
    """One care event and all that belongs to it, in the order of the schema."""
    owner = key_of(event.identifier, path)
    subject = f"Évènement du {day_text(event.starts_at)}"
    is_done = bool(writing.need(event.is_done, f"{path}/is_done"))
    element = add(add(section, "entry"), "encounter", classCode="ENC", moodCode="EVN" if is_done else "INT")
    add_templates(element, CCD_DONE if is_done else CCD_PLANNED, CARE_EVENT)
    add_identifier(element, writing.need(event.identifier, f"{path}/identifier"))
    _write_kinds(element, event, narrative, subject)
    if event.label:
        add_cited(element, narrative.cite(subject, "Libellé", event.label))
    start, end = (writing.need(getattr(event, name), f"{path}/{name}") for name in ("starts_at", "ends_at"))
    add_period(element, start, end)
    for rank, practitioner in enumerate(event.practitioners):
        add_performer(element, practitioner, writing, f"{path}/practitioners/{rank}")
    if event.place is not None:
        add_place(element, "LOC", event.place)
    if event.establishment is not None:
        add_responsible_structure(element, event.establishment, writing, f"{path}/establishment")
    _write_facts(element, event, narrative, subject, owner)
    _write_transports(element, event, narrative=narrative, subject=subject, writing=writing, path=path)
    if event.status is not None:
        add_status_entry(
            element,
            event.status,
            narrative=narrative,
            subject=subject,
            owner=owner,
            writing=writing,
            path=f"{path}/status",
        )
    add_comments(element, event.comments, narrative=narrative, subject=subject)
    for reference in event.references:
        add_reference_act(relation(element, "REFR"), reference)


def _write_kinds(element: Element, event: CareEvent, narrative: Narrative, subject: str) -> None:
    code = add_code(element, Code("GEN-367", CISIS, "Agenda de l'usager"))
    if event.kind_text:
        add_cited(code, narrative.cite(subject, "Type", event.kind_text), name="originalText")
    for kind in event.kinds:
        qualifier = add(code, "qualifier")
        if kind.reform is not None:
            add_code(qualifier, kind.reform, name="name")
        add_code(qualifier, kind.code, name="value")


def _write_facts(element: Element, event: CareEvent, narrative: Narrative, subject: str, owner: str) -> None:
    for code, name, datum in _FACTS:
        fact: bool | None = getattr(event, name)
        if fact is not None:
            reference = narrative.cite(subject, datum, "oui" if fact else "non")
            add_value(add_observation(element, code, reference, owner), "BL", value=boolean_text(fact))
    if event.resource is not None:
        used, detail = event.resource.code, event.resource.detail
        reference = narrative.cite(subject, "Ressource utilisée", used.label or used.code)
        value = add_coded_value(add_observation(element, RESOURCE, reference, owner), used)
        if detail is not None:
            add_code(add(value, "qualifier"), detail, name="value")
    if event.updated_at is not None:
        reference = narrative.cite(subject, "Dernière mise à jour", day_text(event.updated_at))
        observation = add_observation(element, LAST_UPDATE, reference, owner)
        add_value(observation, "TS", value=timestamp_of(event.updated_at))


def _write_transports(
    element: Element, event: CareEvent, *, narrative: Narrative, subject: str, writing: Writing, path: str
) -> None:
    for template, name in (
        (SERVICE_USER_TRANSPORT, "service_user_transports"),
        (PRACTITIONER_TRANSPORT, "practitioner_transports"),
    ):
        for rank, transport in enumerate(getattr(event, name)):
            write_transport(
                relation(element),
                transport,
                template=template,
                narrative=narrative,
                subject=subject,
                writing=writing,
                path=f"{path}/{name}/{rank}",
            )
