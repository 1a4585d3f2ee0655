"""The door: what is let in, and why the rest is not; one fatal anomaly, placed, in our own words."""

from __future__ import annotations

import codecs
import gzip
import re

import pytest
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.document import Document

ROOT = '<ClinicalDocument xmlns="urn:hl7-org:v3">'
MODEL = '<templateId root="1.2.250.1.213.1.1.1.58"/>'
END = "</ClinicalDocument>"
WORDS_OF_LIBRARIES = re.compile(r"lxml|libxml|expat|token|namespace|Traceback|not well-formed", re.IGNORECASE)


@pytest.fixture
def opened(catalogue: Catalogue):
    def call(content: bytes | str) -> Document:
        written = content.encode() if isinstance(content, str) else content
        return read_cda(written, catalogue=catalogue, facts=Facts(), index=4)

    return call


@pytest.fixture
def refusal(opened):
    def call(content: bytes | str) -> Anomaly:
        document = opened(content)
        assert document.content is None
        (anomaly,) = document.anomalies
        assert anomaly.severity == "bloquante"
        assert anomaly.stage == "enveloppe"
        assert not WORDS_OF_LIBRARIES.search(anomaly.message + anomaly.hint)
        assert not re.search(r"\{\w*\}|None", anomaly.message + anomaly.hint)
        return anomaly

    return call


def test_a_tddui_document_is_let_in(opened, synthetic: bytes) -> None:
    document = opened(synthetic)
    assert (document.index, document.type, document.anomalies) == (4, "cda-tddui", [])
    assert document.content is not None


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("¶", "vide"),
        ("¶ \n", "vide"),
        (f"{ROOT}<title>¶", "tronqué"),
        (f"{ROOT}\n<title>é</ti¶", "tronqué"),
        ("<Clin¶", "tronqué"),
        (f"<!-- {ROOT}¶", "tronqué"),
        (f"{ROOT}<title>x</¶Title>{END}", "n'est pas celle de l'élément ouvert"),
        (f"{ROOT}<title>a &¶ b</title>{END}", "caractère interdit"),
        (f"{ROOT}<title>¶\x01</title>{END}", "caractère interdit"),
        (f"{ROOT}¶\x00{END}", "caractère interdit"),
        (f'{ROOT}\n<id root="1" ¶root="2"/>{END}', "deux fois"),
        (f"{ROOT}{END}\n¶{ROOT}{END}", "suit la fin"),
        (f"{ROOT}¶&nom;{END}", "entité inconnue"),
        (f"{ROOT}¶&#0;{END}", "référence numérique"),
        (f"{ROOT}¶<c:id/>{END}", "préfixe"),
        (f"{ROOT}<![CDATA[x{END}¶", "tronqué"),
        (f" ¶<?xml version='1.0'?>{ROOT}{END}", "tout début"),
        (f"<?xml version='2.0'¶?>{ROOT}{END}", "version de XML"),
    ],
)
def test_what_is_not_xml_is_placed_and_explained(refusal, content: str, cause: str) -> None:
    """The mark ¶ stands where the fault must be placed."""
    before = content[: content.index("¶")]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    anomaly = refusal(content.replace("¶", ""))
    assert anomaly.rule == "R-CDA-001"
    assert cause in anomaly.message
    assert (anomaly.location.line, anomaly.location.column) == place
    assert f"ligne {place[0]}, colonne {place[1]}" in anomaly.message


def test_cut_anywhere_a_document_is_said_to_be_truncated(refusal, synthetic: bytes) -> None:
    """Every length of the first kilobyte, then one in 97: nothing else may be told of a document that was cut."""
    body = synthetic.rstrip()
    lengths = [*range(1, 1000), *range(1000, len(body), 97), len(body) - 1]
    for length in lengths:
        anomaly = refusal(body[:length])
        assert (anomaly.rule, "tronqué" in anomaly.message) == ("R-CDA-001", True), length


def test_utf_16_cut_in_the_middle_of_a_character(refusal, synthetic: bytes) -> None:
    wide = synthetic.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert "tronqué" in refusal(wide[:2001]).message


DOCTYPES = [
    '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE c SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!DOCTYPE c [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
    '<!DOCTYPE c [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    f'<!DOCTYPE c [<!ENTITY a "{"x" * 50_000}">]>',
    "<!doctype c>",
    "<!-- <!DOCTYPE in a comment --> <?pi <!DOCTYPE ?>\n<!DOCTYPE c>",
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_a_doctype_is_refused_before_anything_is_read(refusal, doctype: str, encoding: str) -> None:
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{doctype}\n{ROOT}{MODEL}&a;&c;{END}'
    anomaly = refusal(text.encode(encoding))
    assert anomaly.rule == "R-CDA-003"
    assert anomaly.location.line == 2 + doctype.count("\n")
    assert "passwd" not in anomaly.message + anomaly.hint


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- <!DOCTYPE x> -->{ROOT}{MODEL}{END}",
        f"<?note <!DOCTYPE x> ?>{ROOT}{MODEL}{END}",
        f"{ROOT}{MODEL}<title><![CDATA[<!DOCTYPE x>]]></title>{END}",
        f"{ROOT}{MODEL}<title>&lt;!DOCTYPE x&gt;</title><!-- <!DOCTYPE y> -->{END}",
    ],
)
def test_the_word_doctype_in_mere_text_is_no_doctype(opened, text: str) -> None:
    assert opened(text).content is not None


