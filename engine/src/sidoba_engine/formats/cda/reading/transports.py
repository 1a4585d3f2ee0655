"""The journeys of a care event, of the service user and of a professional alike."""

from __future__ import annotations

from typing import Any

from sidoba_engine.formats.cda.entry_names import (
    ACTUAL_BUDGET,
    ASEPSIS,
    COMPANION,
    DISTANCE,
    DURATION,
    ENGINE,
    NATURE,
    PLANNED_BUDGET,
)
from sidoba_engine.formats.cda.reading.people import by_type, participant_of, performer_of, place_of
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first
from sidoba_engine.records.activity import Transport

_BUDGETS = {ACTUAL_BUDGET: "actual_budget", PLANNED_BUDGET: "planned_budget"}
_NEEDS = {COMPANION: "needs_companion", ASEPSIS: "needs_asepsis"}


def read_transport(source: Source, element: Element, path: str) -> Transport:
    """One journey."""
    source.places[path] = (element, None)
    found = children(element)
    code = first(found, "code")
    period = children(first(found, "effectiveTime"))
    participants = by_type(found.get("participant", []))
    return Transport(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        mode=source.code(code, f"{path}/mode"),
        **_qualifiers(source, code, path),
        label=source.cited(first(found, "text")),
        starts_at=source.moment(first(period, "low"), f"{path}/starts_at"),
        ends_at=source.moment(first(period, "high"), f"{path}/ends_at"),
        departure=place_of(participants.get("ORG")),
        destination=place_of(participants.get("DST")),
        carrier=performer_of(source, first(found, "performer"), f"{path}/carrier"),
        practitioner=participant_of(source, participants.get("RCV"), f"{path}/practitioner"),
        **_facts(source, element, path),
    )


def _qualifiers(source: Source, code: Element | None, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for qualifier in children(code).get("qualifier", ()):
        parts = children(qualifier)
        named = code_of(first(parts, "name"))
        name = {ENGINE: "engine", NATURE: "nature"}.get(named.code) if named else None
        if name:
            found.setdefault(name, source.code(first(parts, "value"), f"{path}/{name}"))
    return found


def _facts(source: Source, element: Element, path: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for held, _ in entries(element, "entryRelationship"):
        found = children(held)
        code, value = code_of(first(found, "code")), first(found, "value")
        if code is None or value is None:
            continue
        if name := _NEEDS.get(code.code):
            facts.setdefault(name, source.boolean(value, f"{path}/{name}"))
        elif name := _BUDGETS.get(code.code):
            facts.setdefault(name, source.quantity(value, f"{path}/{name}", unit="currency"))
        elif code.code == DISTANCE:
            facts.setdefault("distance", source.quantity(value, f"{path}/distance", unit="unit"))
        elif code.code == DURATION:
            width = first(children(value), "width")
            facts.setdefault("expected_duration", source.quantity(width, f"{path}/expected_duration", unit="unit"))
    return facts
