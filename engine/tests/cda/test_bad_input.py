"""Bad input on purpose: a named refusal, in bounded memory, that repeats nothing of the document nor of a library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sidoba_engine.anomaly import Severity
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.cda.encoding import ADMITTED
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.wrap import bundle_of
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict_json import encode, judgement_object

MARK = "Zyxwvutsr"
"""A word that only the documents hold: it must never come out."""

ROOT = '<ClinicalDocument xmlns="urn:hl7-org:v3">'
MODEL = '<templateId root="1.2.250.1.213.1.1.1.58"/>'
END = "</ClinicalDocument>"
FATAL = {f"R-CDA-{number:03}" for number in (1, 2, 3, 4, 5, 10, 11)}
LIBRARIES = re.compile(
    r"lxml|libxml|expat|xmlparse|etree|token|mismatched|not well-formed|Namespace |Traceback|Error|Exception|None\b"
    r"|codec|decode|unexpected|line \d|column \d|parser|Start tag|StartTag|EndTag|Premature|Extra content",
    re.IGNORECASE,
)
ENTITIES = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(30))
WORD = f"{MARK} {MARK}"

REFUSED: list[tuple[str, str | bytes, str]] = [
    ("an external entity", f'<!DOCTYPE c [<!ENTITY x SYSTEM "file:///{MARK}">]>{ROOT}{MODEL}&x;{END}', "R-CDA-003"),
    ("an external DTD", f'<!DOCTYPE c PUBLIC "{MARK}" "http://127.0.0.1:9/{MARK}">{ROOT}{END}', "R-CDA-003"),
    ("a parameter entity", f'<!DOCTYPE c [<!ENTITY % p SYSTEM "{MARK}"> %p;]>{ROOT}{END}', "R-CDA-003"),
    ("an exponential bomb", f'<!DOCTYPE c [<!ENTITY e0 "{WORD}">{ENTITIES}]>{ROOT}&e30;{END}', "R-CDA-003"),
    ("a quadratic bomb", f'<!DOCTYPE c [<!ENTITY a "{MARK * 9000}">]>{ROOT}{"&a;" * 9000}{END}', "R-CDA-003"),
    ("a bomb in attributes", f'<!DOCTYPE c [<!ENTITY a "{MARK}">]>{ROOT}<b c="{"&a;" * 900}"/>{END}', "R-CDA-003"),
    ("a DOCTYPE behind comments", f"<!-- {WORD} -->\n<?{MARK} ?>\n<!DOCTYPE {MARK}>{ROOT}{END}", "R-CDA-003"),
    ("a DOCTYPE in lower case", f"<!doctype {MARK}>{ROOT}{END}", "R-CDA-003"),
    ("a DOCTYPE inside", f"{ROOT}{MODEL}<!DOCTYPE {MARK}>{END}", "R-CDA-001"),
    ("an undeclared entity", f"{ROOT}{MODEL}&{MARK};{END}", "R-CDA-001"),
    ("an undeclared entity in an attribute", f'{ROOT}{MODEL}<id root="&{MARK};"/>{END}', "R-CDA-001"),
    ("an entity without its end", f"{ROOT}{MODEL}&{MARK}{END}", "R-CDA-001"),
    ("a null character", f"{ROOT}{MODEL}<title>{MARK}\0{MARK}</title>{END}", "R-CDA-001"),
    ("a null in a tag", f"{ROOT}{MODEL}<{MARK}\0/>{END}", "R-CDA-001"),
    ("a null by reference", f"{ROOT}{MODEL}<title>{MARK}&#0;</title>{END}", "R-CDA-001"),
    ("a reference beyond Unicode", f"{ROOT}{MODEL}<title>{MARK}&#x110000;</title>{END}", "R-CDA-001"),
    ("a huge reference", f"{ROOT}{MODEL}<title>{MARK}&#{'9' * 9000};</title>{END}", "R-CDA-001"),
    ("a control character by reference", f"{ROOT}{MODEL}<title>{MARK}&#8;</title>{END}", "R-CDA-001"),
    ("a half surrogate by reference", f"{ROOT}{MODEL}<title>{MARK}&#xD800;</title>{END}", "R-CDA-001"),
    ("a character that is none", f"{ROOT}{MODEL}<title>{MARK}\ufffe</title>{END}", "R-CDA-001"),
    ("an attribute twice", f'{ROOT}{MODEL}<id {MARK}="1" {MARK}="2"/>{END}', "R-CDA-001"),
    (
        "an attribute twice by its namespace",
        f'{ROOT}{MODEL}<id xmlns:a="{MARK}" xmlns:b="{MARK}" a:x="1" b:x="2"/>{END}',
        "R-CDA-001",
    ),
    ("two roots", f"{ROOT}{MODEL}{END}{ROOT}{MARK}{END}", "R-CDA-001"),
    ("text after the root", f"{ROOT}{MODEL}{END}{MARK}", "R-CDA-001"),
    ("crossed tags", f"{ROOT}{MODEL}<{MARK}></{MARK}2>{END}", "R-CDA-001"),
    ("an undeclared prefix", f"{ROOT}{MODEL}<{MARK}:id/>{END}", "R-CDA-001"),
    ("an undeclared prefix of attribute", f'{ROOT}{MODEL}<id {MARK}:root="1"/>{END}', "R-CDA-001"),
    ("a prefix that is reserved", f'{ROOT}{MODEL}<id xmlns:xmlns="{MARK}"/>{END}', "R-CDA-001"),
    ("a prefix of nothing", f'{ROOT}{MODEL}<id xmlns:{MARK}=""/>{END}', "R-CDA-001"),
    ("two dashes in a comment", f"{ROOT}{MODEL}<!-- {MARK} -- {MARK} -->{END}", "R-CDA-001"),
    ("the end of a section", f"{ROOT}{MODEL}{MARK}]]>{END}", "R-CDA-001"),
    ("an attribute without quotes", f"{ROOT}{MODEL}<id root={MARK}/>{END}", "R-CDA-001"),
    ("a tag in an attribute", f'{ROOT}{MODEL}<id root="<{MARK}>"/>{END}', "R-CDA-001"),
    ("XML 1.1", f'<?xml version="1.1"?>{ROOT}{MODEL}<title>{MARK}&#1;</title>{END}', "R-CDA-001"),
    ("20 000 levels", f"{ROOT}{MODEL}{f'<{MARK}>' * 20_000}{f'</{MARK}>' * 20_000}{END}", "R-CDA-005"),
    ("20 000 levels never closed", f"{ROOT}{MODEL}{f'<{MARK}>' * 20_000}", "R-CDA-005"),
    ("a million siblings", f"{ROOT}{MODEL}{f'<{MARK}/>' * 1_000_000}{END}", "R-CDA-004"),
    ("an unknown encoding", f'<?xml version="1.0" encoding="{MARK}"?>{ROOT}{END}', "R-CDA-002"),
    ("a wrong encoding", f"{ROOT}{MODEL}<title>é{MARK}</title>{END}".encode("latin-1"), "R-CDA-002"),
    ("bytes of UTF-7", f'<?xml version="1.0" encoding="UTF-7"?>{ROOT}+ADw-{MARK}{END}', "R-CDA-002"),
    ("UTF-32", f"{ROOT}{MODEL}{MARK}{END}".encode("utf-32"), "R-CDA-002"),
    ("an overlong sequence", ROOT.encode() + b"\xc0\xbc" + MARK.encode() + END.encode(), "R-CDA-002"),
    ("a half surrogate", f"{ROOT}{MARK}".encode("utf-16-le") + b"\x00\xd8" + END.encode("utf-16-le"), "R-CDA-002"),
    ("a biology report", f'{ROOT}<code code="11502-2" displayName="{MARK}"/>{END}', "R-CDA-011"),
    ("a prescription", f'{ROOT}<code code="57833-6"/><title>{MARK}</title>{END}', "R-CDA-011"),
    ("a document of no known kind", f'{ROOT}<code code="{MARK}"/>{END}', "R-CDA-011"),
    ("a template twice", f"{ROOT}{MODEL}{MODEL}<title>{MARK}</title>{END}", "R-CDA-011"),
    (
        "a stylesheet around a document",
        f'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">{MARK}{ROOT}{END}'
        "</xsl:stylesheet>",
        "R-CDA-010",
    ),
    ("a FHIR bundle in XML", f'<Bundle xmlns="http://hl7.org/fhir"><id value="{MARK}"/></Bundle>', "R-CDA-010"),
    ("a FHIR bundle in JSON", f'{{"resourceType": "Bundle", "id": "{MARK}"}}', "R-CDA-010"),
    ("JSON", f'{{"nom": "{MARK}"}}', "R-CDA-010"),
    ("an HTML page", f"<!DOCTYPE html><html><body>{MARK}</body></html>", "R-CDA-010"),
    ("an XHTML page", f'<html xmlns="http://www.w3.org/1999/xhtml">{MARK}</html>', "R-CDA-010"),
    ("another root", f"<{MARK}/>", "R-CDA-010"),
    ("a PDF", f"%PDF-1.7\n{MARK}", "R-CDA-010"),
    ("gzip bytes", b"\x1f\x8b\x08" + MARK.encode(), "R-CDA-010"),
    ("a text", WORD, "R-CDA-010"),
    ("a table", f"nom;prenom\n{MARK};{MARK}", "R-CDA-010"),
    ("an HL7 v2 message", f"MSH|^~\\&|{MARK}", "R-CDA-010"),
    ("nothing", "", "R-CDA-001"),
    ("blanks", " \n\t\r ", "R-CDA-001"),
    ("a byte order mark", b"\xef\xbb\xbf", "R-CDA-001"),
]


def as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


@pytest.fixture(scope="module")
def refused_with(catalogue: Catalogue):
    """The only anomaly's rule, once sure that the refusal repeats nothing of the document nor of a library."""

    def call(content: bytes) -> tuple[str, str]:
        document = read_cda(content, catalogue=catalogue, facts=Facts(), index=0)
        assert document.content is None, "let in"
        (anomaly,) = document.anomalies
        said = anomaly.message + anomaly.hint + anomaly.location.path + str(anomaly.value)
        assert MARK.lower() not in said.lower(), said
        assert not LIBRARIES.search(anomaly.message + anomaly.hint), said
        assert not re.search(r"\{\w*\}", anomaly.message + anomaly.hint)
        return anomaly.rule, anomaly.message

    return call


