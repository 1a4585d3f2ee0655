"""A record in the terms of the business model `ssiad-usager`: the values of its keys, and where each came from.

Only what a record tells: what the model computes over weeks, and what no format carries (the reason of a discharge as
a code), is not here; `NOT_TOLD` and `over_weeks` name those keys. A person with several stays is one object per stay,
as in the model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.facts import CampaignFacts
from sidoba_engine.records import (
    Assessment,
    CareEvent,
    Code,
    Identifier,
    Moment,
    Record,
    Stay,
    day_of,
    year_of,
)
from sidoba_engine.records.assessments import AGGIR_KINDS, AGGIR_PA, SSIAD_SITUATION

MODEL = "ssiad-usager"
NOT_TOLD = frozenset({"motif_sortie", "provenance"})
"""Keys of the model that a record has in words only."""

ASSESSMENT_ENTITY = "evaluation"
CARE_EVENT_ENTITY = "evenement"

_SEXES = {"F": "F", "M": "M", "UN": "U"}
_REASONS = {
    "R32": "incontinence_urinaire",
    "R15": "incontinence_fecale",
    "E66.9": "obesite",
    "F06.7": "trouble_cognitif",
    "F69": "trouble_comportement",
    "MED-1294": "soins_escarres_plaies",
    "MED-1295": "diabete_insulinotraite",
    "GEN-365": "aucun_motif",
}
"""Code of an item of the SSIAD situation → key of the model."""
_IN_KM = {None: Decimal(1), "km": Decimal(1), "m": Decimal("0.001")}
_DAY_LENGTH = len("AAAA-MM-JJ")


@dataclass(slots=True)
class ModelObject:
    """One object of the model. `values` and `sources` (path in the record) are by the name of the field.

    `path` is that of what the object is about; `faulty` are the fields whose value is not of the kind the model wants.
    """

    entity: str
    path: str
    label: str = ""
    values: dict[str, object] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)

    def tell(self, name: str, value: object, source: str) -> None:
        """A field of the object, and where it comes from; nothing is kept of a missing value but its source."""
        self.sources[name] = f"{self.path}/{source}" if source else self.path
        if value is not None:
            self.values[name] = value


@dataclass(frozen=True, slots=True)
class StayObjects:
    """What the model says of one stay: the service user with that stay, and the entities that belong to it."""

    root: ModelObject
    elements: tuple[ModelObject, ...]


def over_weeks(model: BusinessModel) -> frozenset[str]:
    """The keys that are computed over weeks, or over all the care events of the period."""
    return frozenset(key for key, entry in model.indicators.items() if entry.section in ("semaine", "synthese"))


def model_objects(record: Record, campaign: CampaignFacts) -> Iterator[StayObjects]:
    """The objects of each stay; a record without stay gives one, that knows of no entry."""
    elements = _elements_by_stay(record)
    user = _service_user_object(record, campaign)
    for rank, stay in enumerate(record.stays or (Stay(),)):
        path = f"stays/{rank}" if record.stays else user.path
        root = ModelObject("", path, values=dict(user.values), sources=dict(user.sources))
        _tell_stay(root, stay)
        yield StayObjects(root, tuple(elements.get(rank, ())))


def _service_user_object(record: Record, campaign: CampaignFacts) -> ModelObject:
    """What does not depend on the stay."""
    user = record.service_user
    born_in = year_of(user.born_on)
    about = ModelObject("", "service_user")
    about.tell("identifiant_usager", user.local_identifier and user.local_identifier.value, "local_identifier")
    about.tell("matricule_ins", user.ins and user.ins.value, "ins")
    about.tell("annee_naissance", born_in, "born_on")
    about.tell("sexe", _SEXES.get(user.sex or ""), "sex")
    about.tell("age_debut_periode", None if born_in is None else campaign.period_start.year - born_in, "born_on")
    rank, latest = _latest_aggir(record)
    if latest is not None and latest.kind is not None:
        about.values["type_public"] = "pa" if latest.kind.code == AGGIR_PA else "ph"
        about.sources["type_public"] = f"assessments/{rank}/kind"
    return about


def _latest_aggir(record: Record) -> tuple[int, Assessment | None]:
    dated = [
        (assessment.assessed_on or "", rank)
        for rank, assessment in enumerate(record.assessments)
        if assessment.kind is not None and assessment.kind.code in AGGIR_KINDS
    ]
    return (max(dated)[1], record.assessments[max(dated)[1]]) if dated else (0, None)


def _tell_stay(root: ModelObject, stay: Stay) -> None:
    """The entry is the day of the first care; without it, the day of the admission."""
    root.tell("identifiant_sejour", stay.identifier and stay.identifier.value, "identifier")
    is_admission = stay.admission is not None and stay.admission.at is not None
    root.tell("date_entree", _day_text(_entry_of(stay)), "admission/at" if is_admission else "admitted_on")
    root.tell("date_sortie", _day_text(stay.discharge.at if stay.discharge else None), "discharge/at")


def _entry_of(stay: Stay) -> Moment | None:
    return (stay.admission.at if stay.admission else None) or stay.admitted_on


def _day_text(moment: Moment | None) -> str | None:
    """The day; None when the moment is less precise."""
    return moment[:_DAY_LENGTH] if moment and len(moment) >= _DAY_LENGTH else None


def _elements_by_stay(record: Record) -> dict[int, list[ModelObject]]:
    """The assessments and care events of the model, under the rank of the stay that each belongs to."""
    belongs = _Belonging(record.stays)
    found: dict[int, list[ModelObject]] = {}
    for rank, assessment in enumerate(record.assessments):
        if assessment.kind is None or assessment.kind.code in (*AGGIR_KINDS, SSIAD_SITUATION):
            element = _assessment_object(assessment, rank)
            found.setdefault(belongs.stay_of(assessment.identifier, assessment.assessed_on), []).append(element)
    for rank, event in enumerate(record.care_events):
        found.setdefault(belongs.stay_of(event.identifier, event.starts_at), []).append(_care_event_object(event, rank))
    return found


class _Belonging:
    """Which stay something belongs to: the one that refers to it, else the last one begun by its day."""

    def __init__(self, stays: tuple[Stay, ...]) -> None:
        self._referred = {link.identifier: rank for rank, stay in enumerate(stays) for link in stay.references}
        dated = ((day, rank) for rank, stay in enumerate(stays) if (day := day_of(_entry_of(stay))))
        self._entries = sorted(dated)
        self._days = [day for day, _ in self._entries]

    def stay_of(self, identifier: Identifier | None, at: Moment | None) -> int:
        """The rank of the stay; the first one begun when nothing tells."""
        if identifier in self._referred:
            return self._referred[identifier]
        if not self._entries:
            return 0
        day = day_of(at)
        begun = bisect_right(self._days, day) if day is not None else 1
        return self._entries[max(begun - 1, 0)][1]


def _assessment_object(assessment: Assessment, rank: int) -> ModelObject:
    element = ModelObject(ASSESSMENT_ENTITY, f"assessments/{rank}", f"{ASSESSMENT_ENTITY}[{rank}]")
    element.tell("identifiant_evaluation", assessment.identifier and assessment.identifier.value, "identifier")
    element.tell("type_evaluation", assessment.kind and assessment.kind.code, "kind")
    element.tell("date_evaluation", _day_text(assessment.assessed_on), "assessed_on")
    status = assessment.status.code if assessment.status else None
    element.tell("statut", status and status.code, "status/code")
    if assessment.is_aggir:
        element.tell("gir", assessment.gir, "result")
        if assessment.result is not None and assessment.gir is None:
            element.faulty.add("gir")
    for position, item in enumerate(assessment.items):
        name = item.code.code if assessment.is_aggir else _REASONS.get(item.code.code)
        if name is not None and name not in element.sources:
            _tell_answer(element, name, item.answer, f"items/{position}/answer")
    return element


def _tell_answer(element: ModelObject, name: str, answer: Code | bool | int | None, source: str) -> None:
    """A modality for a question of AGGIR, yes or no for a reason; an answer of the other kind is faulty."""
    is_reason = name in _REASONS.values()
    element.tell(name, answer.code if isinstance(answer, Code) else answer, source)
    if answer is not None and not isinstance(answer, bool if is_reason else Code):
        del element.values[name]
        element.faulty.add(name)


def _care_event_object(event: CareEvent, rank: int) -> ModelObject:
    element = ModelObject(CARE_EVENT_ENTITY, f"care_events/{rank}", f"{CARE_EVENT_ENTITY}[{rank}]")
    element.tell("identifiant_evenement", event.identifier and event.identifier.value, "identifier")
    element.tell("type_evenement", event.kinds[0].code.code if event.kinds else None, "kinds/0")
    element.tell("date_debut", event.starts_at, "starts_at")
    element.tell("date_fin", event.ends_at, "ends_at")
    if event.status is not None:
        element.tell("statut", event.status.code and event.status.code.code, "status/code")
        element.tell("motif_non_realisation", event.status.reason and event.status.reason.code, "status/reason")
    _tell_journeys(element, event)
    return element


def _tell_journeys(element: ModelObject, event: CareEvent) -> None:
    """The kilometres of all the journeys of professionals for that care event; none when a unit is not known."""
    distances = [
        (rank, journey.distance)
        for rank, journey in enumerate(event.practitioner_transports)
        if journey.distance is not None
    ]
    if distances and all(distance.unit in _IN_KM for _, distance in distances):
        total = sum((distance.value * _IN_KM[distance.unit] for _, distance in distances), Decimal(0))
        element.tell("distance_km", total, f"practitioner_transports/{distances[0][0]}/distance")
    engines = [(rank, item.engine) for rank, item in enumerate(event.practitioner_transports) if item.engine]
    if engines:
        element.tell("motorisation", engines[0][1].code, f"practitioner_transports/{engines[0][0]}/engine")


def values_of(record: Record, model: BusinessModel, campaign: CampaignFacts) -> list[dict[str, object]]:
    """The payloads of the model, one per stay, as key-value data writes them; nothing that is computed over weeks."""
    payloads: list[dict[str, object]] = []
    for objects in model_objects(record, campaign):
        listed: dict[str, list[dict[str, object]]] = {}
        for element in objects.elements:
            listed.setdefault(element.entity, []).append(_known(element, model))
        payloads.append({**_known(objects.root, model), **listed})
    return payloads


def _known(element: ModelObject, model: BusinessModel) -> dict[str, object]:
    prefix = f"{element.entity}." if element.entity else ""
    return {name: value for name, value in element.values.items() if prefix + name in model.indicators}
