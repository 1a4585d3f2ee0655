"""Stays, care events and journeys."""

from __future__ import annotations

from sidoba_engine.formats.fhir.reading_records.people import organization_at, place_at, practitioner_at
from sidoba_engine.formats.fhir.reading_records.source import (
    Node,
    Source,
    address_of,
    extension_of,
    extensions,
    flag_of,
    identifier_of,
    moment_of,
    object_of,
    objects,
    part_of,
    quantity_of,
    string_of,
)
from sidoba_engine.formats.fhir.record_names import (
    ATTACHMENT_LINK,
    BUSINESS,
    CARE_EVENT_LINK,
    DEFINITION,
    EVENT_STATUSES,
    OTHER_KIND,
    R5_ENCOUNTER,
    REFORMS,
)
from sidoba_engine.records.activity import (
    CareEvent,
    CareEventKind,
    Reference,
    Resource,
    Status,
    Stay,
    StayStep,
    Transport,
)
from sidoba_engine.records.values import Address, Code, Moment, Place, Practitioner

_EVENT_STATUSES = {status: code for code, status in EVENT_STATUSES.items()}
_DONE = {"planned": False, "triaged": True, "finished": True, "in-progress": True, "cancelled": False}
_SERAFIN = ("serafin-prestations-directes", "serafin-prestations-indirectes")
_SSIAD = "type-evenement-ssiad"


def is_care_event(encounter: Node) -> bool:
    """Whether an Encounter is a care event rather than a stay: by its profile, else by its business identifier."""
    profiles = object_of(encounter, "meta").get("profile")
    told = {url for url in profiles if isinstance(url, str)} if isinstance(profiles, list) else set()
    if DEFINITION + "tddui-encounter-evenement" in told or DEFINITION + "tddui-encounter-sejour" in told:
        return DEFINITION + "tddui-encounter-evenement" in told
    return string_of(object_of(encounter, "identifier"), "system") == BUSINESS["evenement"]


def read_stay(source: Source, encounter: Node) -> Stay:
    """The stay of an Encounter."""
    period, hospital = object_of(encounter, "period"), object_of(encounter, "hospitalization")
    planned_start = moment_of(extension_of(encounter, R5_ENCOUNTER + "plannedStartDate"), "valueDateTime")
    planned_end = moment_of(extension_of(encounter, R5_ENCOUNTER + "plannedEndDate"), "valueDateTime")
    entry = string_of(extension_of(encounter, "tddui-entry-mode-label"), "valueString")
    leaving = string_of(extension_of(encounter, "tddui-exit-mode-label"), "valueString")
    admission, planned_admission = _steps(
        moment_of(period, "start"), planned_start, entry, source.code(object_of(hospital, "admitSource"))
    )
    discharge, planned_discharge = _steps(
        moment_of(period, "end"), planned_end, leaving, source.code(object_of(hospital, "dischargeDisposition"))
    )
    return Stay(
        identifier=identifier_of(object_of(encounter, "identifier")),
        admitted_on=moment_of(extension_of(encounter, "tddui-admission-date"), "valueDateTime"),
        establishment=organization_at(source, object_of(encounter, "serviceProvider")),
        admission=admission,
        planned_admission=planned_admission,
        discharge=discharge,
        planned_discharge=planned_discharge,
        references=_events_of(source, encounter),
    )


def _steps(
    done: Moment | None, planned: Moment | None, label: str | None, code: Code | None
) -> tuple[StayStep | None, StayStep | None]:
    """The step done and the one planned: the wording is of the one that has a date, of the step done if both have."""
    is_of_plan = planned is not None and done is None
    step = StayStep(done, None if is_of_plan else label, code)
    plan = StayStep(planned, label if is_of_plan else None)
    return None if step == StayStep() else step, None if plan == StayStep() else plan


def _events_of(source: Source, stay: Node) -> tuple[Reference, ...]:
    """The care events that are part of a stay, in the order of the lot."""
    found = (identifier_of(object_of(event, "identifier")) for event in source.parts.get(id(stay), ()))
    return tuple(Reference(one, CARE_EVENT_LINK) for one in found if one is not None)


def read_care_event(source: Source, encounter: Node) -> CareEvent:
    """The care event of an Encounter, with its journeys."""
    period = object_of(encounter, "period")
    people = (practitioner_at(source, object_of(one, "individual")) for one in objects(encounter, "participant"))
    comments = (string_of(one, "valueString") for one in extensions(encounter, "tddui-comment"))
    kinds, text = _kinds(source, encounter)
    return CareEvent(
        identifier=identifier_of(object_of(encounter, "identifier")),
        is_done=_DONE.get(string_of(encounter, "status") or ""),
        starts_at=moment_of(period, "start"),
        ends_at=moment_of(period, "end"),
        kinds=kinds,
        kind_text=text,
        label=string_of(extension_of(encounter, "tddui-event-label"), "valueString"),
        status=_status(source, encounter),
        practitioners=tuple(one for one in people if one is not None),
        place=place_at(source, object_of(object_of(encounter, "location"), "location")),
        establishment=organization_at(source, object_of(encounter, "serviceProvider")),
        is_outside_provision=flag_of(extension_of(encounter, "tddui-outside-service"), "valueBoolean"),
        includes_meal=flag_of(extension_of(encounter, "tddui-meal"), "valueBoolean"),
        is_present=flag_of(extension_of(encounter, "tddui-patient-present"), "valueBoolean"),
        resource=_resource(source, extension_of(encounter, "tddui-ressources-used")),
        updated_at=moment_of(object_of(encounter, "meta"), "lastUpdated"),
        service_user_transports=_transports(source, encounter, is_user=True),
        practitioner_transports=_transports(source, encounter, is_user=False),
        comments=tuple(comment for comment in comments if comment is not None),
        references=attached(source, encounter),
    )


