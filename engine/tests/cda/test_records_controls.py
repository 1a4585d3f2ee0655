"""The controls of `ssiad-usager` over the record of a document: one verdict, at the element that gave the value."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import FrameType

import pytest
from sidoba_engine.anomaly import Anomaly, Findings, RuleNotRun, Stage
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.model_values import values_of
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda.door import CdaTree
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.record_checking import check_record
from sidoba_engine.formats.cda.writing import write_document
from sidoba_engine.records import CareEvent, Code, Moment, Quantity, Status, Stay, StayStep
from sidoba_engine.validation import judge, read
from synthetic_records import FINESS, Export
from synthetic_shapes import exports

CAMPAIGN = CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31))
FACTS = Facts(campaign=CAMPAIGN, establishment_finess=FINESS)
OVER_WEEKS = {"SSIAD-U-013", "SSIAD-U-014", *(f"SSIAD-U-0{number}" for number in (15, 16, 17, 18, 19, 22))}


@pytest.fixture
def broken(catalogue: Catalogue):
    """The anomalies of the controls that one export gives, and what was not run."""

    def call(export: Export, facts: Facts = FACTS) -> tuple[list[Anomaly], list[RuleNotRun]]:
        content = write_document(export.record, export.header, contents=export.contents)
        (verdict,) = judge(content, catalogue=catalogue, facts=facts)
        controls = [item for item in verdict.anomalies if item.rule.startswith("SSIAD-U-")]
        return controls, [item for item in verdict.not_run if item.rule.startswith("SSIAD-U-")]

    return call


@pytest.fixture
def shape(catalogue: Catalogue):
    return lambda name: exports(catalogue)[name]


def with_event(export: Export, event: CareEvent) -> Export:
    return replace(export, record=replace(export.record, care_events=(event, *export.record.care_events[1:])))


def with_stay(export: Export, stay: Stay) -> Export:
    return replace(export, record=replace(export.record, stays=(stay, *export.record.stays[1:])))


def test_a_record_without_fault_breaks_no_control(broken, shape) -> None:
    for name in (
        "visites-ssiad",
        "aggir-personne-agee",
        "aggir-personne-handicapee",
        "plusieurs-sejours",
        "transports",
    ):
        assert broken(shape(name))[0] == [], name


def test_an_event_before_the_entry(broken, shape) -> None:
    export = shape("visites-ssiad")
    stay = export.record.stays[0]
    late = replace(stay, admission=StayStep(Moment("2024-09-20"), "Entrée"))
    controls, _ = broken(with_stay(export, late))
    assert {item.rule for item in controls} == {"SSIAD-U-004"}
    assert all(item.stage is Stage.BUSINESS for item in controls)
    first = controls[0].location
    assert first.path == (
        "/ClinicalDocument/component/structuredBody/component[2]/section/entry[1]/encounter/effectiveTime/low/@value"
    )
    assert first.line is not None
    assert controls[0].value is not None
    assert "date_entree = 2024-09-20" in controls[0].value


def test_a_cancelled_event_without_reason(broken, shape) -> None:
    export = shape("evenements-annules")
    event = export.record.care_events[0]
    assert event.status is not None
    controls, _ = broken(with_event(export, replace(event, status=replace(event.status, reason=None))))
    assert [item.rule for item in controls] == ["SSIAD-U-006"]
    assert controls[0].location.path.endswith("/entry[1]/encounter/entryRelationship[2]/observation/value/@code")


def test_an_event_done_with_a_reason(broken, shape) -> None:
    export = shape("evenements-annules")
    event = export.record.care_events[0]
    assert event.status is not None
    done = replace(event.status, code=Code("REALISE", "1.2.250.1.213.3.3.250"))
    assert [item.rule for item in broken(with_event(export, replace(event, status=done)))[0]] == ["SSIAD-U-007"]


def test_a_gir_that_the_answers_do_not_give(broken, shape, catalogue: Catalogue) -> None:
    export = shape("aggir-personne-agee")
    first, *others = export.record.assessments
    labels = catalogue.value_sets["gir"].labels
    other = "MED-339" if first.gir != 1 else "MED-344"
    assert first.result is not None
    wrong = replace(first, result=replace(first.result, code=other, label=labels[other]))
    record = replace(export.record, assessments=(wrong, *others))
    controls, _ = broken(replace(export, record=record))
    assert [item.rule for item in controls] == ["SSIAD-U-012"]
    assert controls[0].location.path.endswith("/entry[1]/organizer/component[1]/observation/value/@code")


def test_a_grid_with_a_question_unanswered(broken, shape) -> None:
    export = shape("aggir-personne-agee")
    first, *others = export.record.assessments
    holed = replace(first, items=(replace(first.items[0], answer=None), *first.items[1:]))
    controls, not_run = broken(replace(export, record=replace(export.record, assessments=(holed, *others))))
    assert [item.rule for item in controls] == ["SSIAD-U-010"]
    assert RuleNotRun("SSIAD-U-012", "cle_absente", "evaluation[0].b160") in not_run


def test_no_reason_together_with_a_reason(broken, shape) -> None:
    export = shape("pieces-jointes")
    (situation,) = export.record.assessments
    both = replace(situation, items=tuple(replace(item, answer=True) for item in situation.items))
    controls, _ = broken(replace(export, record=replace(export.record, assessments=(both,))))
    assert [item.rule for item in controls] == ["SSIAD-U-008"]


def test_an_assessment_before_the_entry_and_a_person_too_young(broken, shape) -> None:
    export = shape("aggir-personne-agee")
    first, *others = export.record.assessments
    user = replace(export.record.service_user, born_on=Moment("1990-01-01"))
    early = replace(first, assessed_on=Moment("2024-06-15"))
    record = replace(export.record, service_user=user, assessments=(early, *others))
    controls, _ = broken(replace(export, record=record))
    assert [item.rule for item in controls] == ["SSIAD-U-021", "SSIAD-U-020"]
    assert controls[0].location.path == "/ClinicalDocument/recordTarget/patientRole/patient/birthTime/@value"


def test_kilometres_are_those_of_all_the_journeys(broken, shape) -> None:
    export = shape("transports")
    event = export.record.care_events[0]
    journey = event.practitioner_transports[0]
    far = tuple(
        replace(
            journey,
            identifier=replace(journey.identifier, value=f"{journey.identifier.value}{rank}"),
            distance=distance,
        )
        for rank, distance in enumerate((Quantity(Decimal(140), "km"), Quantity(Decimal(11_000), "m")))
        if journey.identifier is not None
    )
    controls, _ = broken(with_event(export, replace(event, practitioner_transports=far)))
    assert [item.rule for item in controls] == ["SSIAD-U-023"]
    assert controls[0].value == "evenement.distance_km = 151.000"
    unknown = replace(far[0], distance=Quantity(Decimal(500), "lieue"))
    assert broken(with_event(export, replace(event, practitioner_transports=(unknown,))))[0] == []


def test_a_stay_that_ends_before_it_begins_is_told_once_per_stay(broken, shape) -> None:
    export = shape("plusieurs-sejours")
    first, second = export.record.stays
    wrong = replace(second, discharge=StayStep(Moment("2024-07-01"), "Fin"))
    controls, _ = broken(replace(export, record=replace(export.record, stays=(first, wrong))))
    assert [item.rule for item in controls if item.rule == "SSIAD-U-001"] == ["SSIAD-U-001"]
    assert {item.rule for item in controls} == {"SSIAD-U-001", "SSIAD-U-005"}
    assert "entry[2]" in next(item for item in controls if item.rule == "SSIAD-U-001").location.path


def test_an_event_belongs_to_the_stay_of_its_day(broken, shape) -> None:
    """An event of the second stay is not after the end of the first; one between the two is."""
    export = shape("plusieurs-sejours")
    assert broken(export)[0] == []
    last = export.record.care_events[-1]
    between = replace(last, starts_at=Moment("2024-08-05T08:00:00+02:00"), ends_at=Moment("2024-08-05T08:30:00+02:00"))
    record = replace(export.record, care_events=(*export.record.care_events[:-1], between))
    assert export.record.stays[0].discharge is not None
    assert export.record.stays[0].discharge.at < "2024-08-05" < export.record.stays[1].admission.at
    assert [item.rule for item in broken(replace(export, record=record))[0]] == ["SSIAD-U-005"]


def test_what_is_not_run_is_told(broken, shape) -> None:
    _, not_run = broken(shape("plusieurs-sejours"))
    assert {item.rule for item in not_run if item.reason == "semaines_non_calculees"} == OVER_WEEKS
    assert RuleNotRun("SSIAD-U-024", "cle_absente", "motif_sortie") in not_run
    _, not_run = broken(shape("evenement-sans-sejour"))
    assert RuleNotRun("SSIAD-U-004", "cle_absente", "date_entree") in not_run


def test_a_value_that_cannot_be_read_stops_its_controls(catalogue: Catalogue, shape) -> None:
    export = shape("visites-ssiad")
    content = write_document(export.record, export.header)
    start = export.record.care_events[0].starts_at
    assert start is not None
    low = start.replace("-", "", 2).replace("T", "").replace(":", "")
    assert low.encode() in content
    (verdict,) = judge(content.replace(low.encode(), b"hier", 1), catalogue=catalogue, facts=FACTS)
    not_run = [item for item in verdict.not_run if item.detail == "evenement[0].date_debut"]
    assert {(item.rule, item.reason) for item in not_run} == {
        ("SSIAD-U-003", "cle_fautive"),
        ("SSIAD-U-004", "cle_fautive"),
    }


@pytest.mark.parametrize("campaign", [None, replace(CAMPAIGN, code="rama-2026", report_type="rama")])
def test_other_campaigns_ask_nothing_of_it(broken, shape, campaign: CampaignFacts | None) -> None:
    export = shape("evenements-annules")
    event = replace(export.record.care_events[0], status=Status(export.record.care_events[0].status.code))
    assert broken(with_event(export, event), Facts(campaign=campaign)) == ([], [])


def test_values_have_the_keys_of_the_model(catalogue: Catalogue, shape) -> None:
    """What a record tells is what key-value data of the model would say: nothing faulty, only keys still missing."""
    model = catalogue.model("ssiad-usager")
    assert model is not None
    export = shape("dossier-complet")
    (payload,) = values_of(export.record, model, CAMPAIGN)
    assert payload["type_public"] == "pa"
    assert payload["age_debut_periode"] == 2024 - int(str(export.record.service_user.born_on)[:4])
    assert isinstance(payload["evenement"], list)
    assert len(payload["evenement"]) == 12
    body = {"modele": {"code": model.code, "version": model.version}, "donnees": payload}
    told = {item.rule for item in _judged(body, catalogue)}
    assert told <= {"R-KV-018"}, told


def _judged(body: dict[str, object], catalogue: Catalogue) -> tuple[Anomaly, ...]:
    (verdict,) = judge(json.dumps(body, default=str).encode(), catalogue=catalogue, facts=Facts())
    return verdict.anomalies


def test_the_cost_of_the_controls_grows_with_the_care_events(catalogue: Catalogue, shape) -> None:
    export = shape("visites-ssiad")
    lines_run(catalogue, with_copies(export, 1))  # compiles the controls
    few = lines_run(catalogue, with_copies(export, 5))
    many = lines_run(catalogue, with_copies(export, 50))
    assert 9 * few < many < 10.2 * few


def with_copies(export: Export, times: int) -> bytes:
    """Each event that many times, all outside of the stay: a control breaks on every one, none is referred to."""
    (stay,) = export.record.stays
    events = export.record.care_events * times
    late = replace(stay, admission=StayStep(Moment("2024-09-30"), "Entrée"), references=())
    return write_document(replace(export.record, stays=(late,), care_events=events), export.header)


def lines_run(catalogue: Catalogue, content: bytes) -> int:
    """How many lines of Python the controls of an opened document run."""
    (document,) = read(content, catalogue=catalogue, facts=FACTS)
    tree = document.content
    assert isinstance(tree, CdaTree)
    places, findings, lines = Places(tree.source, tree.root), Findings(), 0

    def count(_frame: FrameType, event: str, _argument: object) -> object:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        check_record(tree.root, places, catalogue=catalogue, facts=FACTS, findings=findings)
    finally:
        sys.settrace(before)
    assert findings.anomalies
    return lines
