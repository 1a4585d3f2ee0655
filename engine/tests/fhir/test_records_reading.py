"""Lot → records: lots of other producers, lots that are wrong, and the official examples."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from random_records import RandomRecords
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.fhir.reading import FhirContent, read_fhir
from sidoba_engine.formats.fhir.reading_records import contents_of, read_records
from sidoba_engine.formats.fhir.writing_records import json_bytes, write_bundle
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.records import Criteria, Identifier, Record, StayStep
from sidoba_engine.records.assessments import AGGIR_PA, SSIAD_SITUATION

CATALOGUE = installed_catalogue()
OFFICIAL = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "fhir" / "examples"
needs_corpus = pytest.mark.skipif(not OFFICIAL.is_dir(), reason="no shared/corpus/fhir/examples next to the repository")
GUIDE = "https://interop.esante.gouv.fr/ig/fhir/tddui/"
HOSTILE: tuple[Any, ...] = (
    None, True, 0, 10**5000, Decimal("NaN"), 1e308, float("inf"), "", " ", "é", "\ud800", "0000-00-00", "2024-02-31",
    [], {}, [[]], [None], [{}], {"value": {}}, {"reference": "#"}, {"reference": "Patient/x"}, [1, "a", {"url": 3}],
)  # fmt: skip


def example(name: str) -> Any:
    return read_json((OFFICIAL / name).read_bytes()).value


def patient(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", **members}


def lot(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": one} for one in resources]}


def only(bundle: object) -> Record:
    (record,) = read_records(bundle, catalogue=CATALOGUE)
    return record


@needs_corpus
def test_the_official_lot() -> None:
    record = only(example("Bundle-tddui-bundle-example.json"))
    assert record.service_user.ins == Identifier("1.2.250.1.213.1.4.8", "147720425367411")
    assert record.service_user.given_names == "Jean Stéphane Patrick"
    assert record.establishment.finess == "480787529"
    (stay,) = record.stays
    assert stay.discharge is None
    assert stay.planned_discharge == StayStep("2023-05-05", "Sortie prévisionnelle prévue pour le 5 mai 2023")
    (event,) = record.care_events
    assert event.is_done
    assert [one.identifier for one in stay.references] == [event.identifier]
    assert event.practitioners[0].role is not None
    assert event.practitioners[0].role.code == "330"
    assert event.service_user_transports[0].needs_companion is True
    assert event.practitioner_transports[0].practitioner == event.practitioners[0]


@needs_corpus
def test_the_official_lot_survives() -> None:
    """What its record holds is written and read again."""
    record = only(example("Bundle-tddui-bundle-example.json"))
    assert only(read_json(json_bytes(write_bundle([record], catalogue=CATALOGUE))).value) == record


@needs_corpus
def test_the_official_answers() -> None:
    """Assessments alone, with a Patient of the id that they refer to: nested under answers, flat for SERAFIN."""
    stem = "QuestionnaireResponse-tddui-questionnaire-response-"
    user = patient() | {"id": "tddui-patient-ins-example"}
    names = ("aggir-ph", "situation-ssiad", "serafin-precision")
    found = {name: only(lot(user, example(f"{stem}{name}-example.json"))).assessments[0] for name in names}
    disabled = found["aggir-ph"]
    assert disabled.gir == 2
    assert len(disabled.items) == 10
    assert disabled.items[0].criteria == Criteria(True, True, True, True)
    situation = found["situation-ssiad"]
    assert [one.code.code for one in situation.items if one.answer is True] == ["F06.7"]
    needs = found["serafin-precision"]
    assert [(one.code.code, one.answer) for one in needs.items] == [
        ("1.1.8", 31), ("1.2.1.1", 31), ("1.2.1.3", 31), ("1.3.2.1", 31),
    ]  # fmt: skip
    assert len(needs.comments) == 1


def test_a_resource_alone_is_a_record() -> None:
    record = only(patient(name=[{"family": "DUPONT", "given": ["Jean"]}], gender="other", birthDate="1947"))
    assert (record.service_user.birth_name, record.service_user.sex, record.service_user.born_on) == (
        "DUPONT", "UN", "1947",
    )  # fmt: skip
    assert read_records({"resourceType": "Organization"}, catalogue=CATALOGUE) == ()


def test_xml_gives_the_same_record_as_json() -> None:
    text = b"""<Patient xmlns="http://hl7.org/fhir"><id value="p"/>
        <identifier><system value="urn:oid:1.2.3"/><value value="7"/></identifier>
        <name><use value="official"/><family value="DUPONT"/><given value="Jean"/></name>
        <gender value="male"/><birthDate value="1947-04"/>
        <address><line value="1 rue"/><city value="Lyon"/></address></Patient>"""
    opened = read_fhir(text, catalogue=CATALOGUE, facts=Facts(), is_xml=True)
    assert isinstance(opened.content, FhirContent)
    same = patient(
        identifier=[{"system": "urn:oid:1.2.3", "value": "7"}],
        name=[{"use": "official", "family": "DUPONT", "given": ["Jean"]}],
        gender="male",
        birthDate="1947-04",
        address=[{"line": ["1 rue"], "city": "Lyon"}],
    )
    assert only(opened.content.value) == only(same)
    assert only(same).service_user.addresses[0].lines == ("1 rue",)


def test_a_social_security_number_is_not_an_ins() -> None:
    """FHIR gives both the same system: only the kind tells them apart."""
    number = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "147720425367411"}
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NH"}]}
    user = only(patient(identifier=[number | {"type": kind}])).service_user
    assert user.ins is None
    assert user.social_security == Identifier("1.2.250.1.213.1.4.13", "147720425367411")
    assert only(patient(identifier=[number])).service_user.ins == Identifier("1.2.250.1.213.1.4.8", number["value"])


def test_references_of_every_form_are_followed() -> None:
    """By `fullUrl` (URN or address) and by type and id; what is of someone else stays with them."""
    url = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    profile = {"profile": [GUIDE + "StructureDefinition/tddui-encounter-evenement"]}
    events = [
        {"resourceType": "Encounter", "meta": profile, "subject": {"reference": one}}
        for one in (url, "Patient/q", "https://dui.invalid/Patient/q", "Patient/nobody")
    ]
    bundle = lot(patient(), patient() | {"id": "q"}, *events)
    bundle["entry"][0]["fullUrl"] = url
    bundle["entry"][1]["fullUrl"] = "https://dui.invalid/Patient/q"
    first, second = read_records(bundle, catalogue=CATALOGUE)
    assert (len(first.care_events), len(second.care_events)) == (1, 2)


def test_two_roles_of_one_person_are_not_chosen_between() -> None:
    held = {"resourceType": "PractitionerRole", "practitioner": {"reference": "Practitioner/d"}}
    roles = [held | {"code": [{"coding": [{"code": one}]}]} for one in ("330", "353")]
    person = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Martin"}]}
    response = {
        "resourceType": "QuestionnaireResponse",
        "subject": {"reference": "Patient/p"},
        "source": {"reference": "Practitioner/d"},
    }
    several = only(lot(patient(), person, *roles, response)).assessments[0].performer
    alone = only(lot(patient(), person, roles[0], response)).assessments[0].performer
    assert several is not None
    assert several.role is None
    assert alone is not None
    assert alone.role is not None


@pytest.mark.parametrize(("kind", "name"), [(AGGIR_PA, "aggir-pa-ssiad"), (SSIAD_SITUATION, "situation-ssiad")])
def test_a_questionnaire_is_known_with_its_version(kind: str, name: str) -> None:
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{GUIDE}Questionnaire/tddui-questionnaire-{name}|2.4.0",
        "subject": {"reference": "Patient/p"},
    }
    found = only(lot(patient(), response)).assessments[0].kind
    assert found is not None
    assert found.code == kind


def test_answers_of_any_depth_are_read() -> None:
    item: dict[str, Any] = {"linkId": "incontinence", "answer": [{"valueBoolean": True}]}
    for _ in range(20_000):
        item = {"linkId": "groupe", "item": [item]}
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": GUIDE + "Questionnaire/tddui-questionnaire-situation-ssiad",
        "subject": {"reference": "Patient/p"},
        "item": [item],
    }
    assert [one.answer for one in only(lot(patient(), response)).assessments[0].items] == [True]


def test_nothing_is_ever_raised() -> None:
    """Every member in turn replaced by what FHIR never holds; then several at once."""
    drawn = RandomRecords(CATALOGUE, 7).export()
    bundle = json.loads(json_bytes(write_bundle([drawn.record], catalogue=CATALOGUE, contents=drawn.contents)))
    draw = Random(1)  # noqa: S311 (not for secrets)
    places = [(node, key) for node in nodes(bundle) for key in (node if isinstance(node, dict) else range(len(node)))]
    assert len(places) > 1000
    for node, key in draw.sample(places, 500):
        kept = node[key]
        node[key] = draw.choice(HOSTILE)
        assert len(read_records(bundle, catalogue=CATALOGUE)) <= 1
        contents_of(bundle)
        node[key] = kept
    spoilt = deepcopy(bundle)
    members = [(one, key) for one in nodes(spoilt) if isinstance(one, dict) for key in one if key != "resource"]
    for node, key in draw.sample(members, 300):
        node[key] = draw.choice(HOSTILE)
    assert len(read_records(spoilt, catalogue=CATALOGUE)) <= 1
    for value in HOSTILE:
        assert read_records(value, catalogue=CATALOGUE) == ()


def nodes(value: Any) -> list[Any]:
    """The objects and lists of a value, the outermost first."""
    if not isinstance(value, dict | list):
        return []
    held = value.values() if isinstance(value, dict) else value
    return [value, *(node for one in held for node in nodes(one))]
