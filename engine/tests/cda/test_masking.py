"""No personal datum in a verdict: markers stand in every personal place of documents with faults of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda.names import CLINICAL_DOCUMENT, local_name
from sidoba_engine.formats.cda.repair.missing_prefixes import STRUCTURE_AUTHORITY
from sidoba_engine.validation import judge
from sidoba_engine.verdict_json import encode, judgement_object

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
MARKERS = ("ZQXVARLIN42", "19480231", "Zqxvarlin, née Trefoux", "#ZQXVARLIN42")
"""Like a name or an identifier, like a date, like a free text, like a reference of the narrative."""

FACTS = Facts(campaign=CampaignFacts("ssiad-2024", "ssiad", date(2024, 1, 1), date(2024, 12, 31)))

NAMES = {"family", "given", "name", "prefix", "suffix", "desc", "title", "originalText"}
NOT_PERSONAL_IDENTIFIERS = {"typeId", "templateId"}
DATES = {"birthTime"}

Place = tuple[etree._Element, str | None]
"""An element and an attribute of it; None for its text."""


def personal_places(root: etree._Element) -> Iterator[Place]:
    """Where a document tells something of a person: names, contacts, addresses, identifiers, dates, free texts."""
    for element in root.iter("*"):
        name = local_name(str(element.tag))
        around = {local_name(str(outer.tag)) for outer in element.iterancestors()}
        is_of_user = "recordTarget" in around
        is_structure = name in NOT_PERSONAL_IDENTIFIERS or element.get("root") == STRUCTURE_AUTHORITY
        if element.get("extension") is not None and not is_structure:
            yield element, "extension"
        if name == "telecom" or (name == "reference" and "text" not in around) or name in DATES:
            yield element, "value"
        if name == "reference":
            yield element, "value"
        if is_of_user and element.get("value") is not None:
            yield element, "value"
        if element.get("ID") is not None:
            yield element, "ID"
        has_text = bool((element.text or "").strip())
        if name in NAMES or "addr" in around or (has_text and name not in ("text", "value")) or name == "streetName":
            yield element, None


def marked(root: etree._Element, marker: str, places: Iterable[Place]) -> bytes:
    for element, attribute in places:
        if attribute is None:
            element.text = marker
        else:
            element.set(attribute, marker)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def verdict_of(content: bytes, catalogue: Catalogue) -> tuple[str, set[str]]:
    (verdict,) = judge(content, catalogue=catalogue, facts=FACTS)
    written = encode(judgement_object(verdict)).decode()
    trails = " ".join(filter(None, (anomaly.location.trail for anomaly in verdict.anomalies)))
    return written + trails, {anomaly.rule for anomaly in verdict.anomalies}


def documents() -> Iterator[Path]:
    yield from (CORPUS / "official").glob("*.xml")
    yield from sorted((CORPUS / "cda" / "valides").glob("*.xml"))
    yield from sorted((CORPUS / "cda" / "fautes").glob("*.xml"))


def opened(path: Path) -> etree._Element | None:
    try:
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError:
        return None
    return root if root.tag == CLINICAL_DOCUMENT else None


def test_no_marker_of_a_personal_place_is_in_a_verdict(catalogue: Catalogue) -> None:
    seen: set[str] = set()
    leaks: list[tuple[str, str]] = []
    for path in documents():
        for marker in MARKERS if path.parent.name != "fautes" else MARKERS[:1]:
            root = opened(path)
            if root is None:
                continue
            told, rules = verdict_of(marked(root, marker, list(personal_places(root))), catalogue)
            seen |= rules
            if marker.removeprefix("#") in told:
                leaks.append((path.name, told[max(0, told.index(marker.removeprefix("#")) - 300) :][:400]))
    assert leaks == []
    assert len(seen) > 30, sorted(seen)


@pytest.mark.parametrize("marker", MARKERS[:2])
def test_no_marker_of_a_single_place_is_in_a_verdict(official: bytes, catalogue: Catalogue, marker: str) -> None:
    """One place at a time of each kind (element, attribute, parent): a fault must not hide behind another."""
    root = etree.fromstring(official)
    kinds: dict[tuple[str, str, str | None], int] = {}
    for rank, (element, attribute) in enumerate(personal_places(root)):
        parent = element.getparent()
        kinds.setdefault((str(element.tag), "" if parent is None else str(parent.tag), attribute), rank)
    leaks = []
    for kind, rank in kinds.items():
        again = etree.fromstring(official)
        told, _ = verdict_of(marked(again, marker, [list(personal_places(again))[rank]]), catalogue)
        if marker in told:
            leaks.append((kind, told[max(0, told.index(marker) - 300) :][:400]))
    assert leaks == []
    assert len(kinds) > 30


def test_a_misplaced_text_is_masked_where_a_code_is_expected(judge_cda, valid_document: str) -> None:
    """Codes are shown; what is no code is not, wherever it was put."""
    text = "Mme Zqxvarlin habite seule"
    for right in (
        'languageCode code="fr-FR"',
        'classCode="ENC"',
        'typeCode="RESP"',
        'codeSystem="1.2.250.1.213.1.1.4.322"',
    ):
        assert right in valid_document
        name = right.partition('="')[0]
        anomalies = judge_cda(valid_document.replace(right, f'{name}="{text}"', 1).encode()).anomalies
        assert "Zqxvarlin" not in encode([repr(anomaly) for anomaly in anomalies]).decode()
        assert any(anomaly.value == "••••le" for anomaly in anomalies)
    shown = judge_cda(valid_document.replace('code="fr-FR"', 'code="fr-BE"', 1).encode()).anomalies
    assert [anomaly.value for anomaly in shown if anomaly.rule == "R-CDA-013"] == ["fr-BE"]


def test_every_rule_that_shows_an_identifier_a_date_or_a_text_is_personal(catalogue: Catalogue) -> None:
    """By what the rules look at, for those that no document here breaks."""
    shown = []
    for rule in catalogue.rules_of("cda"):
        attribute = rule.parameters.get("attribut")
        if rule.parameters.get("personnel") or rule.check in (None, "attribut_rempli", "attribut_present"):
            continue
        if rule.check == "texte_dans_jeu" or attribute in ("extension", "value", "ID") or rule.check == "horodatage":
            shown.append(rule.id)
    # Versions, the moments of the document and of its signature, structures, and measures without a person's words.
    assert set(shown) == {
        "R-CDA-012", "R-CDA-014", "R-CDA-015", "R-CDA-066", "R-CDA-071", "R-CDA-105", "R-CDA-341", "R-CDA-342",
        "R-CDA-507",
    }  # fmt: skip