def attached(source: Source, node: Node) -> tuple[Reference, ...]:
    """The joined documents that a resource refers to."""
    links = (object_of(one, "valueReference") for one in extensions(node, "tddui-attachment"))
    found = (identifier_of(object_of(source.find(one, "DocumentReference"), "masterIdentifier")) for one in links)
    return tuple(Reference(one, ATTACHMENT_LINK) for one in found if one is not None)


def status_author(source: Source, node: Node) -> Practitioner | None:
    """Who gave a resource its status."""
    return practitioner_at(
        source, object_of(extension_of(object_of(node, "_status"), "tddui-status-author"), "valueReference")
    )


def _status(source: Source, encounter: Node) -> Status | None:
    told = string_of(encounter, "status") or ""
    details = object_of(encounter, "_status")
    reason = object_of(extension_of(details, "tddui-event-cancel-reason"), "valueCodeableConcept")
    since = next((one for one in objects(encounter, "statusHistory")[::-1] if one.get("status") == told), None)
    code = source.terms.code("statut-ressource", _EVENT_STATUSES[told]) if told in _EVENT_STATUSES else None
    at = moment_of(object_of(since, "period"), "start")
    found = Status(code, source.code(reason), at, status_author(source, encounter))
    return None if found == Status() else found


def _kinds(source: Source, encounter: Node) -> tuple[tuple[CareEventKind, ...], str | None]:
    kinds: list[CareEventKind] = []
    texts: list[str] = []
    for concept in objects(encounter, "type"):
        is_text = any(one.get("system") == OTHER_KIND["system"] for one in objects(concept, "coding"))
        code = None if is_text else source.code(concept)
        if code is not None:
            kinds.append(CareEventKind(code, _reform_of(source, code)))
        elif text := string_of(concept, "text"):
            texts.append(text)
    return tuple(kinds), " ; ".join(texts) or None


def _reform_of(source: Source, code: Code) -> Code | None:
    """The reform whose list has that code."""
    sets = source.terms.catalogue.value_sets
    if code.code in sets[_SSIAD].labels:
        return REFORMS[_SSIAD]
    return REFORMS["serafin"] if any(code.code in sets[name].labels for name in _SERAFIN) else None


def _resource(source: Source, found: Node) -> Resource | None:
    code = source.code(object_of(part_of(found, "TDDUIRessourceType"), "valueCodeableConcept"))
    if code is None:
        return None
    details = (part_of(found, name) for name in ("TDDUIMaterialDetail", "TDDUIFacilityResource"))
    coded = (source.code(object_of(detail, "valueCodeableConcept")) for detail in details)
    return Resource(code, next((one for one in coded if one is not None), None))


def _transports(source: Source, encounter: Node, *, is_user: bool) -> tuple[Transport, ...]:
    tasks = source.journeys.get(id(encounter), ())
    return tuple(_transport(source, task, is_user=is_user) for task in tasks if is_of_user(source, task) == is_user)


def is_of_user(source: Source, task: Node) -> bool:
    """Whether a journey is the service user's: by its profile, else by who travels."""
    profiles = object_of(task, "meta").get("profile")
    for url in profiles if isinstance(profiles, list) else ():
        if isinstance(url, str) and "tddui-task-transport-" in url:
            return url.endswith("usager")
    return source.find(object_of(task, "for"), "Practitioner") is None


def _transport(source: Source, task: Node, *, is_user: bool) -> Transport:
    period = object_of(task, "executionPeriod")
    inputs = _inputs(task)
    carrier = organization_at(source, object_of(task, "owner"))
    return Transport(
        identifier=identifier_of(object_of(task, "identifier")),
        mode=source.code(object_of(task, "code")),
        engine=_concept(source, inputs, "typeMotorisation"),
        nature=_concept(source, inputs, "natureTransport"),
        label=string_of(task, "description"),
        starts_at=moment_of(period, "start"),
        ends_at=moment_of(period, "end"),
        departure=_place(inputs.get("adresseDepart")),
        destination=_place(inputs.get("adresseDestination")),
        carrier=None if carrier is None else Practitioner(organization=carrier),
        practitioner=None if is_user else practitioner_at(source, object_of(task, "for")),
        distance=quantity_of(inputs.get("distance", {}), "valueDistance", unit="code"),
        actual_budget=quantity_of(inputs.get("budgetReel", {}), "valueMoney", unit="currency"),
        planned_budget=quantity_of(inputs.get("budgetPrevisionnel", {}), "valueMoney", unit="currency"),
        expected_duration=quantity_of(inputs.get("dureeTheorique", {}), "valueDuration", unit="code"),
        needs_companion=flag_of(inputs.get("accompagnement"), "valueBoolean"),
        needs_asepsis=flag_of(inputs.get("asepsie"), "valueBoolean"),
    )


def _inputs(task: Node) -> dict[str, Node]:
    """The inputs of a journey by their code, the first of each."""
    found: dict[str, Node] = {}
    for one in objects(task, "input"):
        for coding in objects(object_of(one, "type"), "coding"):
            if code := string_of(coding, "code"):
                found.setdefault(code, one)
    return found


def _concept(source: Source, inputs: dict[str, Node], name: str) -> Code | None:
    return source.code(object_of(inputs.get(name), "valueCodeableConcept"))


def _place(found: Node | None) -> Place | None:
    """The place of an address; a text alone is its name."""
    held = object_of(found, "valueAddress")
    address: Address | None = address_of(held)
    text = string_of(held, "text")
    if address is None and text is None:
        return None
    return Place(name=text if address is None else None, address=address)