def test_each_is_refused_by_its_rule(refused_with) -> None:
    wrong = {}
    for name, content, rule in REFUSED:
        found, message = refused_with(as_bytes(content))
        if found != rule:
            wrong[name] = (found, message)
    assert not wrong
    assert {rule for _, _, rule in REFUSED} == FATAL


@pytest.mark.parametrize("door", [Door.ANY, Door.CDA_BUNDLE])
def test_by_every_door_the_whole_verdict_repeats_nothing(catalogue: Catalogue, door: Door) -> None:
    """Sent bare, at the door of the command line and at that of WS07, where no bare document is taken."""
    for name, content, _ in REFUSED:
        (verdict,) = judge(as_bytes(content), catalogue=catalogue, facts=Facts(), door=door)
        written = encode(judgement_object(verdict)).decode()
        assert not verdict.is_conformant, name
        assert MARK.lower() not in written.lower(), (name, written)


def test_cut_at_any_byte(refused_with, official: bytes) -> None:
    """Every length of a small document in three encodings, and 500 of the official example: always told as cut."""
    before = f'<?xml version="1.0" encoding="%s"?>\n<!-- é {MARK} -->\n'
    text = f'{before}{ROOT}{MODEL}<title a="é">{MARK} &amp; é<b/></title>{END}'
    wrong = []
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        whole = (text % encoding).encode(encoding)
        wrong += [(encoding, size) for size in range(2, len(whole)) if not is_cut(refused_with(whole[:size]), size)]
    step = len(official) / 500
    for size in (int(number * step) for number in range(1, 500)):
        if not is_cut(refused_with(official[:size]), size):
            wrong.append(("official", size))
    assert not wrong


