"""Checks that link elements far apart: identifiers, references to the narrative and between entries."""

from __future__ import annotations

import pytest
from sidoba_engine.formats.cda.names import local_name

TEMPLATE = '<templateId root="1.2.250.1.213.1.1.3.{}"/>'


def reference(attributes: str) -> str:
    return f"<act>{TEMPLATE.format(36)}<id {attributes}/></act>"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<td ID="a"/><entry><text><reference value="#a"/></text></entry>', 0),
        ('<entry><text><reference value="#a"/></text></entry><td ID="a"/>', 0),
        ('<unlisted ID="a"/><entry><reference value="#a"/></entry>', 0),
        ('<sdtc:x ID="a"/><entry><reference value="#a"/></entry>', 0),
        ('<td ID="a"/><entry><reference value="#b"/><reference value="#A"/></entry>', 2),
        ('<td ID="a"/><entry><reference value="#"/></entry>', 1),
        ('<entry><reference value="https://example.org/a"/><reference/></entry>', 0),
        ('<text><reference value="#b"/></text>', 0),
    ],
)
def test_references_to_the_narrative(findings_of, content: str, expected: int) -> None:
    assert len(findings_of("R-CDA-310", content)) == expected


@pytest.mark.parametrize(
    ("content", "missing", "uncited"),
    [
        ('<renderMultiMedia referencedObject="a"/><observationMedia ID="a"/>', 0, 0),
        ('<observationMedia ID="a"/><renderMultiMedia referencedObject="b  a"/><observationMedia ID="b"/>', 0, 0),
        ('<renderMultiMedia referencedObject="a b"/><observationMedia ID="a"/>', 1, 0),
        ('<renderMultiMedia referencedObject="a "/><observationMedia ID="a"/>', 1, 0),
        ('<renderMultiMedia/><renderMultiMedia referencedObject=""/>', 0, 0),
        ('<renderMultiMedia referencedObject="a"/><content ID="a"/>', 0, 0),
        ("<observationMedia/>", 0, 1),
        ('<renderMultiMedia referencedObject="ab"/><observationMedia ID="a"/>', 1, 1),
    ],
)
def test_objects_and_their_citations(findings_of, content: str, missing: int, uncited: int) -> None:
    assert (len(findings_of("R-CDA-304", content)), len(findings_of("R-CDA-305", content))) == (missing, uncited)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<encounter><id root="1.2" extension="A"/></encounter>' + reference('root="1.2" extension="A"'), 0),
        (reference('root="1.2" extension="A"') + '<encounter><id root="1.2" extension="A"/></encounter>', 0),
        ('<encounter><id root="1.2"/></encounter>' + reference('root="1.2"'), 0),
        ('<encounter><id root="1.2"/></encounter>' + reference('root="1.2" extension=""'), 0),
        ('<encounter><id root="1.2" extension="A"/></encounter>' + reference('root="1.2" extension="a"'), 1),
        ('<encounter><id root="1.2" extension="A"/></encounter>' + reference('root="1.2"'), 1),
        (reference('root="1.2"') * 2, 2),
        ('<encounter><id nullFlavor="UNK" root="1.2"/></encounter>' + reference('root="1.2"'), 0),
        (reference('root="1.2" nullFlavor="UNK"'), 0),
        (reference('root="1.2" nullFlavor="UNK"') + reference('root="1.2"'), 1),
        ('<encounter><id extension="A"/></encounter>' + reference('extension="A"'), 1),
    ],
)
def test_references_between_entries(findings_of, content: str, expected: int) -> None:
    assert len(findings_of("R-CDA-312", content)) == expected


def test_groups_of_the_same_kind_are_told_once(findings_of) -> None:
    group = f'<organizer>{TEMPLATE.format(95)}<code code="MED-1292"/></organizer>'
    nameless = f"<organizer>{TEMPLATE.format(95)}<code/></organizer>"
    assert findings_of("R-CDA-244", group + nameless * 2) == []
    (finding,) = findings_of("R-CDA-244", group * 3)
    assert local_name(str(finding.context.tag)) == "ClinicalDocument"
    assert finding.element is finding.context[1]


def test_a_stay_anywhere_excuses_all_events(findings_of) -> None:
    event = f"<encounter>{TEMPLATE.format(215)}</encounter>"
    stay = f"<organizer>{TEMPLATE.format(219)}</organizer>"
    assert len(findings_of("R-CDA-151", event * 2)) == 2
    assert findings_of("R-CDA-151", event * 2 + stay) == []
    assert findings_of("R-CDA-151", stay + event) == []


def test_two_walks_do_not_mix(findings_of) -> None:
    """What a document holds is forgotten with it."""
    cited = '<td ID="a"/><entry><reference value="#a"/></entry>'
    assert findings_of("R-CDA-310", cited) == []
    assert len(findings_of("R-CDA-310", cited.replace('ID="a"', 'ID="b"'))) == 1
