"""Places as people read them: lines and columns in every encoding, and trails in words."""

from __future__ import annotations

import pytest
from lxml import etree
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.trails import MOST_NAMED, Trails

WRONG = '<confidentialityCode code="N"\n     displayName="normal"\n\t\t codeSystem="2.16.840.1.113883.5.26"/>'
RIGHT = '<confidentialityCode code="N" displayName="normal" codeSystem="2.16.840.1.113883.5.25"/>'


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8-sig", "ISO-8859-1", "UTF-16", "windows-1252"])
def test_line_and_column_count_characters_in_every_encoding(
    valid_document: str, judge_cda, encoding: str, line_end: str
) -> None:
    """After accents on the line and a base64 line of 300 000 letters, the attribute lines below its tag."""

    long_line = f"<!-- été {'QUJD' * 75_000} --><!-- à côté -->"
    text = valid_document.replace(RIGHT, long_line + WRONG, 1).replace("\n", line_end)
    text = text.replace('encoding="UTF-8"', f'encoding="{encoding.replace("utf-8-sig", "UTF-8")}"')
    anomalies = judge_cda(text.encode(encoding)).anomalies
    lines = text.split(line_end)
    places = {anomaly.rule: anomaly.location for anomaly in anomalies if "confidentiality" in anomaly.location.path}
    assert places
    for place in places.values():
        start = lines[(place.line or 0) - 1][(place.column or 0) - 1 :]
        assert start.startswith(("codeSystem=", "<confidentialityCode")), (place, start[:40])
    assert any(place.path.endswith("@codeSystem") for place in places.values())


def test_a_character_beyond_the_first_plane_is_one_column(valid_document: str, judge_cda) -> None:
    for encoding in ("UTF-8", "UTF-16"):
        text = valid_document.replace('<languageCode code="fr-FR"/>', '<!-- 𝄞𝄞 --><languageCode code="fr"/>', 1)
        text = text.replace("UTF-8", encoding, 1)
        (found,) = [item for item in judge_cda(text.encode(encoding)).anomalies if item.rule == "R-CDA-013"]
        line = text.splitlines()[(found.location.line or 0) - 1]
        assert line[(found.location.column or 0) - 1 :].startswith('code="fr"')


def test_trails_name_what_is_around(official: bytes, catalogue: Catalogue) -> None:
    root = etree.fromstring(official)
    trails = Trails(root, catalogue)
    told = {trails.of(element) for element in root.iter("*")}
    assert "Section des évènements > Évènement > Transport du professionnel" in told
    assert "Section des évaluations > Groupe d'évaluations 2 > Évaluation > Champ évalué 3" in told
    assert "Usager > Adresse" in told
    assert "Auteur" in told
    assert trails.of(root) is None


def test_several_of_a_name_are_counted_in_the_same_place_only(catalogue: Catalogue) -> None:
    event = '<entry><encounter><templateId root="1.2.250.1.213.1.1.3.215"/><code/></encounter></entry>'
    section = '<component><section><templateId root="1.2.250.1.213.1.1.2.248"/>{}</section></component>'
    body = section.format(event * 3) + section.format(event)
    root = etree.fromstring(
        f'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody>{body}</structuredBody></component>'
        "</ClinicalDocument>"
    )
    trails = Trails(root, catalogue)
    assert [trails.of(code) for code in root.iter("{*}code")] == [
        "Section des évènements 1 > Évènement 1",
        "Section des évènements 1 > Évènement 2",
        "Section des évènements 1 > Évènement 3",
        "Section des évènements 2 > Évènement",
    ]


def test_an_invented_document_has_no_trails(catalogue: Catalogue) -> None:
    entry = '<entry><templateId root="1.2.250.1.213.1.1.3.215"/></entry>'
    root = etree.fromstring(f'<ClinicalDocument xmlns="urn:hl7-org:v3">{entry * (MOST_NAMED + 1)}</ClinicalDocument>')
    assert Trails(root, catalogue).of(root[0]) is None