def is_cut(refusal: tuple[str, str], size: int) -> bool:
    """A byte order mark alone is an empty document."""
    rule, message = refusal
    return rule == "R-CDA-001" and ("tronqué" in message or (size < 4 and "vide" in message))


def test_nothing_is_fetched_and_nothing_is_included(catalogue: Catalogue, tmp_path: Path) -> None:
    """XInclude, stylesheets and schema locations: plain text for us. The file named holds the mark."""
    secret = tmp_path / "secret.xml"
    secret.write_text(f"<title>{MARK}</title>")
    inclusion = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    content = (
        f'<?xml-stylesheet type="text/xsl" href="{secret.as_uri()}"?>'
        f'<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="urn:hl7-org:v3 {secret.as_uri()}">{MODEL}<title>{inclusion}</title>{END}'
    )
    document = read_cda(content.encode(), catalogue=catalogue, facts=Facts(), index=0)
    assert document.content is not None
    assert "".join(document.content.root.itertext()) == ""
    assert document.content.root.find(".//{http://www.w3.org/2001/XInclude}include") is not None


def test_what_only_the_rules_can_refuse_is_refused_by_name(catalogue: Catalogue, synthetic: bytes) -> None:
    """An inclusion, an unknown type, a type of an unknown prefix, an element and an attribute of nobody."""
    inclusion = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    mark = MARK.encode()
    changed = {
        "include": synthetic.replace(b"</title>", b"</title>" + inclusion, 1),
        "value/@type": re.sub(rb'xsi:type="(?!x)[^"]*"', b'xsi:type="' + mark + b'"', synthetic, count=1),
        "value/@type ": re.sub(rb'xsi:type="', b'xsi:type="' + mark + b":", synthetic, count=1),
        MARK: synthetic.replace(b"</title>", b"</title><" + mark + b"/>", 1),
        f"title/@{MARK}": synthetic.replace(b"<title", b"<title " + mark + b'="1"', 1),
    }
    for end, content in changed.items():
        (verdict,) = judge(content, catalogue=catalogue, facts=Facts())
        blocking = [item for item in verdict.anomalies if item.severity is Severity.BLOCKING]
        assert [item.rule for item in blocking] == ["R-CDA-007"], (end, blocking)
        assert blocking[0].location.path.endswith(end.strip())
        assert blocking[0].location.line is not None


