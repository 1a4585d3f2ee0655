"""Checks of codes and attributes, at their edges: value sets, codes once each, codes that agree, labels."""

from __future__ import annotations

import pytest
from sidoba_engine.formats.cda.names import local_name

CISIS, SERAFIN, STATUSES = "1.2.250.1.213.1.1.4.322", "1.2.250.1.213.3.3.60", "1.2.250.1.213.3.3.250"
TEMPLATE = '<templateId root="1.2.250.1.213.1.1.3.{}"/>'
GRID = ["b160", "b114", "d510", "d540", "d550", "d530", "d410", "d4600", "d4602", "d3608"]


def event(content: str) -> str:
    return f"<encounter>{TEMPLATE.format(215)}{content}</encounter>"


def evaluation(code: str, content: str = "") -> str:
    return f'<observation>{TEMPLATE.format(25)}<code code="{code}" codeSystem="{CISIS}"/>{content}</observation>'


def field(code: str, content: str = "") -> str:
    attributes = f'code="{code}"' if code else 'nullFlavor="UNK"'
    return (
        f"<entryRelationship><observation>{TEMPLATE.format(214)}<code {attributes}/>{content}</observation>"
        "</entryRelationship>"
    )


@pytest.mark.parametrize(
    ("value", "placed_at"),
    [
        (f'code="MED-1298" codeSystem="{CISIS}"', []),
        (f'code="2.1.1.1" codeSystem="{SERAFIN}"', []),
        (f'code="2.1.1.1" codeSystem="{CISIS}"', ["codeSystem"]),
        ('code="2.1.1.1"', ["codeSystem"]),
        (f'code="med-1298" codeSystem="{CISIS}"', ["code"]),
        ('nullFlavor="UNK"', ["code"]),
    ],
)
def test_one_of_several_value_sets(findings_of, value: str, placed_at: list[str]) -> None:
    findings = findings_of("R-CDA-146", event(f"<code><qualifier><value {value}/></qualifier></code>"))
    assert [finding.attribute for finding in findings] == placed_at


@pytest.mark.parametrize(
    ("names", "value", "expected"),
    [
        (["GEN-364"], ("MED-1298", CISIS), 0),
        (["GEN-363"], ("2.1.1.1", SERAFIN), 0),
        (["GEN-363"], ("MED-1298", CISIS), 1),
        (["GEN-364"], ("2.1.1.1", SERAFIN), 1),
        (["GEN-363", "GEN-364"], ("MED-1298", CISIS), 0),
        (["GEN-999"], ("MED-1298", CISIS), 0),
        (["GEN-363"], ("MED-9999", CISIS), 0),
    ],
)
def test_the_reform_and_the_kind_of_event(findings_of, names: list[str], value: tuple[str, str], expected: int) -> None:
    named = "".join(f'<name code="{name}" codeSystem="{CISIS}"/>' for name in names)
    qualifier = f'<qualifier>{named}<value code="{value[0]}" codeSystem="{value[1]}"/></qualifier>'
    findings = findings_of("R-CDA-147", event(f"<code>{qualifier}</code>"))
    assert [local_name(str(finding.context.tag)) for finding in findings] == ["qualifier"] * expected


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [("REALISE", STATUSES, 0), ("TERMINE", STATUSES, 1), ("TERMINE", CISIS, 0), ("INVENTE", STATUSES, 0)],
)
def test_a_narrowed_value_set_says_nothing_of_foreign_codes(findings_of, code: str, system: str, expected: int) -> None:
    status = f'<observation>{TEMPLATE.format(217)}<value code="{code}" codeSystem="{system}"/></observation>'
    assert len(findings_of("R-CDA-165", event(f"<entryRelationship>{status}</entryRelationship>"))) == expected


def test_a_null_beside_the_right_code_is_refused(findings_of) -> None:
    value = f'<value code="MED-340" codeSystem="{CISIS}"/>'
    assert findings_of("R-CDA-242", evaluation("MED-1292", value)) == []
    (finding,) = findings_of("R-CDA-242", evaluation("MED-1292", value.replace("/>", ' nullFlavor="UNK"/>')))
    assert finding.attribute == "nullFlavor"
    assert findings_of("R-CDA-242", evaluation("MED-1290", "<value/>")) == []


def test_each_variable_of_a_grid_once(findings_of) -> None:
    whole = "".join(map(field, GRID))
    assert findings_of("R-CDA-262", evaluation("MED-1292", whole + field("d999") + field(""))) == []
    (finding,) = findings_of("R-CDA-262", evaluation("MED-1292", whole.replace("d510", "b160")))
    assert (finding.facts["manquants"], finding.facts["en_double"]) == ("d510", "b160")
    (finding,) = findings_of("R-CDA-262", evaluation("MED-1292"))
    assert finding.facts["manquants"] == ", ".join(GRID)
    assert findings_of("R-CDA-262", evaluation("MED-1293")) == []


def test_a_grid_inside_a_grid_is_judged_apart(findings_of) -> None:
    """Hostile, but not impossible: the fields of the inner evaluation are not those of the outer one."""
    inner = f"<entryRelationship>{evaluation('MED-1292', ''.join(map(field, GRID[1:])))}</entryRelationship>"
    outer = "".join(map(field, GRID[:4])) + field(GRID[4], inner) + "".join(map(field, GRID[5:]))
    (finding,) = findings_of("R-CDA-262", evaluation("MED-1292", outer))
    assert finding.facts["manquants"] == GRID[0]
    assert finding.context is not finding.context.getroottree().getroot()[0]
    (finding,) = findings_of("R-CDA-262", evaluation("MED-1292", outer.replace("d3608", "b114", 1)))
    assert finding.facts["en_double"] == "b114"


