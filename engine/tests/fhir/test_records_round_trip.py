"""Records → lot → records: what FHIR carries comes back exactly, what it does not is listed for vendors."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from random_records import RandomRecords
from record_differences import differences, listed_losses, matches
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.reading import read_record
from sidoba_engine.formats.cda.writing import write_document
from sidoba_engine.formats.fhir.checking import check_fhir
from sidoba_engine.formats.fhir.reading import read_fhir
from sidoba_engine.formats.fhir.reading_records import contents_of, read_records
from sidoba_engine.formats.fhir.writing_records import IncompleteRecordError, json_bytes, write_bundle
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.records import (
    Address,
    Assessment,
    AssessmentItem,
    CareEvent,
    Code,
    Contact,
    Identifier,
    Moment,
    Place,
    Practitioner,
    Record,
    RecordSoftware,
    Reference,
    Resource,
    StayStep,
    Transport,
)
from sidoba_engine.records.assessments import SERAFIN
from synthetic_records import Export
from synthetic_shapes import SHAPES
from synthetic_shapes import exports as shapes

CATALOGUE = installed_catalogue()
LOSSES = listed_losses()
NOT_OF_THE_WRITER = {"R-FHIR-018", "R-FHIR-019", "R-FHIR-063"}
"""How long the history of the export is, and value sets that are not held."""
INVENTED = {"R-FHIR-064", "R-FHIR-079"}
"""The random records draw FINESS numbers that no register gives, and a GIR that the answers do not."""
ELSEWHERE = Identifier("1.2.3", "ailleurs")
WHOLE = re.compile(r".{10}T[0-9:.]{8,}[+-][0-9:]{5}")
SURE = Code("X", "1.2.3", "X")


def lot(export: Export) -> bytes:
    return json_bytes(write_bundle([export.record], catalogue=CATALOGUE, contents=export.contents))


def back(content: bytes) -> Record:
    records = read_records(read_json(content).value, catalogue=CATALOGUE)
    assert len(records) == 1
    return records[0]


def rules(content: bytes) -> set[str]:
    opened = read_fhir(content, catalogue=CATALOGUE, facts=Facts())
    assert not opened.anomalies
    return {one.rule for one in check_fhir(opened, catalogue=CATALOGUE, facts=Facts()).anomalies}


def unlisted(found: dict[str, tuple[object, object]]) -> dict[str, tuple[object, object]]:
    return {path: values for path, values in found.items() if not any(matches(one, path) for one in LOSSES)}


@cache
def exports() -> dict[str, Export]:
    return shapes(CATALOGUE)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_fhir_carries_comes_back(seed: int) -> None:
    drawn = RandomRecords(CATALOGUE, seed).export()
    content = lot(drawn)
    record = back(content)
    assert not unlisted(differences(drawn.record, record))
    assert rules(content) <= NOT_OF_THE_WRITER | INVENTED
    value = read_json(content).value
    assert contents_of(value) == {one.digest: drawn.contents[one.digest or ""] for one in drawn.record.attachments}
    again = lot(Export(record, drawn.header, contents_of(value)))
    assert back(again) == record
    assert again == lot(Export(record, drawn.header, contents_of(value)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_comes_from_fhir_goes_to_cda(seed: int) -> None:
    """Once read of FHIR, a record says the same in both formats, but for the two facts that CDA alone asks."""
    drawn = RandomRecords(CATALOGUE, seed).export()
    record = completed(back(lot(drawn)))
    root = etree.fromstring(write_document(record, drawn.header, contents=drawn.contents))
    assert read_record(root).record == record


def completed(record: Record) -> Record:
    """The record with what CDA asks and FHIR does not carry: wording of planned steps, identifier of carriers."""
    stays = (
        replace(one, planned_admission=worded(one.planned_admission), planned_discharge=worded(one.planned_discharge))
        for one in record.stays
    )
    events = (
        replace(
            one,
            service_user_transports=tuple(map(identified, one.service_user_transports)),
            practitioner_transports=tuple(map(identified, one.practitioner_transports)),
        )
        for one in record.care_events
    )
    return replace(record, stays=tuple(stays), care_events=tuple(events))


def worded(step: StayStep | None) -> StayStep | None:
    return None if step is None else replace(step, label=step.label or "prévu")


def identified(journey: Transport) -> Transport:
    return replace(journey, carrier=journey.carrier and replace(journey.carrier, identifier=ELSEWHERE))


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_user_in_both_formats(name: str) -> None:
    export = exports()[name]
    content = lot(export)
    of_cda = read_record(
        etree.fromstring(write_document(export.record, export.header, contents=export.contents))
    ).record
    assert not unlisted(differences(of_cda, back(content)))
    assert rules(content) <= NOT_OF_THE_WRITER


def expected(record: Record) -> Record:
    """A plausible record as FHIR must give it back: the table of losses applied by hand, and nothing else."""
    return replace(
        record,
        social_covers=(),
        care_events=tuple(
            replace(
                one,
                is_done=one.is_done and not is_cancelled(one),
                service_user_transports=tuple(map(carried_journey, one.service_user_transports)),
                practitioner_transports=tuple(map(carried_journey, one.practitioner_transports)),
            )
            for one in record.care_events
        ),
        assessments=tuple(map(carried_assessment, record.assessments)),
    )


def is_cancelled(event: CareEvent) -> bool:
    return event.status is not None and event.status.code is not None and event.status.code.code == "ANNULE"


def carried_journey(journey: Transport) -> Transport:
    carrier = journey.carrier and Practitioner(organization=journey.carrier.organization)
    return replace(
        journey,
        carrier=carrier if carrier != Practitioner() else None,
        departure=unnamed(journey.departure),
        destination=unnamed(journey.destination),
    )


def unnamed(place: Place | None) -> Place | None:
    return replace(place, name=None) if place is not None and place.address is not None else place


def carried_assessment(found: Assessment) -> Assessment:
    """Days are no instants; SERAFIN needs come in the order of their questionnaire."""
    status = found.status and replace(found.status, at=None)
    is_needs = found.kind is not None and found.kind.code == SERAFIN
    items = (
        sorted(found.items, key=lambda one: [int(rank) for rank in one.code.code.split(".")])
        if is_needs
        else found.items
    )
    return replace(found, status=status, items=tuple(items))


@pytest.mark.parametrize("name", SHAPES)
def test_nothing_more_than_what_the_table_says_is_lost(name: str) -> None:
    export = exports()[name]
    assert back(lot(export)) == expected(export.record)


def corner() -> Record:
    """A record with all that FHIR does not carry and that random records have not."""
    record = _with_transport()
    event, assessed = record.care_events[0], _assessed()
    journey = event.service_user_transports[0]
    journey = replace(journey, departure=Place(Identifier("1.2.3", "gare"), None, Address(city="Lyon")))
    event = replace(
        event,
        references=(Reference(ELSEWHERE, SURE),),
        service_user_transports=(journey,),
        resource=Resource(Code("261324000", "2.16.840.1.113883.6.96", "véhicule"), SURE),
    )
    first, *others = assessed.items
    question = AssessmentItem(Code("inconnue", "1.2.3", "?"), answer=True)
    step = StayStep(Moment("2030-01-01"), "Retour", SURE)
    user = replace(
        record.service_user,
        contacts=(Contact("tel:0199000000", "HP"),),
        addresses=(Address(city="Lyon", use="BAD"),),
    )
    return replace(
        record,
        service_user=user,
        stays=(replace(record.stays[0], planned_admission=step, planned_discharge=step, references=event.references),),
        care_events=(event, *record.care_events[1:]),
        assessments=(replace(assessed, references=event.references, items=(question, first, *others)),),
    )


def _with_transport() -> Record:
    return next(
        one.record
        for one in exports().values()
        if any(event.service_user_transports for event in one.record.care_events) and one.record.stays
    )


def _assessed() -> Assessment:
    return next(one.record.assessments[0] for one in exports().values() if one.record.assessments)


def test_every_line_of_the_table_happens() -> None:
    """The table for vendors has no line about something that FHIR carries after all, and lacks none."""
    drawn = [RandomRecords(CATALOGUE, seed).export() for seed in range(25)] + list(exports().values())
    met = {path for one in drawn for path in differences(one.record, back(lot(one)))}
    met |= set(differences(corner(), back(json_bytes(write_bundle([corner()], catalogue=CATALOGUE)))))
    assert not [path for path in met if not any(matches(one, path) for one in LOSSES)]
    assert not [one for one in LOSSES if not any(matches(one, path) for path in met)]


def test_an_assessment_without_questionnaire_is_not_written() -> None:
    record = _with_transport()
    other = replace(_assessed(), kind=Code("MED-1", "1.2.3", "autre évaluation"))
    content = json_bytes(write_bundle([replace(record, assessments=(other, _assessed()))], catalogue=CATALOGUE))
    assert [one.identifier for one in back(content).assessments] == [_assessed().identifier]


def test_times_and_links_are_kept() -> None:
    """Where the table says that some are lost, the others are not."""
    drawn = (RandomRecords(CATALOGUE, seed).export() for seed in range(60))
    pairs = [(one.record, back(lot(one))) for one in drawn]
    told = [(event, read) for old, new in pairs for event, read in zip(old.care_events, new.care_events, strict=True)]
    times = [
        (one.updated_at, read.updated_at) for one, read in told if one.updated_at and WHOLE.fullmatch(one.updated_at)
    ]
    assert times
    assert [one for one, _ in times] == [read for _, read in times]
    assert any(event.references for event, _ in told)
    assert [event.references for event, _ in told] == [read.references for _, read in told]
    assert [one.references for old, _ in pairs for one in old.stays] == [
        one.references for _, new in pairs for one in new.stays
    ]
    linked = [one.references for old, _ in pairs for one in old.assessments]
    assert any(linked)
    assert linked == [one.references for _, new in pairs for one in new.assessments]
    coded = [(event.status.code, read.status) for event, read in told if event.status is not None]
    assert [code for code, _ in coded] == [status and status.code for _, status in coded]


def test_several_users_in_one_lot() -> None:
    records = tuple(one.record for one in exports().values())
    contents = {digest: content for one in exports().values() for digest, content in one.contents.items()}
    bundle = write_bundle(records, catalogue=CATALOGUE, contents=contents)
    found = read_records(read_json(json_bytes(bundle)).value, catalogue=CATALOGUE)
    assert [one.service_user for one in found] == [one.service_user for one in records]
    assert [back(lot(one)) for one in exports().values()] == list(found)


def test_two_of_the_same_identifier_are_both_written() -> None:
    """The check tells it (R-FHIR-017); nothing vanishes."""
    record = _with_transport()
    twice = replace(record, care_events=(*record.care_events, record.care_events[0]))
    content = json_bytes(write_bundle([twice], catalogue=CATALOGUE))
    assert len(back(content).care_events) == len(record.care_events) + 1
    assert "R-FHIR-017" in rules(content)


def test_date_software_and_base_are_given() -> None:
    record = _with_transport()
    software = RecordSoftware(Identifier("1.2.3", "autre"), "Éditeur", "Logiciel")
    stamp, base = Moment("2025-06-01T18:00:00+02:00"), "https://dui.exemple.fr/fhir"
    bundle = write_bundle([record], catalogue=CATALOGUE, written_at=stamp, software=software, base=base + "/")
    assert bundle["timestamp"] == stamp
    assert {entry["fullUrl"].rsplit("/", 2)[0] for entry in bundle["entry"]} == {base}
    assert read_records(bundle, catalogue=CATALOGUE)[0].software == software


def test_what_is_missing_is_told_at_once() -> None:
    record = _with_transport()
    user = replace(record.service_user, birth_name=None, born_on=None)
    event = replace(record.care_events[0], identifier=None, ends_at=None)
    with pytest.raises(IncompleteRecordError) as raised:
        write_bundle([record, replace(record, service_user=user, care_events=(event,))], catalogue=CATALOGUE)
    assert raised.value.missing == (
        "1/service_user/born_on",
        "1/service_user/birth_name",
        "1/care_events/0/identifier",
        "1/care_events/0/ends_at",
    )
