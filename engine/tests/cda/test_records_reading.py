"""Document → record: each datum at its place, and nothing ever raised."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from lxml import etree
from sidoba_engine.formats.cda.reading import contents_of, read_record
from sidoba_engine.formats.cda.timestamps import moment_of, timestamp_of
from sidoba_engine.records import Quantity, day_of, year_of

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
NAMES = {"h": "urn:hl7-org:v3", "s": "urn:hl7-org:sdtc"}
OBSERVATION = "h:entryRelationship/h:observation"
EVENT = "//h:encounter[h:templateId/@root='1.2.250.1.213.1.1.3.215']"
STAY = "//h:organizer[h:templateId/@root='1.2.250.1.213.1.1.3.219']"
AGGIR = "//h:observation[h:templateId/@root='1.2.250.1.213.1.1.3.25'][h:code/@code='MED-1292']"
JOURNEY = "//h:act[h:templateId/@root='1.2.250.1.213.1.1.3.216']"
FIRST_JOURNEY = "care_events/0/practitioner_transports/0"
TABLE = {
    "service_user/ins/value": "//h:patientRole/h:id[@root='1.2.250.1.213.1.4.8']/@extension",
    "service_user/birth_name": "//h:patient/h:name/h:family[@qualifier='BR']",
    "service_user/given_names": "//h:patient/h:name/h:given[not(@qualifier)]",
    "service_user/first_given_name": "//h:patient/h:name/h:given[@qualifier='BR']",
    "service_user/sex": "//h:administrativeGenderCode/@code",
    "service_user/birth_order": "//s:multipleBirthOrderNumber/@value",
    "service_user/birthplace/county": "//h:birthplace/h:place/h:addr/h:county",
    "establishment/organization/identifier/value": "//h:custodian//h:id/@extension",
    "establishment/category/code": "//h:healthCareFacility/h:code/h:translation/@code",
    "software/maker": "//h:assignedAuthoringDevice/h:manufacturerModelName",
    "software/name": "//h:assignedAuthoringDevice/h:softwareName",
    "stays/0/identifier/value": f"{STAY}/h:component/h:encounter/h:id/@extension",
    "stays/0/establishment/name": f"{STAY}//h:participant[@typeCode='RESP']//h:scopingEntity/h:desc",
    "care_events/0/identifier/value": f"{EVENT}/h:id/@extension",
    "care_events/0/kinds/0/code/code": f"{EVENT}/h:code/h:qualifier/h:value/@code",
    "care_events/0/practitioners/0/identifier/value": f"{EVENT}/h:performer/h:assignedEntity/h:id/@extension",
    "care_events/0/resource/code/code": f"{EVENT}/{OBSERVATION}[h:code/@code='GEN-349']/h:value/@code",
    f"{FIRST_JOURNEY}/mode/code": f"{JOURNEY}/h:code/@code",
    f"{FIRST_JOURNEY}/distance/value": f"{JOURNEY}/{OBSERVATION}[h:code/@code='103208-5']/h:value/@value",
    "assessments/0/result/code": f"{AGGIR}/h:value/@code",
    "assessments/0/items/2/answer/code": f"{AGGIR}/{OBSERVATION}[h:code/@code='d510']/h:value/@code",
    "attachments/0/media_type": "//h:observationMedia/h:value/@mediaType",
}
"""Path in the record → XPath of the guide's table, for the official example."""


def tree(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(huge_tree=True, resolve_entities=False, recover=False))


def at(record: object, path: str) -> object:
    for step in path.split("/"):
        record = record[int(step)] if isinstance(record, tuple) else getattr(record, step)
    return record


def test_the_table_of_the_guide(official: bytes) -> None:
    root = tree(official)
    record = read_record(root).record
    wrong = []
    for path, expression in TABLE.items():
        expected = root.xpath(f"string({expression})", namespaces=NAMES).strip()
        if not expected or str(at(record, path)) != expected:
            wrong.append((path, at(record, path), expected))
    assert wrong == []


def test_what_the_table_words(official: bytes) -> None:
    reading = read_record(tree(official))
    record = reading.record
    (stay,), (event,) = record.stays, record.care_events
    assert stay.admission is not None
    assert stay.admission.at == "2023-04-14"
    assert stay.planned_admission is None
    assert stay.planned_discharge is not None
    assert stay.planned_discharge.at == "2023-05-05"
    assert event.is_done is True
    assert event.label is not None
    assert event.label.startswith("Libellé : Visite à domicile")
    assert len(event.comments) == 2
    assert event.practitioner_transports[0].expected_duration == Quantity(Decimal(10), "min")
    assert [assessment.gir for assessment in record.assessments] == [2, None]
    assert len(record.assessments[0].items) == 10
    criteria = record.assessments[0].items[4].criteria
    assert criteria is not None
    assert (criteria.spontaneously, criteria.totally, criteria.correctly, criteria.usually) == (
        False,
        True,
        False,
        False,
    )
    assert [item.answer for item in record.assessments[1].items].count(True) == 1
    assert record.establishment.finess == "480787529"
    assert record.attachments[0].size == 181_301
    assert not reading.unread


