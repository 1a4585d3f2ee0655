"""The shapes of record that the corpus shows, by the name of their file in `corpus/cda/valides/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.records import (
    CareEvent,
    CareEventKind,
    Identifier,
    Moment,
    Place,
    Record,
    Resource,
    Status,
    StayStep,
)
from sidoba_engine.records.assessments import AGGIR_PA, AGGIR_PH
from synthetic_records import (
    ATTACHMENT_CODE,
    CARE_EVENT_CODE,
    EMPTY_PDF,
    FINESS,
    LAST_DAY,
    SERAFIN_REFORM,
    Export,
    Synthesis,
    at,
    day,
    referring,
)

Shape = Callable[[Synthesis], Export]


def exports(catalogue: Catalogue, *, finess: str = FINESS, last_day: date = LAST_DAY) -> dict[str, Export]:
    """The export of each shape, by name; the number of the service user is the rank of the shape, from 101."""
    return {
        name: shape(Synthesis(catalogue, 101 + rank, finess=finess, last_day=last_day))
        for rank, (name, shape) in enumerate(SHAPES.items())
    }


def _minimal(synthesis: Synthesis) -> Export:
    """A stay and nothing else."""
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),)), synthesis.header())


def _without_ins(synthesis: Synthesis) -> Export:
    """No INS: the order of registration stands in, and the birth is known by its year only."""
    record = synthesis.record()
    user = replace(record.service_user, ins=None, birth_order=2, born_on=Moment("1941"), contacts=())
    return Export(replace(record, service_user=user, stays=(synthesis.stay(),)), synthesis.header())


def _visits(synthesis: Synthesis) -> Export:
    """A month of visits, of every kind of SSIAD, linked from the stay."""
    kinds = tuple(synthesis.catalogue.value_sets["type-evenement-ssiad"].labels)
    events = tuple(
        synthesis.care_event(
            rank + 1,
            synthesis.last_day - timedelta(days=30 - 2 * rank),
            synthesis.code("type-evenement-ssiad", kinds[rank % len(kinds)]),
        )
        for rank in range(12)
    )
    links = tuple(link for event in events for link in referring(event.identifier, CARE_EVENT_CODE))
    stay = replace(synthesis.stay(), references=links)
    return Export(replace(synthesis.record(), stays=(stay,), care_events=events), synthesis.header())


def _planned(synthesis: Synthesis) -> Export:
    """A visit to come, without professional yet."""
    event = synthesis.care_event(1, synthesis.last_day + timedelta(days=2))
    status = Status(synthesis.code("statut-ressource", "PLANIFIE"), at=at(synthesis.last_day, 9, 0))
    planned = replace(event, is_done=False, status=status, practitioners=(), updated_at=None)
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), care_events=(planned,)), synthesis.header())


def _cancelled(synthesis: Synthesis) -> Export:
    """Visits cancelled, one for each reason."""
    reasons = tuple(synthesis.catalogue.value_sets["motif-non-realisation"].labels)
    events = tuple(
        _cancelled_event(synthesis, rank + 1, synthesis.last_day - timedelta(days=10 - rank), reason)
        for rank, reason in enumerate(reasons)
    )
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), care_events=events), synthesis.header())


def _cancelled_event(synthesis: Synthesis, rank: int, on: date, reason: str) -> CareEvent:
    status = Status(
        synthesis.code("statut-ressource", "ANNULE"),
        synthesis.code("motif-non-realisation", reason),
        at(on, 7, 30),
        synthesis.practitioner(),
    )
    return replace(synthesis.care_event(rank, on), status=status)


def _without_stay(synthesis: Synthesis) -> Export:
    """Care events alone: each names the structure responsible."""
    event = synthesis.care_event(1, synthesis.last_day - timedelta(days=5))
    return Export(replace(synthesis.record(), care_events=(event,)), synthesis.header())


def _older_person(synthesis: Synthesis) -> Export:
    """AGGIR by the grid for older people, and a SSIAD situation the same day."""
    on = synthesis.entered_on + timedelta(days=1)
    assessments = (
        synthesis.aggir(AGGIR_PA, 1, on),
        synthesis.aggir(AGGIR_PA, 2, on + timedelta(days=30)),
        synthesis.situation(3, on),
    )
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), assessments=assessments), synthesis.header())


def _disabled_person(synthesis: Synthesis) -> Export:
    """AGGIR by the grid for people with a disability, commented, written by its author."""
    found = synthesis.aggir(AGGIR_PH, 1, synthesis.entered_on + timedelta(days=2))
    written = replace(found, author=found.performer, performer=None, comments=("Évaluation faite en deux visites.",))
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), assessments=(written,)), synthesis.header())


def _needs(synthesis: Synthesis) -> Export:
    """SERAFIN: needs, and provisions of that reform, direct and indirect, in a service for people with a disability."""
    on = synthesis.last_day - timedelta(days=8)
    provisions = (("serafin-prestations-directes", "2.1.1.2"), ("serafin-prestations-indirectes", "3.1.1"))
    events = tuple(
        replace(
            synthesis.care_event(rank + 1, on + timedelta(days=rank)),
            kinds=(CareEventKind(synthesis.code(value_set, code), SERAFIN_REFORM),),
            includes_meal=bool(rank),
            is_present=True,
            is_outside_provision=not rank,
        )
        for rank, (value_set, code) in enumerate(provisions)
    )
    record = replace(
        synthesis.record(),
        stays=(synthesis.stay(),),
        care_events=events,
        assessments=(synthesis.serafin(1, on),),
    )
    establishment = replace(record.establishment, category=synthesis.code("categorie-essms-ph", "182"))
    return Export(replace(record, establishment=establishment), synthesis.header())


def _transports(synthesis: Synthesis) -> Export:
    """Journeys of both kinds, and the resources that care events use."""
    on = synthesis.last_day - timedelta(days=9)
    resources = (
        Resource(synthesis.code("ressource-utilisee", "261324000")),
        Resource(
            synthesis.code("ressource-utilisee", "ORG-207"), synthesis.code("detail-ressource-immobiliere", "ORG-210")
        ),
        Resource(
            synthesis.code("ressource-utilisee", "ORG-206"), synthesis.code("detail-materiel-specialise", "ORG-208")
        ),
    )
    events = tuple(
        replace(
            synthesis.care_event(rank, on + timedelta(days=rank)),
            resource=resource,
            service_user_transports=(synthesis.service_user_transport(rank, on + timedelta(days=rank)),),
            practitioner_transports=(synthesis.practitioner_transport(rank, on + timedelta(days=rank)),),
        )
        for rank, resource in enumerate(resources, 1)
    )
    bus = replace(
        synthesis.service_user_transport(4, on),
        mode=synthesis.code("mode-de-transport", "ORG-204"),
        engine=None,
        nature=None,
        carrier=None,
    )
    events = (*events[:-1], replace(events[-1], service_user_transports=(*events[-1].service_user_transports, bus)))
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), care_events=events), synthesis.header())


def _covers(synthesis: Synthesis) -> Export:
    """Two social covers, one through a member of the family, and the number of social security beside the INS."""
    record = synthesis.record()
    number = Identifier("1.2.250.1.213.1.4.13", record.service_user.ins.value if record.service_user.ins else None)
    record = replace(
        record,
        service_user=replace(record.service_user, social_security=number),
        stays=(synthesis.stay(),),
        social_covers=(synthesis.cover(), synthesis.cover(is_holder=False)),
    )
    return Export(record, synthesis.header())


def _attachments(synthesis: Synthesis) -> Export:
    """Joined documents, that a care event and an assessment refer to."""
    on = synthesis.last_day - timedelta(days=4)
    text = b"Texte libre joint au dossier.\n"
    first, second = synthesis.attachment(1, on), synthesis.attachment(2, on, text)
    attachments = (first, replace(second, media_type="text/plain"))
    event = synthesis.care_event(1, on)
    event = replace(event, references=referring(first.identifier, ATTACHMENT_CODE))
    situation = replace(synthesis.situation(1, on), references=referring(second.identifier, ATTACHMENT_CODE))
    contents = {
        item.digest: content for item, content in zip(attachments, (EMPTY_PDF, text), strict=True) if item.digest
    }
    record = replace(
        synthesis.record(),
        stays=(synthesis.stay(),),
        care_events=(event,),
        assessments=(situation,),
        attachments=attachments,
    )
    return Export(record, synthesis.header(), contents)


def _several_stays(synthesis: Synthesis) -> Export:
    """Two stays in the period: one closed, one running with its end planned, each with its visits."""
    first = synthesis.stay(1, left_on=synthesis.entered_on + timedelta(days=20))
    again = synthesis.stay(2, entered_on=synthesis.entered_on + timedelta(days=35))
    again = replace(again, planned_discharge=StayStep(day(synthesis.last_day), "Relais libéral prévu"))
    events = tuple(
        synthesis.care_event(rank + 1, synthesis.entered_on + timedelta(days=days))
        for rank, days in enumerate((2, 12, 36, 40))
    )
    first = replace(
        first, references=tuple(link for event in events[:2] for link in referring(event.identifier, CARE_EVENT_CODE))
    )
    return Export(replace(synthesis.record(), stays=(first, again), care_events=events), synthesis.header())


def _new_version(synthesis: Synthesis) -> Export:
    """The third version of a document, in place of the second."""
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),)), synthesis.header(version=3))


def _uncoded(synthesis: Synthesis) -> Export:
    """What has no code: a kind of care event in words, a place by its name, comments of several lines."""
    event = replace(
        synthesis.care_event(1, synthesis.last_day - timedelta(days=3)),
        kinds=(),
        kind_text="Sortie au marché",
        place=Place(name="Place du Marché"),
        comments=("L'usager a souhaité rentrer à pied.", 'Temps < 20 min ; "aucune" plainte & bon moral'),
    )
    return Export(replace(synthesis.record(), stays=(synthesis.stay(),), care_events=(event,)), synthesis.header())


def everything(synthesis: Synthesis) -> Export:
    """A record that has all of it, drawn with the seed of its number."""
    parts = [shape(synthesis) for shape in (_visits, _older_person, _covers, _attachments)]
    merged = {name: getattr(part.record, name) for part in parts for name in _PARTS if getattr(part.record, name)}
    merged["care_events"] = parts[0].record.care_events
    merged["assessments"] = parts[1].record.assessments
    return Export(Record(**merged), parts[0].header, parts[3].contents)


_PARTS = (
    "service_user",
    "establishment",
    "software",
    "social_covers",
    "stays",
    "care_events",
    "assessments",
    "attachments",
)

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "sejour-seul": _minimal,
        "sans-ins": _without_ins,
        "visites-ssiad": _visits,
        "evenement-planifie": _planned,
        "evenements-annules": _cancelled,
        "evenement-sans-sejour": _without_stay,
        "aggir-personne-agee": _older_person,
        "aggir-personne-handicapee": _disabled_person,
        "serafin": _needs,
        "transports": _transports,
        "couvertures-sociales": _covers,
        "pieces-jointes": _attachments,
        "plusieurs-sejours": _several_stays,
        "nouvelle-version": _new_version,
        "sans-code": _uncoded,
        "dossier-complet": everything,
    }
)