def test_blanks_before_the_root(opened) -> None:
    assert opened("\n " * 5000 + ROOT + MODEL + END).content is not None


def test_size_is_bounded(refusal, opened) -> None:
    filler = 20 * 1024 * 1024 - len(ROOT + MODEL + END) - len("<title></title>")
    exact = f"{ROOT}{MODEL}<title>{'x' * filler}</title>{END}"
    assert opened(exact).content is not None, "a single text of 20 MiB is within the limit"
    anomaly = refusal(exact + " ")
    assert anomaly.rule == "R-CDA-004"
    assert "20971521" in anomaly.message
    assert "20971520" in anomaly.message


def test_depth_is_bounded(refusal, opened) -> None:
    def nested(levels: int) -> str:
        return ROOT + MODEL + "<a>" * levels + "</a>" * levels + END

    assert opened(nested(127)).content is not None
    for levels in (128, 2100, 10_000, 20_000):
        anomaly = refusal(nested(levels))
        assert anomaly.rule == "R-CDA-005"
        assert anomaly.location.column == len(ROOT + MODEL) + 127 * 3 + 1
    assert refusal(ROOT + "<a>" * 10_000).rule == "R-CDA-005"


NODES = 500_000


@pytest.mark.parametrize("repeated", ["<b/>", '<b a=""/>', "<!---->", "<?a?>", "x<b/>", "<b>x</b>"])
def test_the_number_of_nodes_is_bounded(refusal, opened, repeated: str) -> None:
    """The root, the template and its attribute are three; each repetition costs one, or two with an attribute."""
    exact = ROOT + MODEL + repeated * ((NODES - 3) // (1 + repeated.count("=")))
    assert opened(exact + END).content is not None
    anomaly = refusal(exact + repeated + END)
    assert anomaly.rule == "R-CDA-004"
    assert "500001 éléments" in anomaly.message and "pour 500000 admis" in anomaly.message
    assert anomaly.location.line == 1
    assert anomaly.location.column == len(exact) + 1 + repeated.index("<")


@pytest.mark.parametrize("number", [256, 257, NODES])
def test_the_number_of_attributes_of_one_element_is_bounded(refusal, opened, number: int) -> None:
    many = " ".join(f'a{rank}=""' for rank in range(number))
    content = f"{ROOT}{MODEL}\n <b {many}/>{END}"
    if number == 256:
        assert opened(content).content is not None
        return
    anomaly = refusal(content)
    assert (anomaly.rule, anomaly.location.line, anomaly.location.column) == ("R-CDA-004", 2, 2)
    assert "257 attributs ou plus sur un même élément, pour 256" in anomaly.message


def test_the_number_of_prefixes_in_force_is_bounded(refusal, opened) -> None:
    """One for the default namespace; what is declared again and forgotten each time is not in force."""
    declared = [f'<b xmlns:p{rank}="u">' for rank in range(64)]
    exact = ROOT + MODEL + "".join(declared[:63])
    assert opened(exact + "</b>" * 63 + END).content is not None
    anomaly = refusal(exact + declared[63] + "</b>" * 64 + END)
    assert (anomaly.rule, anomaly.location.column) == ("R-CDA-004", len(exact) + 1)
    assert "65 préfixes" in anomaly.message
    assert opened(ROOT + MODEL + '<b xmlns:x="u"/>' * 5000 + END).content is not None


def test_signs_that_are_no_nodes_are_not_counted(opened) -> None:
    """`=` in text, closing tags, sections of mere text."""
    text = "=" * NODES + "<![CDATA[<=]]>" * 100_000
    assert opened(f"{ROOT}{MODEL}<title>{text}</title>{END}").content is not None


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        (None, "utf-8"),
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        (None, "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
        ("ISO-8859-1", "iso-8859-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
    ],
)
def test_admitted_encodings_give_the_same_tree(opened, declared: str | None, codec: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    document = opened(f"{declaration}{ROOT}{MODEL}<title>élève</title>{END}".encode(codec))
    assert document.content is not None, document.anomalies
    assert document.content.root.findtext("{*}title") == "élève"


@pytest.mark.parametrize(
    ("content", "declared", "finding"),
    [
        (f'<?xml version="1.0" encoding="UTF-8"?>\n{ROOT}élève{END}'.encode("latin-1"), "UTF-8", "octets"),
        (f"{ROOT}élève{END}".encode("latin-1"), "aucun, donc UTF-8", "octets"),
        (f"{ROOT}<!-- élève -->{END}".encode("latin-1"), "aucun, donc UTF-8", "octets"),
        (f"<!-- élève -->{ROOT}{END}".encode("latin-1"), "aucun, donc UTF-8", "octets"),
        (f'<?xml version="1.0" encoding="UTF-8"?>{ROOT}{END}'.encode("utf-16"), "UTF-8", "sont de l'UTF-16"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{ROOT}{END}'.encode(), "UTF-16", "ne sont pas de l'UTF-16"),
        (codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "ISO-8859-1", "BOM"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "un encodage non admis", "pas reçu"),
        (b'<?xml version="1.0" encoding="EBCDIC-FR"?><a/>', "un encodage non admis", "pas reçu"),
        (f"{ROOT}{END}".encode("utf-32"), "aucun, donc UTF-8", "pas reçu"),
        (b'<?xml version="1.0" encoding="windows-1252"?><a>\x81</a>', "windows-1252", "octets"),
        (f"{ROOT}\xff{END}".encode("latin-1"), "aucun, donc UTF-8", "octets"),
        (f"{ROOT}".encode() + b"\xed\xa0\x80" + END.encode(), "aucun, donc UTF-8", "octets"),
    ],
)
def test_an_encoding_that_lies_is_named(refusal, content: bytes, declared: str, finding: str) -> None:
    anomaly = refusal(content)
    assert anomaly.rule == "R-CDA-002"
    assert f"({declared})" in anomaly.message
    assert finding in anomaly.message


def test_the_first_bad_byte_is_placed(refusal) -> None:
    anomaly = refusal(f"{ROOT}\n<title>é".encode() + b"\xe9</title>")
    assert (anomaly.location.line, anomaly.location.column) == (2, 9)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "un PDF"),
        (gzip.compress(b"<a/>"), "gzip"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "une image"),
        (b'{"resourceType": "Bundle"}', "une ressource FHIR en JSON"),
        (b'{"nombre_de_places": 40}', "du JSON"),
        (b"[1, 2]", "du JSON"),
        (b"{\\rtf1 texte}", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "un document bureautique"),
        (b"PK\x03\x04\x14\x00....[Content_Types].xml", "un document bureautique"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "une image"),
        (b"\x01\x02\x03\x04", "binaire"),
        ("{}".encode("utf-16"), "du JSON"),
        (b"PD94bWwgdmVyc2lvbj0iMS4wIj8+", "une fois de trop"),
        (b"MSH|^~\\&|", "HL7 v2"),
        (b"nom;prenom\n", "n'est pas du XML"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "un Bundle FHIR"),
        (b'<f:DocumentReference xmlns:f="http://hl7.org/fhir"/>', "un DocumentReference FHIR"),
        (b'<Patient xmlns="http://hl7.org/fhir"/>', "ressource FHIR"),
        (b'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"/>', "feuille de style XSLT)"),
        (
            b'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"/>'
            b'<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="11502-2"/></ClinicalDocument></x:stylesheet>',
            "auto-présentable",
        ),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "une page HTML"),
        (b'<x:html xmlns:x="http://www.w3.org/1999/xhtml"/>', "une page HTML"),
        (b"<ClinicalDocument/>", "hors de l'espace de noms"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v2"/>', "hors de l'espace de noms"),
        (b'<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3"/>', "HL7 v3"),
        (b"<SECRET-NOM/>", "XML d'un autre genre"),
    ],
)
def test_what_was_sent_instead_is_told(refusal, opened, content: bytes, found: str) -> None:
    anomaly = refusal(content)
    assert anomaly.rule == "R-CDA-010"
    assert found in anomaly.message
    assert "SECRET" not in anomaly.message
    assert opened(content).type == "inconnu"


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ('<code code="11490-0"/>', "une lettre de liaison"),
        ('<code code="11502-2"/>', "biologiques"),
        ('<templateId root="1.2.250.1.213.1.1.1.29"/><code code="57833-6"/>', "prescription"),
        ('<code code="EXPORT_DUI"/>', "du bon type"),
        (MODEL + MODEL, "plusieurs fois"),
        ('<code code="DUPONT"/>', "d'un autre modèle"),
        ("", "d'un autre modèle"),
    ],
)
def test_another_cda_document_is_told_by_its_kind(refusal, inside: str, found: str) -> None:
    anomaly = refusal(f"{ROOT}{inside}{END}")
    assert anomaly.rule == "R-CDA-011"
    assert found in anomaly.message
    assert anomaly.location.path == "/ClinicalDocument"
    assert "DUPONT" not in anomaly.message


@pytest.mark.parametrize("prefix", ["c", "x-1.y", "ns0", "xmlié"])
def test_namespace_prefixes_of_any_kind(opened, prefix: str) -> None:
    template = f'<{prefix}:templateId root="1.2.250.1.213.1.1.1.58"/>'
    start, end = f'<{prefix}:ClinicalDocument xmlns:{prefix}="urn:hl7-org:v3">', f"</{prefix}:ClinicalDocument>"
    assert opened(start + template + end).content is not None
