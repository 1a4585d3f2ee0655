"""The section of care events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.formats.cda.entry_names import (
    CARE_EVENT,
    COMMENT,
    INTERNAL_REFERENCE,
    LAST_UPDATE,
    MEAL,
    OBSERVATION,
    OUTSIDE_PROVISION,
    PRACTITIONER_TRANSPORT,
    PRESENCE,
    RESOURCE,
    SERVICE_USER_TRANSPORT,
    STATUS,
)
from sidoba_engine.formats.cda.reading.entries import read_comment, read_reference, read_status
from sidoba_engine.formats.cda.reading.people import by_type, performer_of, place_of, responsible_structure
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first
from sidoba_engine.formats.cda.reading.transports import read_transport
from sidoba_engine.records.activity import CareEvent, CareEventKind, Reference, Resource, Status, Transport

_MOODS = {"EVN": True, "INT": False}
_BOOLEANS = {OUTSIDE_PROVISION: "is_outside_provision", MEAL: "includes_meal", PRESENCE: "is_present"}


@dataclass(slots=True)
class _Parts:
    """What the sub-entries of one care event say."""

    status: Status | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    service_user_transports: list[Transport] = field(default_factory=list)
    practitioner_transports: list[Transport] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


def read_care_events(source: Source, section: Element) -> list[CareEvent]:
    """The care events of one section."""
    return [
        _care_event(source, element, f"care_events/{rank}")
        for rank, element in enumerate(held for held, templates in entries(section, "entry") if CARE_EVENT in templates)
    ]


def _care_event(source: Source, element: Element, path: str) -> CareEvent:
    source.places[path] = (element, None)
    found = children(element)
    code, period = children(first(found, "code")), children(first(found, "effectiveTime"))
    participants = by_type(found.get("participant", []))
    parts = _parts(source, element, path)
    performers = enumerate(found.get("performer", ()))
    practitioners = (performer_of(source, item, f"{path}/practitioners/{rank}") for rank, item in performers)
    return CareEvent(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        is_done=_MOODS.get(element.get("moodCode", "")),
        starts_at=source.moment(first(period, "low"), f"{path}/starts_at"),
        ends_at=source.moment(first(period, "high"), f"{path}/ends_at"),
        kinds=_kinds(source, code.get("qualifier", []), path),
        kind_text=source.cited(first(code, "originalText")),
        label=source.cited(first(found, "text")),
        status=parts.status,
        practitioners=tuple(item for item in practitioners if item is not None),
        place=place_of(participants.get("LOC")),
        establishment=responsible_structure(participants.get("RESP")),
        **parts.facts,
        service_user_transports=tuple(parts.service_user_transports),
        practitioner_transports=tuple(parts.practitioner_transports),
        comments=tuple(parts.comments),
        references=tuple(parts.references),
    )


def _parts(source: Source, element: Element, path: str) -> _Parts:
    parts = _Parts()
    for held, templates in entries(element, "entryRelationship"):
        if STATUS in templates:
            parts.status = parts.status or read_status(source, held, f"{path}/status")
        elif OBSERVATION in templates:
            _read_fact(source, held, path, parts.facts)
        elif SERVICE_USER_TRANSPORT in templates:
            own = f"{path}/service_user_transports/{len(parts.service_user_transports)}"
            parts.service_user_transports.append(read_transport(source, held, own))
        elif PRACTITIONER_TRANSPORT in templates:
            own = f"{path}/practitioner_transports/{len(parts.practitioner_transports)}"
            parts.practitioner_transports.append(read_transport(source, held, own))
        elif COMMENT in templates and (comment := read_comment(source, held)):
            parts.comments.append(comment)
        elif INTERNAL_REFERENCE in templates and (reference := read_reference(held)):
            parts.references.append(reference)
    return parts


def _kinds(source: Source, qualifiers: list[Element], path: str) -> tuple[CareEventKind, ...]:
    kinds: list[CareEventKind] = []
    for qualifier in qualifiers:
        found = children(qualifier)
        code = source.code(first(found, "value"), f"{path}/kinds/{len(kinds)}")
        if code is not None:
            kinds.append(CareEventKind(code, code_of(first(found, "name"))))
    return tuple(kinds)


def _read_fact(source: Source, element: Element, path: str, facts: dict[str, Any]) -> None:
    """One characteristic; of one given twice, the first is kept."""
    found = children(element)
    code, value = code_of(first(found, "code")), first(found, "value")
    if code is None or value is None:
        return
    if name := _BOOLEANS.get(code.code):
        facts.setdefault(name, source.boolean(value, f"{path}/{name}"))
    elif code.code == LAST_UPDATE:
        facts.setdefault("updated_at", source.moment(value, f"{path}/updated_at"))
    elif code.code == RESOURCE and (used := source.code(value, f"{path}/resource")):
        detail = first(children(first(children(value), "qualifier")), "value")
        facts.setdefault("resource", Resource(used, code_of(detail)))
