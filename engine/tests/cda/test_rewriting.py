"""Corrections written into documents: the attributes named change, and not a byte beside them."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import repair
from sidoba_engine.formats.cda.door import CdaTree, Limits, open_xml
from sidoba_engine.formats.cda.places import paths_of
from sidoba_engine.formats.cda.repair.rewriting import rewritten

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
SMALL = """<?xml version="1.0" encoding="UTF-8"?>\r
<!-- <d k="1"/> --><d xmlns:k="urn:k" xmlns:p="urn:p">\r
\t<e  k = 'a&#98;c'\r\n   p:k="P" x="1"  /><e/><f\ty='l&apos;été'></f ><e k="2">é<!-- --></e>\r
</d >\r
"""


def tree_of(content: bytes) -> CdaTree:
    tree = open_xml(content, Limits(size=len(content), depth=100))
    assert isinstance(tree, CdaTree), tree
    return tree


def changed(content: bytes, *operations: tuple[str, str, str]) -> bytes:
    named = [dict(zip(("op", "chemin", "valeur"), operation, strict=True)) for operation in operations]
    return rewritten(content, tree_of(content), named)


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        (("replace", "/d/e[1]/@k", "z"), "'a&#98;c'", "'z'"),
        (("replace", "/d/e[1]/@k", "l'<\"&\n>"), "'a&#98;c'", "'l&apos;&lt;\"&amp;&#10;&gt;'"),
        (("prefix", "/d/e[1]/@k", "1"), "'a&#98;c'", "'1a&#98;c'"),
        (("case", "/d/e[1]/@k", "majuscules"), "'a&#98;c'", "'ABC'"),
        (("replace", "/d/e[3]/@k", '"œ"'), '"2"', '"&quot;œ&quot;"'),
        (("add", "/d/e[2]/@displayName", "été"), "<e/>", '<e displayName="été"/>'),
        (("add", "/d/e[1]/@z", "1"), 'x="1"  />', 'x="1" z="1"  />'),
        (("add", "/d/f/@z", "1"), "'></f >", '\' z="1"></f >'),
        (("add", "/d/@k", "1"), 'xmlns:p="urn:p">', 'xmlns:p="urn:p" k="1">'),
        (("replace", "/d/f/@y", "l'été"), "l&apos;été", "l&apos;été"),
        (("replace", "/d/e[4]/@k", "no such element"), "", ""),
        (("replace", "/d/e[2]/@k", "no such attribute"), "", ""),
        (("prefix", "/d/e[2]/@k", "no such attribute"), "", ""),
        (("unknown", "/d/e[1]/@k", "z"), "", ""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16", "utf-16-be"])
def test_one_attribute_in_every_encoding(
    operation: tuple[str, str, str], before: str, after: str, encoding: str
) -> None:
    declared = {"utf-8-sig": "UTF-8", "utf-16-be": "UTF-16BE"}.get(encoding, encoding.upper())
    text = SMALL.replace("UTF-8", declared)
    if encoding == "iso-8859-1":
        after = after.replace("œ", "&#339;")
    assert before in text
    assert changed(text.encode(encoding), operation) == text.replace(before, after, 1).encode(encoding)


def test_of_two_operations_on_one_attribute_the_first_is_done() -> None:
    content = SMALL.encode()
    assert changed(content, ("prefix", "/d/e[3]/@k", "1"), ("prefix", "/d/e[3]/@k", "3")).count(b'"12"') == 1


def test_a_moment_and_white_space() -> None:
    content = b"""<d a="2025-03-14T09:30:00+01:00" b=' N ' c="no moment"/>"""
    done = changed(content, ("format", "/d/@a", "…"), ("trim", "/d/@b", ""), ("format", "/d/@c", "…"))
    assert done == b"""<d a="20250314093000+0100" b='N' c="no moment"/>"""


def test_declared_ascii_stays_ascii() -> None:
    content = b'<?xml version="1.0" encoding="us-ascii"?><d a="1"/>'
    assert changed(content, ("replace", "/d/@a", "é")) == content.replace(b'"1"', b'"&#233;"')


def test_any_attributes_of_the_official_example(official: bytes) -> None:
    """Random attributes get random values: read again, these alone are different; all else is the same bytes."""
    chance = random.Random(58)  # noqa: S311 (not for secrets)
    tree = tree_of(official)
    paths = paths_of(tree.root.iter("*"))
    places = [(element, name) for element in paths for name in element.attrib if not name.startswith("{")]
    letters = "aé\"'<>&\n\t œ0"
    for count in (1, 3, 40, 400):
        chosen = chance.sample(places, count)
        values = {place: "".join(chance.choices(letters, k=chance.randrange(9))) for place in chosen}
        operations = [("replace", f"{paths[element]}/@{name}", value) for (element, name), value in values.items()]
        done = changed(official, *operations)
        again = etree.fromstring(done, etree.XMLParser(remove_comments=True))
        for mine, theirs in zip(tree.root.iter(), again.iter(), strict=True):
            expected = {name: values.get((mine, name), value) for name, value in mine.attrib.items()}
            assert (mine.tag, mine.text, mine.tail, expected) == (
                theirs.tag,
                theirs.text,
                theirs.tail,
                dict(theirs.attrib),
            )
        assert _outside_values(done) == _outside_values(official)


def _outside_values(content: bytes) -> bytes:
    """The bytes of a document without the values of its attributes, comments kept whole."""
    value = rb"(<!--.*?-->)|(\s=?\s*|=\s*)(?:\"[^\"]*\"|'[^']*')"
    return re.sub(value, lambda found: found[1] or found[2] + b'""', content, flags=re.DOTALL)


def test_without_a_correction_the_bytes_are_the_very_same(official: bytes) -> None:
    for content in (official, b"\xef\xbb\xbf" + official, SMALL.replace("UTF-8", "UTF-16").encode("utf-16")):
        assert changed(content) is content


def test_a_document_judged_again_has_lost_what_was_repaired_and_nothing_else(
    official: bytes, catalogue: Catalogue, judge_cda
) -> None:
    """The official example, and every document of the corpus with one fault."""
    applied = 0
    for content in [official, *(path.read_bytes() for path in sorted((CORPUS / "cda" / "fautes").iterdir()))]:
        before = _told(judge_cda(content).anomalies)
        done = repair(content, catalogue=catalogue, facts=Facts())
        after = _told(done.verdict.anomalies)
        assert before - after >= _told(done.applied)
        assert after - before == Counter()
        assert _outside_values(done.content) == _outside_values(content)
        assert (done.content == content) is (not done.applied)
        applied += len(done.applied)
    assert applied >= 5


def _told(anomalies: list[Anomaly] | tuple[Anomaly, ...]) -> Counter[tuple[str, str]]:
    return Counter((anomaly.rule, anomaly.location.path) for anomaly in anomalies)


def test_thousands_of_corrections_at_once(valid_document: str, catalogue: Catalogue) -> None:
    """Four thousand siblings, half of them to repair."""
    faulty = '<act classCode="ACT" moodCode="EVN"><effectiveTime value="2024-08-10"/></act>'
    sound = faulty.replace("2024-08-10", "20240810")
    document = valid_document.replace("</entry>", "</entry><entry>" + (faulty + sound) * 2_000 + "</entry>", 1)
    done = repair(document.encode(), catalogue=catalogue, facts=Facts())
    assert done.content.decode() == document.replace("2024-08-10", "20240810")
    assert len(done.applied) == 2_000
