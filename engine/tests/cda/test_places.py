"""Paths, lines and columns."""

from __future__ import annotations

import pytest
from lxml import etree
from sidoba_engine.anomaly import Severity
from sidoba_engine.formats.cda.places import Places, paths_of

SOURCE = (
    '<a xmlns="urn:x" xmlns:p="urn:y">\n'
    '\t<b k="1"/><!-- <b/> -->\r\n'
    "  <p:b\r\n   é='> b k=1' \n p:k = 'x'/>"
    f"<long>{'A' * 300_000}</long><c/>\n"
    "<élé\n k='2'/><c><d/></c></a>"
).encode()
ROOT = etree.fromstring(SOURCE)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("/a", 1, 1),
        ("/a/b[1]", 2, 2),
        ("/a/b[1]/@k", 2, 5),
        ("/a/b[2]", 3, 3),
        ("/a/b[2]/@é", 4, 4),
        ("/a/b[2]/@k", 5, 2),
        ("/a/long", 5, 13),
        ("/a/c[1]", 5, 13 + 300_000 + len("<long></long>")),
        ("/a/élé", 6, 1),
        ("/a/élé/@k", 7, 2),
        ("/a/c[2]/d", 7, 12),
    ],
)
def test_places(path: str, line: int, column: int) -> None:
    place = Places(SOURCE, ROOT).locate(path)
    assert (place.path, place.line, place.column) == (path, line, column)


@pytest.mark.parametrize("path", ["/a/z", "/a/b[3]", "/z", "/a/b[0]", "/", "", "/a/b[x]"])
def test_what_is_nowhere_has_no_line(path: str) -> None:
    place = Places(SOURCE, ROOT).locate(path)
    assert (place.path, place.line, place.column) == (path, None, None)


def test_every_path_leads_back_to_its_element() -> None:
    places = Places(SOURCE, ROOT)
    for element, path in paths_of(ROOT.iter("*")).items():
        assert places._element_at(path) is element


def test_indices_only_among_siblings_of_that_name() -> None:
    assert list(paths_of(ROOT.iter("*")).values()) == [
        "/a", "/a/b[1]", "/a/b[2]", "/a/long", "/a/c[1]", "/a/élé", "/a/c[2]", "/a/c[2]/d"
    ]  # fmt: skip


@pytest.mark.timeout(60)
def test_thousands_of_faulty_siblings_cost_no_square(judge_cda, synthetic: bytes) -> None:
    """Fifteen thousand faulty identifiers under one parent: some seconds, where the square would take minutes."""
    ids = b'<id root="1.2.250.1.71.4.2.2"/>' * 15_000
    content = synthetic.replace(b"</entry>", b"</entry><entry><act>" + ids + b"</act></entry>")
    anomalies = judge_cda(content).anomalies
    found = [anomaly for anomaly in anomalies if anomaly.rule == "R-CDA-105"]
    assert len(found) == 15_000
    assert found[-1].location.path.endswith("/entry[2]/act/id[15000]")


def test_thousands_of_places_in_one_reading() -> None:
    source = b"<a>" + b"<b/>\n" * 20_000 + b"</a>"
    root = etree.fromstring(source)
    places = Places(source, root).locations([(child, None) for child in root])
    assert [place.line for place in places] == list(range(1, 20_001))
    assert places[-1].path == "/a/b[20000]"


def test_a_document_of_anomalies_is_examined_up_to_a_limit_and_says_so(judge_cda, synthetic: bytes) -> None:
    """Its last anomaly is the one that says so; it blocks, since what follows was not looked for."""
    ids = b'<id root="1.2.250.1.71.4.2.2" extension="x"/>' * 30_000
    content = synthetic.replace(b"</entry>", b"</entry><entry><act>" + ids + b"</act></entry>")
    anomalies = judge_cda(content).anomalies
    assert len(anomalies) == 20_001
    (limit,) = [anomaly for anomaly in anomalies if anomaly.rule == "R-ENV-029"]
    assert limit.severity is Severity.BLOCKING
    assert "20000" in limit.message
