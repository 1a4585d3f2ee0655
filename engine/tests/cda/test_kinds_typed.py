"""Checks of typed values, at their edges: dates, intervals, types, durations, numbers, base64."""

from __future__ import annotations

import base64

import pytest
from sidoba_engine.formats.cda.names import local_name

EVENT = '<encounter><templateId root="1.2.250.1.213.1.1.3.215"/>{}</encounter>'
OBSERVATION = (
    '<entryRelationship><observation><templateId root="1.2.250.1.213.1.1.3.48"/><code code="GEN-347"/>{}</observation>'
    "</entryRelationship>"
)


def found(findings_of, rule: str, content: str) -> int:
    return len(findings_of(rule, content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<effectiveTime/>", 0),
        ('<effectiveTime value=""/>', 1),
        ('<time value="20230229"/>', 1),
        ('<effectiveTime><low value="2023"/><high value="2023-01"/><center value="x"/></effectiveTime>', 2),
        ('<value xsi:type="TS" value="hier"/>', 1),
        ('<value xsi:type="c:TS" value="hier"/>', 1),
        ('<value xsi:type="ST" value="hier"/>', 0),
        ('<value xsi:type="IVL_PQ"><low value="4"/><high value="5"/></value>', 0),
        ('<value xsi:type="c:IVL_PQ"><low value="4"/></value>', 0),
        ('<value xsi:type="IVL_TS"><low value="4"/></value>', 1),
        ('<sdtc:deceasedTime value="hier"/>', 0),
    ],
)
def test_timestamps_where_they_stand(findings_of, content: str, expected: int) -> None:
    assert found(findings_of, "R-CDA-330", content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<effectiveTime nullFlavor="NA"/>', 0),
        ('<effectiveTime nullFlavor="NA" value="2024"/>', 1),
        ('<effectiveTime nullFlavor="NA"><width value="1"/></effectiveTime>', 1),
        ('<effectiveTime value="2024"><low value="2024"/></effectiveTime>', 1),
        ('<effectiveTime value="2024"><sdtc:low/></effectiveTime>', 0),
        ('<effectiveTime value="2024"><!-- un jour --></effectiveTime>', 0),
        ("<effectiveTime><low/><high/></effectiveTime>", 0),
        ('<value xsi:type="PQ" value="2" nullFlavor="NA"/>', 0),
    ],
)
def test_one_form_of_a_date(findings_of, content: str, expected: int) -> None:
    assert found(findings_of, "R-CDA-331", content) == expected


@pytest.mark.parametrize(
    ("low", "high", "disordered", "same"),
    [
        ("20240101", "20240102", 0, 0),
        ("20240102", "20240101", 1, 0),
        ("20240101", "20240101", 0, 1),
        ("202401011000+0200", "202401011000+0100", 0, 0),
        ("202401011000+0100", "202401011000+0200", 1, 0),
        ("202401011000+0200", "202401010800+0000", 0, 0),
        ("20240230", "20230101", 0, 0),
        ("2024", "20240101", 0, 0),
    ],
)
def test_bounds(findings_of, low: str, high: str, disordered: int, same: int) -> None:
    content = f'<effectiveTime><low value="{low}"/><high value="{high}"/></effectiveTime>'
    assert (found(findings_of, "R-CDA-332", content), found(findings_of, "R-CDA-333", content)) == (disordered, same)


