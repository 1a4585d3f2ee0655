"""Stays, care events and journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sidoba_engine.formats.fhir.record_names import (
    BUSINESS,
    ENCOUNTER_IDENTIFIERS,
    EVENT_STATUSES,
    FR_CORE,
    OTHER_KIND,
    R5_ENCOUNTER,
    TRANSPORT_INPUTS,
)
from sidoba_engine.formats.fhir.writing_records.lot import Lot, to
from sidoba_engine.formats.fhir.writing_records.people import (
    role_of,
    write_organization,
    write_place,
    write_practitioner,
)
from sidoba_engine.formats.fhir.writing_records.values import (
    Json,
    address,
    concept,
    date_time,
    extension,
    identifier,
    instant,
    made,
    money,
    part,
    parts,
    present,
    quantity,
    string,
)
from sidoba_engine.records.activity import CareEvent, CareEventKind, Resource, Stay, StayStep, Transport
from sidoba_engine.records.values import Identifier, Moment, Place

_AT_HOME = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"}
_VISIT = (FR_CORE + "CodeSystem/fr-core-cs-identifier-type", "VN")
_STAY = (ENCOUNTER_IDENTIFIERS, "SEJ", "Identifiant du séjour")
_STEP = StayStep()
_DETAILS = {"ORG-206": "TDDUIMaterialDetail", "ORG-207": "TDDUIFacilityResource"}


@dataclass(frozen=True, slots=True)
class Links:
    """What care events and assessments refer to, by business identifier: stays, care events, joined documents."""

    patient: str
    stays: Mapping[Identifier, str]
    events: Mapping[Identifier, str]
    attachments: Mapping[Identifier, str]


def write_stay(lot: Lot, stay: Stay, *, patient: str, path: str) -> str:
    """The Encounter of a stay."""
    lot.need(stay.identifier, f"{path}/identifier")
    admission, discharge = stay.admission or _STEP, stay.discharge or _STEP
    planned_start = date_time(stay.planned_admission.at) if stay.planned_admission else None
    planned_end = date_time(stay.planned_discharge.at) if stay.planned_discharge else None
    provider = write_organization(lot, stay.establishment)
    lot.need(provider, f"{path}/establishment")
    return lot.add(
        lot.own("Encounter", "stay", patient, stay.identifier),
        "tddui-encounter-sejour",
        extension=present(
            extension(R5_ENCOUNTER + "plannedStartDate", valueDateTime=planned_start),
            extension(R5_ENCOUNTER + "plannedEndDate", valueDateTime=planned_end),
            extension("tddui-admission-date", valueDateTime=date_time(stay.admitted_on)),
            extension("tddui-entry-mode-label", valueString=_label(stay.admission, stay.planned_admission)),
            extension("tddui-exit-mode-label", valueString=_label(stay.discharge, stay.planned_discharge)),
        ),
        identifier=present(identifier(stay.identifier, system=BUSINESS["sejour"], kind=_STAY)),
        status=_stay_status(stay),
        class_=_AT_HOME,
        subject=to(patient),
        period=made(start=date_time(admission.at), end=date_time(discharge.at)),
        hospitalization=made(
            admitSource=concept(admission.code, lot.terms), dischargeDisposition=concept(discharge.code, lot.terms)
        ),
        serviceProvider=to(provider),
    )


def _label(done: StayStep | None, planned: StayStep | None) -> str | None:
    """The one wording that FHIR holds: of the step done when it has a date, or nothing is planned; else of the plan."""
    is_done = done is not None and (done.at is not None or planned is None or planned.at is None)
    step = done if is_done else planned
    return string(step.label) if step is not None and (is_done or step.at is not None) else None


def _stay_status(stay: Stay) -> str:
    if stay.discharge is not None and stay.discharge.at is not None:
        return "finished"
    return "in-progress" if stay.admission is not None else "planned"


def write_care_event(lot: Lot, event: CareEvent, links: Links, *, reference: str, path: str) -> None:
    """The Encounter of a care event, under that reference, and the Tasks of its journeys."""
    lot.need(event.identifier, f"{path}/identifier")
    place = write_place(lot, event.place)
    people = [to(role_of(lot, one)) for one in event.practitioners]
    lot.add(
        reference,
        "tddui-encounter-evenement",
        meta=made(lastUpdated=instant(event.updated_at)),
        extension=_facts(lot, event, links),
        identifier=present(identifier(event.identifier, system=BUSINESS["evenement"], kind=_VISIT)),
        status=_event_status(event),
        _status=_status_details(lot, event),
        statusHistory=_status_history(event),
        class_=_AT_HOME,
        type_=_kinds(lot, event),
        subject=to(links.patient),
        participant=[{"individual": one} for one in people if one is not None],
        period=_period(lot, event.starts_at, event.ends_at, path),
        location=[{"location": to(place)}] if place else None,
        serviceProvider=to(write_organization(lot, event.establishment)),
        partOf=to(_stay_of(event, links)),
    )
    for rank, journey in enumerate(event.service_user_transports):
        own = f"{path}/service_user_transports/{rank}"
        _write_user_transport(lot, journey, event=reference, patient=links.patient, path=own)
    for rank, journey in enumerate(event.practitioner_transports):
        _write_staff_transport(lot, journey, event=reference, path=f"{path}/practitioner_transports/{rank}")


def _stay_of(event: CareEvent, links: Links) -> str | None:
    return links.stays.get(event.identifier) if event.identifier is not None else None


def _facts(lot: Lot, event: CareEvent, links: Links) -> list[Json]:
    joined = (links.attachments.get(one.identifier) for one in event.references)
    return present(
        _resource(lot, event.resource),
        extension("tddui-event-label", valueString=string(event.label)),
        *(extension("tddui-comment", valueString=string(comment)) for comment in event.comments),
        *(extension("tddui-attachment", valueReference=to(one)) for one in joined),
        extension("tddui-outside-service", valueBoolean=event.is_outside_provision),
        extension("tddui-patient-present", valueBoolean=event.is_present),
        extension("tddui-meal", valueBoolean=event.includes_meal),
    )


def _resource(lot: Lot, found: Resource | None) -> Json | None:
    if found is None:
        return None
    detail = _DETAILS.get(found.code.code)
    return parts(
        "tddui-ressources-used",
        part("TDDUIRessourceType", valueCodeableConcept=concept(found.code, lot.terms)),
        part(detail, valueCodeableConcept=concept(found.detail, lot.terms)) if detail else None,
    )


def _event_status(event: CareEvent) -> str:
    code = event.status.code if event.status is not None else None
    told = EVENT_STATUSES.get(code.code) if code is not None else None
    return told or {True: "finished", False: "planned", None: "unknown"}[event.is_done]


def _status_details(lot: Lot, event: CareEvent) -> Json | None:
    if event.status is None:
        return None
    author = role_of(lot, event.status.author)
    reason = concept(event.status.reason, lot.terms)
    return made(
        extension=present(
            extension("tddui-event-cancel-reason", valueCodeableConcept=reason),
            extension("tddui-status-author", valueReference=to(author)),
        )
    )


def _status_history(event: CareEvent) -> list[Json] | None:
    since = date_time(event.status.at) if event.status is not None else None
    return [{"status": _event_status(event), "period": {"start": since}}] if since else None


def _kinds(lot: Lot, event: CareEvent) -> list[Json]:
    text = string(event.kind_text)
    return present(
        *(_kind(lot, kind) for kind in event.kinds),
        {"coding": [dict(OTHER_KIND)], "text": text} if text else None,
    )


def _kind(lot: Lot, kind: CareEventKind) -> Json | None:
    return concept(kind.code, lot.terms)


def _period(lot: Lot, start: Moment | None, end: Moment | None, path: str) -> Json | None:
    lot.need(start, f"{path}/starts_at")
    lot.need(end, f"{path}/ends_at")
    return made(start=date_time(start), end=date_time(end))


def _write_user_transport(lot: Lot, journey: Transport, *, event: str, patient: str, path: str) -> None:
    needs = (
        _input("accompagnement", valueBoolean=journey.needs_companion),
        _input("asepsie", valueBoolean=journey.needs_asepsis),
        _input("natureTransport", valueCodeableConcept=concept(journey.nature, lot.terms)),
    )
    _write_transport(lot, journey, event=event, kind="transportusager", path=path, traveller=patient, needs=needs)


def _write_staff_transport(lot: Lot, journey: Transport, *, event: str, path: str) -> None:
    traveller = write_practitioner(lot, journey.practitioner)
    lot.need(traveller, f"{path}/practitioner")
    _write_transport(lot, journey, event=event, kind="transportprofessionnel", path=path, traveller=traveller)


def _write_transport(
    lot: Lot,
    journey: Transport,
    *,
    event: str,
    kind: str,
    path: str,
    traveller: str | None,
    needs: tuple[Json | None, ...] = (),
) -> None:
    lot.need(journey.identifier, f"{path}/identifier")
    carrier = journey.carrier.organization if journey.carrier is not None else None
    profile = "tddui-task-transport-" + kind.removeprefix("transport")
    lot.add(
        lot.own("Task", kind, event, journey.identifier),
        profile,
        identifier=present(identifier(journey.identifier, system=BUSINESS[kind])),
        status="completed",
        intent="order",
        code=concept(journey.mode, lot.terms),
        description=string(journey.label),
        for_=to(traveller),
        encounter=to(event),
        executionPeriod=_period(lot, journey.starts_at, journey.ends_at, path),
        owner=to(write_organization(lot, carrier)),
        input=present(
            _input("typeMotorisation", valueCodeableConcept=concept(journey.engine, lot.terms)),
            _input("adresseDepart", valueAddress=_address_of(journey.departure)),
            _input("adresseDestination", valueAddress=_address_of(journey.destination)),
            _input("budgetPrevisionnel", valueMoney=money(journey.planned_budget)),
            _input("budgetReel", valueMoney=money(journey.actual_budget)),
            _input("distance", valueDistance=quantity(journey.distance)),
            _input("dureeTheorique", valueDuration=quantity(journey.expected_duration)),
            *needs,
        ),
    )


def _input(code: str, **value: object) -> Json | None:
    given = made(**value)
    return None if given is None else {"type": {"coding": [{"system": TRANSPORT_INPUTS, "code": code}]}, **given}


def _address_of(place: Place | None) -> Json | None:
    """The address of a place; its name stands for one that has no address."""
    if place is None:
        return None
    return address(place.address) or made(text=string(place.name))