@pytest.mark.parametrize("extension", ["1.0.1", "1.1.0-ballot", "9.9.9", MARK])
def test_the_version_a_template_declares_decides_nothing(
    catalogue: Catalogue, synthetic: bytes, extension: str
) -> None:
    """At most an information (R-CDA-012); all the rest of the verdict is the same."""
    template = rb'<templateId root="1\.2\.250\.1\.213\.1\.1\.1\.58"[^>]*/>'
    written = b'<templateId root="1.2.250.1.213.1.1.1.58" extension="' + extension.encode() + b'"/>'
    plain, changed = (re.sub(template, text, synthetic) for text in (MODEL.encode(), written))
    assert plain != changed
    rules = []
    for content in (plain, changed):
        (verdict,) = judge(content, catalogue=catalogue, facts=Facts(Environment.PRODUCTION))
        assert not [item for item in verdict.anomalies if item.rule == "R-CDA-012" and item.severity != "information"]
        rules.append([(item.rule, item.severity) for item in verdict.anomalies if item.rule != "R-CDA-012"])
    assert rules[0] == rules[1]


@pytest.mark.parametrize("authority", ["1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"])
@pytest.mark.parametrize("environment", list(Environment))
def test_test_and_demonstration_authorities_are_refused_in_production(
    catalogue: Catalogue, synthetic: bytes, authority: str, environment: Environment
) -> None:
    content = synthetic.replace(b"1.2.250.1.213.1.4.10", authority.encode())
    body = json.dumps(bundle_of([content])).encode()
    (verdict,) = judge(body, catalogue=catalogue, facts=Facts(environment), door=Door.CDA_BUNDLE)
    (found,) = [item for item in verdict.anomalies if item.rule == "R-CDA-047"]
    assert (found.severity is Severity.BLOCKING) is (environment is Environment.PRODUCTION)
    assert verdict.is_conformant is (environment is Environment.SANDBOX)