def test_bounds_of_a_quantity_are_no_dates(findings_of) -> None:
    content = '<value xsi:type="{}"><low value="2024"/><high value="{}"/></value>'
    assert found(findings_of, "R-CDA-332", content.format("IVL_PQ", "2023")) == 0
    assert found(findings_of, "R-CDA-333", content.format("IVL_PQ", "2024")) == 0
    assert found(findings_of, "R-CDA-332", content.format("IVL_TS", "2023")) == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("", 1),
        ('<value xsi:type="BL"/>', 0),
        ('<value xsi:type=" c:BL "/>', 0),
        ('<value xsi:type="BL"/><value xsi:type="BL"/>', 0),
        ('<value xsi:type="BL"/><value xsi:type="INT"/>', 1),
        ("<value/>", 1),
        ('<value xsi:type="BLX"/>', 1),
    ],
)
def test_types_of_values(findings_of, values: str, expected: int) -> None:
    findings = findings_of("R-CDA-154", EVENT.format(OBSERVATION.format(values)))
    assert [local_name(str(finding.context.tag)) for finding in findings] == ["observation"] * expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('value="4"', 0),
        ('value=" -4.50 "', 0),
        ('value=".5"', 0),
        ('value="4."', 0),
        ('value="+4"', 0),
        ('nullFlavor="UNK"', 0),
        ('value="4" nullFlavor="UNK"', 1),
        ("", 1),
        ('value=""', 1),
        ('value="4,5"', 1),
        ('value="1e3"', 1),
        ('value="NaN"', 1),
        ('value="٤"', 1),
        ('value="."', 1),
    ],
)
def test_numbers(findings_of, attributes: str, expected: int) -> None:
    assert found(findings_of, "R-CDA-342", f'<value xsi:type="PQ" {attributes}/>') == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('value="10" unit="min"', 0),
        ('nullFlavor="UNK" value="dix"', 0),
        ('value="10"', 1),
        ('value="10" unit="MIN"', 1),
        ('unit="min"', 1),
    ],
)
def test_durations(findings_of, attributes: str, expected: int) -> None:
    assert found(findings_of, "R-CDA-343", f'<value xsi:type="IVL_TS"><width {attributes}/></value>') == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("JVBE", 0),
        ("JVB=", 0),
        ("JV==", 0),
        (" J\n\tV B\rE ", 0),
        ("JVBERi0xLjU" + "A", 0),
        ("", 1),
        ("   ", 1),
        ("J===", 1),
        ("====", 1),
        ("JVBER", 1),
        ("JV=E", 1),
        ("JV==JV==", 1),
        ("JVB-", 1),
        ("JVB_", 1),
        ("JVBÉ", 1),
        ("JVB\u00a0E", 1),
        ("JV<!-- coupé -->BE", 0),
    ],
)
def test_base64(findings_of, content: str, expected: int) -> None:
    value = f'<observationMedia><value representation="B64">{content}</value></observationMedia>'
    assert found(findings_of, "R-CDA-300", value) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (base64.b64encode(b"%PDF-1.7").decode(), 0),
        ("\n   JVB\nERi0x", 0),
        ("<!-- fichier -->JVBERi0x", 0),
        (" " * 200 + "JVBERi0x", 1),
        ("iVBORw0K", 1),
        ("", 1),
    ],
)
def test_start_of_a_pdf(findings_of, content: str, expected: int) -> None:
    value = f'<value mediaType="application/pdf" representation="B64">{content}</value>'
    assert found(findings_of, "R-CDA-303", f"<observationMedia>{value}</observationMedia>") == expected


@pytest.mark.parametrize(
    ("entries", "exits", "expected"),
    [
        (["20240102"], ["20240101"], 1),
        (["20240102101500+0200"], ["20240102"], 0),
        (["20240101"], [], 0),
        (["20240101", "20240103"], ["20240102", "20240104"], 1),
        (["20240101"], ["2024"], 1),
    ],
)
def test_days_of_a_stay(findings_of, entries: list[str], exits: list[str], expected: int) -> None:
    modality = (
        '<component><observation moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.48.{}"/>'
        '<effectiveTime value="{}"/></observation></component>'
    )
    content = "".join([modality.format(6, day) for day in entries] + [modality.format(7, day) for day in exits])
    stay = f'<organizer><templateId root="1.2.250.1.213.1.1.3.219"/>{content}</organizer>'
    assert found(findings_of, "R-CDA-130", stay) == expected


@pytest.mark.parametrize(
    ("written", "evaluated", "expected"),
    [
        ('<effectiveTime value="20250602091500+0200"/>', "20250602235900+0200", 0),
        ('<effectiveTime value="20250602091500+0200"/>', "20250603", 1),
        ('<effectiveTime value="20250602"/>', "2025", 0),
        ("", "20250602", 1),
    ],
)
def test_day_of_an_evaluation(findings_of, written: str, evaluated: str, expected: int) -> None:
    evaluation = (
        f'<observation><templateId root="1.2.250.1.213.1.1.3.25"/><effectiveTime value="{evaluated}"/></observation>'
    )
    assert found(findings_of, "R-CDA-270", written + evaluation) == expected
