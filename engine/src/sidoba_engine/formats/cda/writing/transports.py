"""The journeys of a care event."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import (
    ACTUAL_BUDGET,
    ASEPSIS,
    COMPANION,
    DISTANCE,
    DURATION,
    ENGINE,
    NATURE,
    PLANNED_BUDGET,
    SERVICE_USER_TRANSPORT,
)
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_cited,
    add_code,
    add_identifier,
    add_period,
    add_templates,
    add_value,
    boolean_text,
    decimal_text,
    fixed_code,
    key_of,
)
from sidoba_engine.formats.cda.writing.entries import add_observation
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_participant, add_performer, add_place
from sidoba_engine.records.activity import Transport
from sidoba_engine.records.values import Practitioner, Quantity

_IHE_TRANSPORT = "1.3.6.1.4.1.19376.1.5.3.1.1.10.4.1"
_BUDGETS = ((ACTUAL_BUDGET, "actual_budget", "budget réel"), (PLANNED_BUDGET, "planned_budget", "budget prévisionnel"))
_NEEDS = ((COMPANION, "needs_companion", "accompagnement"), (ASEPSIS, "needs_asepsis", "asepsie"))


def write_transport(
    parent: Element,
    transport: Transport,
    *,
    template: str,
    narrative: Narrative,
    subject: str,
    writing: Writing,
    path: str,
) -> None:
    """One journey, of the service user or of a professional by its template."""
    element = add(parent, "act", classCode="ACT", moodCode="EVN")
    is_practitioner = template != SERVICE_USER_TRANSPORT
    add_templates(element, *(() if is_practitioner else (_IHE_TRANSPORT,)), template)
    add_identifier(element, writing.need(transport.identifier, f"{path}/identifier"))
    _write_mode(element, transport, writing, path)
    what = f"Transport {'du professionnel' if is_practitioner else 'de l’usager'}"
    if transport.label:
        add_cited(element, narrative.cite(subject, what, transport.label))
    start, end = (writing.need(getattr(transport, name), f"{path}/{name}") for name in ("starts_at", "ends_at"))
    add_period(element, start, end)
    if transport.carrier is not None:
        add_performer(element, transport.carrier, writing, f"{path}/carrier")
    if is_practitioner:
        practitioner = writing.need(transport.practitioner, f"{path}/practitioner") or Practitioner()
        add_participant(element, "RCV", practitioner, writing, f"{path}/practitioner")
    for kind, place in (("ORG", transport.departure), ("DST", transport.destination)):
        if place is not None:
            add_place(element, kind, place)
    _write_measures(element, transport, narrative=narrative, subject=subject, what=what, owner=_owner(transport, path))
    if not is_practitioner:
        _write_needs(element, transport, narrative=narrative, subject=subject, what=what, owner=_owner(transport, path))


def _owner(transport: Transport, path: str) -> str:
    return key_of(transport.identifier, path)


def _write_mode(element: Element, transport: Transport, writing: Writing, path: str) -> None:
    code = add_code(element, writing.need(transport.mode, f"{path}/mode"))
    for name, label, given in (
        (NATURE, "Nature du transport", transport.nature),
        (ENGINE, "Type de motorisation", transport.engine),
    ):
        if given is not None:
            qualifier = add(code, "qualifier")
            fixed_code(qualifier, name, label, name="name")
            add_code(qualifier, given, name="value")


def _write_measures(
    element: Element, transport: Transport, *, narrative: Narrative, subject: str, what: str, owner: str
) -> None:
    if (distance := transport.distance) is not None:
        reference = narrative.cite(subject, f"{what}, distance", _shown(distance))
        observation = add_observation(element, DISTANCE, reference, owner)
        add_value(observation, "PQ", value=decimal_text(distance.value), unit=distance.unit)
    for code, name, datum in _BUDGETS:
        budget: Quantity | None = getattr(transport, name)
        if budget is not None:
            reference = narrative.cite(subject, f"{what}, {datum}", _shown(budget))
            observation = add_observation(element, code, reference, owner)
            add_value(observation, "MO", value=decimal_text(budget.value), currency=budget.unit)
    if (duration := transport.expected_duration) is not None:
        reference = narrative.cite(subject, f"{what}, durée théorique", _shown(duration))
        value = add_value(add_observation(element, DURATION, reference, owner), "IVL_TS", unknown=None)
        add(value, "width", value=decimal_text(duration.value), unit=duration.unit)


def _write_needs(
    element: Element, transport: Transport, *, narrative: Narrative, subject: str, what: str, owner: str
) -> None:
    for code, name, datum in _NEEDS:
        needed: bool | None = getattr(transport, name)
        if needed is not None:
            reference = narrative.cite(subject, f"{what}, {datum}", "oui" if needed else "non")
            add_value(add_observation(element, code, reference, owner), "BL", value=boolean_text(needed))


def _shown(quantity: Quantity) -> str:
    return f"{decimal_text(quantity.value)} {quantity.unit or ''}".strip()
