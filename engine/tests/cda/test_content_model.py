"""R-CDA-007: the content model, against a schema validator and by hand, sub-case by sub-case."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cda_content_document import DOCUMENT
from cda_content_mutations import mutated
from cda_content_schema import Structure, from_catalogue, from_reference, write_schema
from lxml import etree
from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.formats.cda.content.compile import ContentModel, compile_model, content_model
from sidoba_engine.formats.cda.content.findings import ContentFindings
from sidoba_engine.formats.cda.content.model import check_content
from sidoba_engine.formats.cda.run import Finding, Run

RULE = "R-CDA-007"
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "cda" / "cda-structure.json"
MUTATIONS = 2000
TYPED_IN_THE_CATALOGUE = {"sdtc:valueSet": "oid", "sdtc:valueSetVersion": "st"}
"""Attributes whose type the reference file leaves out."""


@pytest.fixture(scope="module")
def model(catalogue: Catalogue) -> ContentModel:
    return content_model(catalogue)


@pytest.fixture(scope="module")
def structure(catalogue: Catalogue) -> Structure:
    return from_catalogue(catalogue.structures["cda"])


@pytest.fixture(scope="module")
def schema(structure: Structure, tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    return write_schema(structure, tmp_path_factory.mktemp("schema"))


@pytest.fixture
def findings_of(catalogue: Catalogue, model: ContentModel) -> Any:
    def call(root: etree._Element, *, most: int = 1000) -> list[Finding]:
        run = Run(root)
        check_content(root, model, ContentFindings(catalogue.rules[RULE], run, model, most=most))
        return run.findings

    return call


def as_read(content: bytes | str | etree._Element) -> etree._Element:
    """The tree of these bytes; a tree is written then read again, so that nothing of its past is left in it."""
    if isinstance(content, etree._Element):
        content = etree.tostring(content)
    return etree.fromstring(content, etree.XMLParser(huge_tree=True, resolve_entities=False))


def test_right_documents_have_no_finding(findings_of, schema, synthetic: bytes, official: bytes) -> None:
    for content in (synthetic, official, DOCUMENT):
        root = as_read(content)
        assert findings_of(root) == []
        assert schema.validate(as_read(content)), schema.error_log


@pytest.mark.skipif(not REFERENCE.exists(), reason="the folder shared/corpus/cda beside the checkout is absent")
def test_the_catalogue_says_all_that_the_reference_says(structure: Structure) -> None:
    reference = from_reference(json.loads(REFERENCE.read_text()), structure.namespaces)
    for facts in reference.types.values():
        facts.attributes = frozenset(
            (name, TYPED_IN_THE_CATALOGUE.get(name, type_name), *others)
            for name, type_name, *others in facts.attributes
        )
    unreachable = reference.types.keys() - structure.types.keys()
    assert unreachable == {"StrucDoc.Title", "StrucDoc.TitleContent", "StrucDoc.TitleFootnote"}
    assert structure.types.items() <= reference.types.items()
    assert structure.simples.items() <= reference.simples.items()
    assert structure.elements == reference.elements


def test_agreement_with_a_schema_validator(findings_of, schema, synthetic: bytes, official: bytes) -> None:
    """Both say right or wrong of each mutation; wrong, the first fault of the validator is among ours.

    References to identifiers are ours alone: the validator does not look where they lead.
    """
    random = Random(20260105)  # noqa: S311 (a seed, for the same mutations each time)
    roots = [*[as_read(DOCUMENT)] * 12, *[as_read(synthetic)] * 7, _lightened(as_read(official))]
    wrong, disagreements = 0, []
    for _ in range(MUTATIONS):
        changed, told = mutated(random.choice(roots), random)
        root = as_read(changed)
        found = [item for item in findings_of(root) if item.facts["constat"] != "reference"]
        if schema.validate(root) is bool(found):
            disagreements.append((told, _brief(found), schema.error_log.last_error))
        elif found:
            wrong += 1
            place = schema.error_log[0].path
            if not {place, place.rpartition("/")[0]} & _places(found):
                disagreements.append((told, _brief(found), place))
    assert disagreements == []
    assert wrong > MUTATIONS // 2


def _lightened(root: etree._Element) -> etree._Element:
    """Without its long base64 texts and its comments, which change nothing here."""
    for element in root.iter("*"):
        if element.text and len(element.text) > 2000:
            element.text = "QUJD"
    etree.strip_tags(root, etree.Comment)
    return root


def _brief(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(item.facts["constat"], item.facts["nom"], item.facts["parent"]) for item in found]


def _places(found: list[Finding]) -> set[str]:
    tree = found[0].element.getroottree()
    around = [item.element.getparent() for item in found]
    return {tree.getpath(item) for item in (*(item.element for item in found), *around) if item is not None}


CASES: list[tuple[str, str, str, str, dict[str, str]]] = [
    # what to look for, what to write, sub-case, place, facts
    ("<title>Titre</title>", "<titel>Titre</titel>", "inconnu", "/ClinicalDocument/titel", {"proche": "title"}),
    ("<title>Titre</title>", "<title>T</title><x/>", "inconnu", "/ClinicalDocument/x", {"proche": "aucun"}),
    (
        "<sdtc:raceCode ",
        "<sdtc:raceKode ",
        "inconnu",
        "//patient/raceKode",
        {"nom": "sdtc:raceKode", "proche": "sdtc:raceCode"},
    ),
    (
        '(<code code="X".*?</code>)(\\s*)(<title>.*?</title>)',
        r"\3\2\1",
        "ordre",
        "/ClinicalDocument/code",
        {"attendu": "code → title"},
    ),
    ("<title>Titre</title>", "<title>a</title><title>b</title>", "repete", "/ClinicalDocument/title[2]", {}),
    (
        '<low value="2024"/>(<width)',
        r'<low value="2024"/><center value="2024"/>\1',
        "exclu",
        "//serviceEvent/effectiveTime/center",
        {},
    ),
    ('<id root="12345678[^>]*/>', "", "manquant", "/ClinicalDocument", {"nom": "id", "attendu": "id"}),
    (
        "<guardianPerson>.*?</guardianPerson>",
        "",
        "manquant",
        "//guardian",
        {"nom": "guardianPerson / guardianOrganization"},
    ),
    ("<setId ", "libre<setId ", "texte", "/ClinicalDocument", {}),
    ('<setId root="1.2.3.4"/>', '<setId root="1.2.3.4"> </setId>', "texte", "/ClinicalDocument/setId", {}),
    (
        "<setId root",
        "<setId rot",
        "attribut_inconnu",
        "/ClinicalDocument/setId/@rot",
        {"nom": "@rot", "proche": "root"},
    ),
    (
        '<languageCode code="fr-FR"',
        '<languageCode code="fr-FR" codeSystem="1.2"',
        "attribut_inconnu",
        "/ClinicalDocument/languageCode/@codeSystem",
        {},
    ),
    ('(<relatedEntity) classCode="PRS"', r"\1", "attribut_absent", "//relatedEntity", {"nom": "@classCode"}),
    (
        '<setId root="1.2.3.4"',
        '<setId root="1.02"',
        "valeur",
        "/ClinicalDocument/setId/@root",
        {"attendu": "un OID (1.2.250…) ou un UUID"},
    ),
    ("<digits>1 2 -3", "<digits>1 2,5", "valeur", "//digits", {}),
    ('<addr use="H HP"', '<addr use="H XX"', "liste", "//patientRole/addr/@use", {}),
    ('extension="POCD_HD000040"', 'extension=""', "valeur", "/ClinicalDocument/typeId/@extension", {}),
    (
        'root="2.16.840.1.113883.1.3"',
        'root="2.16.840.1.113883.1.4"',
        "fixe",
        "/ClinicalDocument/typeId/@root",
        {"attendu": "2.16.840.1.113883.1.3"},
    ),
    ('<value xsi:type="INT"', "<value", "type_abstrait", "//observation/value[3]", {}),
    ('xsi:type="v3:PQ"', 'xsi:type="IVLTS"', "type_inconnu", "//observation/value[2]/@type", {"proche": "IVL_TS"}),
    ('xsi:type="v3:PQ"', 'xsi:type="sdtc:PQ"', "type_inconnu", "//observation/value[2]/@type", {}),
    (
        'xsi:type="PIVL_TS"\n  inst',
        'xsi:type="CD" inst',
        "type_autre",
        "//substanceAdministration/effectiveTime[1]/@type",
        {},
    ),
    ("<setId ", '<setId xsi:nil="true" ', "nil", "/ClinicalDocument/setId/@nil", {"nom": "@xsi:nil"}),
    ('ID="f1"', 'ID="c1"', "id_double", "//footnote/@ID", {}),
    ('referencedObject="m1"', 'referencedObject="m2"', "reference", "//renderMultiMedia/@referencedObject", {}),
]


def test_each_fault_is_told_once_at_its_place(findings_of, schema, catalogue: Catalogue) -> None:
    wrong = []
    for pattern, replacement, code, place, facts in CASES:
        content, count = re.subn(pattern, replacement, DOCUMENT, count=1, flags=re.S)
        assert count, pattern
        if code == "id_double":
            content = content.replace('IDREF="f1"', 'IDREF="c1"')
        found = findings_of(as_read(content))
        got = [(item.facts["constat"], _short_path(item)) for item in found]
        same = len(got) == 1 and got[0][0] == code and _matches(got[0][1], place)
        if not same or facts.items() - found[0].facts.items():
            wrong.append((replacement, got, [item.facts for item in found]))
        assert schema.validate(as_read(content)) is (code == "reference"), replacement
    assert wrong == []
    assert {case[2] for case in CASES} == catalogue.rules[RULE].labels["constat"].keys() - {"suite"}


def _short_path(found: Finding) -> str:
    """The path as users read it, an index only among several of a name."""
    tree = found.element.getroottree()
    path = re.sub(r"\{[^}]*\}", "", tree.getelementpath(found.element))
    whole = "/ClinicalDocument" if path == "." else f"/ClinicalDocument/{path}"
    if found.attribute is None or found.element.get(found.attribute) is None:
        return whole
    return f"{whole}/@{etree.QName(found.attribute).localname}"


def _matches(path: str, place: str) -> bool:
    """`//a/b` is the end of a path; an index not written is any."""
    wanted = "".join(part if part.startswith("[") else re.escape(part) for part in [place.removeprefix("/")])
    pattern = re.sub(r"(\w)(?=/|$)", r"\1(\\[\\d+\\])?", wanted)
    return re.fullmatch(f"{'.*' if place.startswith('//') else '/'}{pattern.removeprefix('/')}", path) is not None


def test_what_does_not_follow_the_order_is_still_looked_at(findings_of) -> None:
    """Below a parent at fault, each child keeps its type: its own faults are told, and only those."""
    content = DOCUMENT.replace("<title>Titre</title>", "<inconnu><id x='1'/></inconnu>").replace(
        'setId root="1.2.3.4"', 'setId root="é"'
    )
    assert _brief(findings_of(as_read(content))) == [
        ("inconnu", "inconnu", "ClinicalDocument"),
        ("valeur", "@root", "setId"),
    ]


def test_a_personal_value_is_masked_and_a_code_is_shown(findings_of) -> None:
    content = DOCUMENT.replace('birthTime value="1930"', 'birthTime value="12 mai 1930"').replace(
        'qualifier="BR"', 'qualifier="NAISSANCE"'
    )
    assert [item.value for item in findings_of(as_read(content))] == ["NAISSANCE", "••••30"]


def test_in_the_verdict(judge_cda, catalogue: Catalogue, synthetic: bytes) -> None:
    content = synthetic.replace(b"<languageCode code", b'<languageCode langue="x" code')
    (anomaly,) = [item for item in judge_cda(content).anomalies if item.rule == RULE]
    assert anomaly.location.path == "/ClinicalDocument/languageCode/@langue"
    assert anomaly.message == "Cet attribut n'est pas prévu sur cet élément : @langue (élément languageCode)."
    assert "@nullFlavor, @code" in anomaly.hint


def test_faults_beyond_the_limit_are_announced(findings_of) -> None:
    content = DOCUMENT.replace("<title>Titre</title>", "<title>T</title>" + "".join(f"<x{n}/>" for n in range(50)))
    found = findings_of(as_read(content), most=10)
    assert [item.facts["constat"] for item in found] == ["inconnu"] * 10 + ["suite"]
    assert found[-1].element.tag == "{urn:hl7-org:v3}ClinicalDocument"


@pytest.mark.parametrize(
    "inside",
    [
        lambda n: "<x/>" * n,
        lambda n: "".join(f"<a{i}/>" for i in range(n)),
        lambda n: "<realmCode code='FR'/>" * n,
        lambda n: "<title/>" * n,
        lambda n: "<title/><realmCode/>" * (n // 2),
        lambda n: "<id root='x y'/>" * n,
        lambda n: "texte<!-- -->" * n,
        lambda n: "<text>" + "<content ID='a'/>" * n + "</text>",
    ],
    ids=["unknown", "all different", "repeatable", "repeated", "alternating", "bad values", "texts", "same id"],
)  # fmt: skip
def test_very_wide_documents(findings_of, inside: Any) -> None:
    root = as_read(DOCUMENT.replace("<section ID=", f"<section>{inside(100_000)}</section><section ID=", 1))
    assert 1 <= len(findings_of(root)) <= 1001


def test_deep_documents_need_no_recursion(findings_of) -> None:
    depth = 900
    nested = "<component><section>" * depth + "<x/>" + "</section></component>" * depth
    root = as_read(DOCUMENT.replace("<component><section><title/></section></component>", nested))
    assert _brief(findings_of(root)) == [("inconnu", "x", "section")]


@pytest.mark.parametrize(
    ("member", "given", "said"),
    [
        ("types", {"II": {"etend": "Absent"}}, "unknown type"),
        ("types", {"II": {"contenu": "a=II | ( b=II"}}, "cannot be read"),
        ("types", {"II": {"attributs": "root"}}, "cannot be read"),
        ("types", {"II": {"attributs": "root=absent"}}, "unknown simple type absent"),
        ("simples", {"oid": {"base": "xs:string", "motif": "(("}}, "oid"),
        ("valeurs", {"ActMood": "(xs:integer) EVN"}, "EVN"),
    ],
)
def test_a_structure_that_makes_no_sense_is_refused(catalogue: Catalogue, member: str, given: Any, said: str) -> None:
    structure = dict(catalogue.structures["cda"])
    structure[member] = {**structure[member], **given}
    with pytest.raises(CatalogueError, match=re.escape(said)):
        compile_model(structure)