def test_namespaces_are_kept_for_the_types_of_values(catalogue: Catalogue) -> None:
    """`xsi:type` is a qualified name: the prefixes in force where it stands must outlive the door."""
    for prefix, written in (("c", "c:CD"), ("", "CD"), ("été", "été:CD")):
        mark = f"{prefix}:" if prefix else ""
        declared = f"xmlns:{prefix}" if prefix else "xmlns"
        content = (
            f'<{mark}ClinicalDocument {declared}="urn:hl7-org:v3" xmlns:q="http://www.w3.org/2001/XMLSchema-instance">'
            f'<{mark}templateId root="1.2.250.1.213.1.1.1.58"/><{mark}value q:type="{written}"/>'
            f"</{mark}ClinicalDocument>"
        )
        opened = read_cda(content.encode(), catalogue=catalogue, facts=Facts(), index=0).content
        value = opened.root.find("{urn:hl7-org:v3}value")
        assert value.nsmap[prefix or None] == "urn:hl7-org:v3"
        assert value.get("{http://www.w3.org/2001/XMLSchema-instance}type") == written


def test_every_admitted_name_of_encoding(catalogue: Catalogue) -> None:
    wrong = []
    for name, codec in ADMITTED.items():
        written = "elève" if codec != "utf-8" or not name.endswith("ascii") else "eleve"
        content = f'<?xml version="1.0" encoding="{name}"?>{ROOT}{MODEL}<title>{written}</title>{END}'.encode(codec)
        opened = read_cda(content, catalogue=catalogue, facts=Facts(), index=0).content
        if opened is None or opened.root.findtext("{*}title") != written:
            wrong.append(name)
    assert not wrong


def test_a_path_does_not_repeat_names_of_any_length(catalogue: Catalogue) -> None:
    content = f"{ROOT}{MODEL}<{MARK * 9000}><b/></{MARK * 9000}>{END}"
    tree = read_cda(content.encode(), catalogue=catalogue, facts=Facts(), index=0).content
    (place,) = Places(tree.source, tree.root).locations([(tree.root[1][0], None)])
    assert len(place.path) < 120 and place.path.endswith("…/b")
    assert place.column == content.index("<b/>") + 1


MEASURING = Path(__file__).with_name("memory_of_bad_input.py")


def measures() -> Iterator[tuple[str, dict[str, Any]]]:
    done = subprocess.run([sys.executable, str(MEASURING)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        name, answer = json.loads(line)
        yield (
            name,
            json.loads(answer) if answer else {"size": 0, "taken": sys.maxsize, "rules": ["ended by the system"]},
        )


def test_memory_is_bounded_by_the_input() -> None:
    """At most 96 bytes a byte received, and 300 MB whatever is received; every case ends by itself."""
    found = dict(measures())
    assert len(found) == 25
    greedy = {name: item for name, item in found.items() if item["taken"] > min(96 * item["size"] + 2**24, 300 * 2**20)}
    assert not greedy
    assert {name for name, item in found.items() if not item["rules"]} == {
        "as many as admitted",
        "a name of 3 MB",
        "references",
        "sections",
        "text between as many",
        "one text of 20 MB",
        "base64 in UTF-16",
    }