@pytest.mark.parametrize(
    ("codes", "expected"), [(["R32", "R15"], 0), (["R32", "R32", "R32"], 1), (["R32", ""], 1), ([], 0)]
)
def test_fields_are_given_once(findings_of, codes: list[str], expected: int) -> None:
    findings = findings_of("R-CDA-267", evaluation("MED-1290", "".join(map(field, codes))))
    assert [local_name(str(finding.context.tag)) for finding in findings] == ["observation"] * expected


def test_each_evaluation_has_the_code_of_its_group(findings_of) -> None:
    head = f'{TEMPLATE.format(95)}<code code="MED-1292" codeSystem="{CISIS}"/>'
    components = "".join(
        f"<component>{item}</component>"
        for item in (evaluation("MED-1292"), evaluation("MED-1293"), evaluation("MED-1292").replace(CISIS, "1.2"))
    )
    findings = findings_of("R-CDA-243", f"<organizer>{head}{components}</organizer>")
    assert [finding.attribute for finding in findings] == ["code", "codeSystem"]
    assert all(local_name(str(finding.context.tag)) == "code" for finding in findings)
    findings = findings_of("R-CDA-243", f"<organizer>{TEMPLATE.format(95)}{components}</organizer>")
    assert len(findings) == 3


def test_no_reason_and_a_reason(findings_of) -> None:
    none = field("GEN-365", '<value value="true"/>')
    for other, expected in (("true", 1), ("false", 0), ("1", 0)):
        content = none + field("R32", f'<value value="{other}"/>')
        assert len(findings_of("R-CDA-269", evaluation("MED-1290", content))) == expected


def test_the_same_modality_twice(findings_of) -> None:
    def stay(*modalities: tuple[str, str]) -> str:
        content = "".join(
            f'<component><observation moodCode="{mood}">{TEMPLATE.format(template)}</observation></component>'
            for template, mood in modalities
        )
        return f"<organizer>{TEMPLATE.format(219)}{content}</organizer>"

    four = [(template, mood) for template in ("48.6", "48.7") for mood in ("EVN", "INT")]
    assert findings_of("R-CDA-129", stay(*four)) == []
    assert len(findings_of("R-CDA-129", stay(*four, *four))) == 1


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('displayName="GIR-2"', 0),
        ('displayName="GIR 2"', 1),
        ('displayName=""', 1),
        ("", 0),
        ('displayName="GIR 2" nullFlavor="NA"', 1),
    ],
)
def test_official_labels(findings_of, attributes: str, expected: int) -> None:
    known = f'<value code="MED-340" codeSystem="{CISIS}" {attributes}/>'
    unknown = (
        f'<value code="MED-340" codeSystem="1.2" {attributes}/><value code="X" codeSystem="{CISIS}" {attributes}/>'
    )
    assert len(findings_of("R-CDA-345", known + unknown)) == expected


@pytest.mark.parametrize(
    ("element", "rules"),
    [
        ('<code code="A" codeSystem="1.2"/>', []),
        ("<code/>", ["R-CDA-337"]),
        ("<code><originalText>texte</originalText></code>", []),
        ('<code><originalText nullFlavor="UNK"/></code>', ["R-CDA-337"]),
        ('<code nullFlavor="UNK"/>', []),
        ('<code nullFlavor="UNK" code="A"/>', ["R-CDA-338", "R-CDA-339"]),
        ('<code nullFlavor="UNK" displayName="a"/>', ["R-CDA-339", "R-CDA-340"]),
        ('<code displayName="a"/>', ["R-CDA-337", "R-CDA-340"]),
        ('<value xsi:type="c:CE"/>', ["R-CDA-337"]),
        ('<value xsi:type="ST"/>', []),
        ("<name/>", []),
        ("<qualifier><name/></qualifier>", ["R-CDA-337"]),
        ('<qualifier><value xsi:type="CD"/></qualifier>', ["R-CDA-337"]),
        ('<statusCode displayName="a"/>', []),
    ],
)
def test_coded_elements(findings_of, element: str, rules: list[str]) -> None:
    found = [item.rule.id for number in (337, 338, 339, 340) for item in findings_of(f"R-CDA-{number}", element)]
    assert found == rules


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        ('root="1.2.250"', []),
        ('root="0"', []),
        ('root="2DB3E431-03B4-4fc4-99e5-aa2e3ce1d12a"', []),
        ('root="1.02"', ["R-CDA-335"]),
        ('root="3.1"', ["R-CDA-335"]),
        ('root="1.2."', ["R-CDA-335"]),
        ('root="2DB3E431-03B4-4FC4-99E5"', ["R-CDA-335"]),
        ('root=""', ["R-CDA-335"]),
        ('nullFlavor="UNK"', []),
        ('root="1.2" nullFlavor="UNK"', ["R-CDA-334"]),
        ('extension="A"', ["R-CDA-334"]),
        (f'root="1.2" extension="{"é" * 64}"', []),
        (f'root="1.2" extension="{"é" * 65}"', ["R-CDA-336"]),
    ],
)
def test_identifiers(findings_of, attributes: str, rules: list[str]) -> None:
    found = [
        item.rule.id for number in (334, 335, 336) for item in findings_of(f"R-CDA-{number}", f"<id {attributes}/>")
    ]
    assert found == rules