def test_contents_go_by_their_digest(official: bytes) -> None:
    root = tree(official)
    (content,) = contents_of(root).values()
    assert content.startswith(b"%PDF")
    assert contents_of(root).keys() == {read_record(root).record.attachments[0].digest}


def test_places_are_the_elements_that_gave_the_values(official: bytes) -> None:
    root = tree(official)
    places = read_record(root).places
    element, attribute = places["care_events/0/starts_at"]
    assert (element.tag, attribute, element.get("value")) == ("{urn:hl7-org:v3}low", "value", "20230414103000+0200")
    element, attribute = places["assessments/0/items/2/answer"]
    assert (attribute, element.get("code")) == ("code", "qf4")


def test_a_value_that_cannot_be_read_is_missing_and_told(official: bytes) -> None:
    faulty = official.replace(b'<birthTime value="19470403"/>', b'<birthTime value="19470431"/>')
    faulty = faulty.replace(b'<low value="20230414103000+0200"/>', b'<low value="hier"/>')
    reading = read_record(tree(faulty))
    assert reading.record.service_user.born_on is None
    assert reading.record.care_events[0].starts_at is None
    assert reading.unread == {"service_user/born_on", "care_events/0/starts_at"}


def test_a_null_flavor_is_no_value(official: bytes) -> None:
    told = b'<id extension="147720425367411"'
    assert told in official
    reading = read_record(tree(official.replace(told, b'<id nullFlavor="UNK" extension="147720425367411"')))
    assert reading.record.service_user.ins is None
    assert not reading.unread


def test_nothing_is_ever_raised(official: bytes) -> None:
    """Elements taken out, emptied, doubled, moved and renamed at random; attributes taken out or turned to nonsense."""
    draw = Random(5)  # noqa: S311 (not for secrets)
    for content in (official, (CORPUS / "cda" / "valides" / "dossier-complet.xml").read_bytes()):
        for _ in range(15):
            root = tree(content)
            _damage(root, draw, times=60)
            reading = read_record(root)
            assert reading.unread <= reading.places.keys()
            contents_of(root)


def _damage(root: etree._Element, draw: Random, *, times: int) -> None:
    for element in draw.sample(list(root.iterdescendants("*")), times):
        parent = element.getparent()
        if parent is None:
            continue
        match draw.randrange(6):
            case 0:
                parent.remove(element)
            case 1:
                element.clear()
            case 2:
                parent.insert(0, element)
            case 3 if element.attrib:
                element.set(draw.choice(list(element.attrib)), draw.choice(("", "·", "-", "#", "1e9", "\u0660", "nan")))
            case 4 if element.attrib:
                del element.attrib[draw.choice(list(element.attrib))]
            case _:
                element.tag = "{urn:hl7-org:v3}" + draw.choice(("id", "code", "value", "name", "text", "effectiveTime"))


@pytest.mark.parametrize(
    "folder", [CORPUS / "cda" / "valides", CORPUS / "cda" / "fautes"], ids=lambda folder: folder.name
)
def test_every_document_of_the_corpus_is_read(folder: Path) -> None:
    unread = []
    for path in folder.glob("*.xml"):
        try:
            root = tree(path.read_bytes())
        except etree.XMLSyntaxError:
            continue
        if read_record(root).record.service_user.born_on is None:
            unread.append(path.name)
    assert all("naissance" in name or "autre-espace" in name for name in unread), unread


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("1947", "1947"),
        ("194704", "1947-04"),
        ("19470403", "1947-04-03"),
        ("2023041410", "2023-04-14T10"),
        ("202304141030+0200", "2023-04-14T10:30+02:00"),
        ("20230414103059-0430", "2023-04-14T10:30:59-04:30"),
        ("20230414103059.125+0000", "2023-04-14T10:30:59.125+00:00"),
    ],
)
def test_moments_keep_the_precision_they_were_given(timestamp: str, moment: str) -> None:
    read = moment_of(timestamp)
    assert read == moment
    assert timestamp_of(read) == timestamp


@pytest.mark.parametrize("text", ["", "194", "19471301", "20230230", "2023-04-14", "20230414+02", "20230414250000"])
def test_what_is_not_of_the_calendar_is_no_moment(text: str) -> None:
    assert moment_of(text) is None


def test_days_and_years_of_moments() -> None:
    assert day_of(moment_of("194704")) is None
    assert year_of(moment_of("1947")) == 1947
    assert day_of(None) is None
    assert year_of(None) is None
