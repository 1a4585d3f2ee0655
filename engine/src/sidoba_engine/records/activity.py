"""What happened to a service user: stays, care events, and the journeys made for them."""

from __future__ import annotations

from dataclasses import dataclass

from sidoba_engine.records.values import Code, Identifier, Moment, Organization, Place, Practitioner, Quantity


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to another part of the record (a care event, an assessment, an attachment), and what kind it is of."""

    identifier: Identifier
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class StayStep:
    """The beginning or the end of a stay: its day, how it is worded, and its code where one is given."""

    at: Moment | None = None
    label: str | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in one establishment. `admitted_on` is the day of the decision; admission and discharge are told apart
    as done and as planned."""

    identifier: Identifier | None = None
    admitted_on: Moment | None = None
    establishment: Organization | None = None
    admission: StayStep | None = None
    planned_admission: StayStep | None = None
    discharge: StayStep | None = None
    planned_discharge: StayStep | None = None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """Where a care event or an assessment stands (JDV_J281): its code, why it was cancelled, since when, by whom."""

    code: Code | None = None
    reason: Code | None = None
    at: Moment | None = None
    author: Practitioner | None = None


@dataclass(frozen=True, slots=True)
class CareEventKind:
    """A kind of care event, in the terms of one reform (SSIAD or SERAFIN) when it is told which."""

    code: Code
    reform: Code | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What a care event used: a vehicle, premises, equipment; `detail` says which of the last two."""

    code: Code
    detail: Code | None = None


@dataclass(frozen=True, slots=True)
class Transport:
    """One journey. `practitioner` is who travelled, for the journey of a professional; `carrier` who carried.

    `needs_companion` and `needs_asepsis`, the nature of the journey: for a service user only.
    """

    identifier: Identifier | None = None
    mode: Code | None = None
    engine: Code | None = None
    nature: Code | None = None
    label: str | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    departure: Place | None = None
    destination: Place | None = None
    carrier: Practitioner | None = None
    practitioner: Practitioner | None = None
    distance: Quantity | None = None
    actual_budget: Quantity | None = None
    planned_budget: Quantity | None = None
    expected_duration: Quantity | None = None
    needs_companion: bool | None = None
    needs_asepsis: bool | None = None


@dataclass(frozen=True, slots=True)
class CareEvent:
    """One care event, done (`is_done`) or planned. `kind_text` words a kind that has no code.

    `is_outside_provision`: not part of what was agreed (hors prestation); `is_present`: the service user was there.
    """

    identifier: Identifier | None = None
    is_done: bool | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    kinds: tuple[CareEventKind, ...] = ()
    kind_text: str | None = None
    label: str | None = None
    status: Status | None = None
    practitioners: tuple[Practitioner, ...] = ()
    place: Place | None = None
    establishment: Organization | None = None
    is_outside_provision: bool | None = None
    includes_meal: bool | None = None
    is_present: bool | None = None
    resource: Resource | None = None
    updated_at: Moment | None = None
    service_user_transports: tuple[Transport, ...] = ()
    practitioner_transports: tuple[Transport, ...] = ()
    comments: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
