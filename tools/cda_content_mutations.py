"""Changes made at random (seeded) to a CDA document, for the content model: most break it, some do not."""

from __future__ import annotations

import copy
from random import Random

from lxml import etree

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
HL7 = "{urn:hl7-org:v3}"
SDTC = "{urn:hl7-org:sdtc}"
PHARM = "{urn:ihe:pharm:medication}"
NAMES = [
    "id",
    "code",
    "title",
    "text",
    "section",
    "entry",
    "observation",
    "value",
    "effectiveTime",
    "low",
    "high",
    "center",
    "width",
    "name",
    "family",
    "given",
    "addr",
    "city",
    "templateId",
    "author",
    "performer",
    "participant",
    "component",
    "statusCode",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "list",
    "item",
    "content",
    "paragraph",
    "qualifier",
    "translation",
    "originalText",
    "reference",
    "typeId",
    "nullFlavour",
    "Code",
    "titel",
]
ATTRIBUTES = [
    "code",
    "codeSystem",
    "root",
    "extension",
    "value",
    "unit",
    "nullFlavor",
    "classCode",
    "moodCode",
    "typeCode",
    "use",
    "operator",
    "ID",
    "styleCode",
    "use",
    "qualifier",
    "representation",
    "mediaType",
    "inversionInd",
    "negationInd",
    "displayable",
    "contextControlCode",
    "partType",
    "xmlid",
    "Root",
]
# No value of white space alone: libxml2 takes it for a list of words, which must have one.
VALUES = (
    "",
    "x",
    "EVN",
    " EVN ",
    "OBS",
    "UNK",
    "NA",
    "1.2.3",
    "1.02",
    "3",
    "-12",
    "4.5",
    "1e3",
    "INF",
    "abc def",
    "true",
    "TRUE",
    "1",
    "20240101",
    "20240101120000+0100",
    "2024-01-01",
    "H WP",
    "H  HP",
    "BR",
    "COMP",
    "SUBJ",
    "B64",
    "TXT",
    "0102030405",
    "tel:0102030405",
    "+33:1",
    ":x",
    "http://[x",
    "a%zz",
    "mailto:a@b",
    "text/plain",
    "\u00a0",
    "é",
    "a:b",
    "12345678-1234-1234-1234-123456789abc",
    "ABCD",
    "QUJD",
    "QUI=",
    "?",
    "00",
    "FRE",
    "I",
    "A",
    "CLUSTER",
    "DOCCLIN",
)
TYPES = [
    "CD",
    "CE",
    "CV",
    "CS",
    "ST",
    "ED",
    "INT",
    "REAL",
    "PQ",
    "MO",
    "TS",
    "IVL_TS",
    "PIVL_TS",
    "EIVL_TS",
    "IVL_PQ",
    "BL",
    "BN",
    "II",
    "TEL",
    "AD",
    "EN",
    "PN",
    "ON",
    "ANY",
    "QTY",
    "SXPR_TS",
    "RTO",
    "RTO_PQ_PQ",
    "CO",
    "SC",
    "ANYNonNull",
    "SLIST_PQ",
    "GLIST_TS",
    "UVP_TS",
    "HXIT_CE",
    "BXIT_CD",
    "Inconnu",
    "hl7:CE",
    "xs:string",
    "bl",
    "x_ActMood",
    "POCD_MT000040.Act",
    "StrucDoc.Text",
]


def mutated(root: etree._Element, random: Random) -> tuple[etree._Element, str]:
    """A changed copy, and what was changed in words."""
    changed = copy.deepcopy(root)
    elements = list(changed.iter("*"))
    change = random.choice(CHANGES)
    for _ in range(50):
        element = random.choice(elements)
        told = change(element, random)
        if told:
            return changed, told
    return changed, "nothing"


def _drop(element: etree._Element, random: Random) -> str:
    parent = element.getparent()
    if parent is None:
        return ""
    told = f"drop {element.tag}"
    parent.remove(element)
    return told + f" of {parent.tag}"


def _twice(element: etree._Element, random: Random) -> str:
    if element.getparent() is None:
        return ""
    element.addnext(copy.deepcopy(element))
    return f"twice {element.tag}"


def _move(element: etree._Element, random: Random) -> str:
    parent = element.getparent()
    if parent is None or len(parent) < 2:
        return ""
    others = [child for child in parent.iterchildren("*") if child is not element]
    if not others:
        return ""
    random.choice(others).addnext(element)
    return f"move {element.tag}"


def _elsewhere(element: etree._Element, random: Random) -> str:
    other = random.choice(list(element.getroottree().getroot().iter("*")))
    clone = copy.deepcopy(element)
    if len(clone) > 20:
        return ""
    other.insert(random.randint(0, len(other)), clone)
    return f"insert {element.tag} in {other.tag}"


def _rename(element: etree._Element, random: Random) -> str:
    if element.getparent() is None:
        return ""
    before = element.tag
    element.tag = random.choice((HL7, HL7, HL7, HL7, SDTC, PHARM, "")) + random.choice(NAMES)
    return f"rename {before} to {element.tag}"


def _add(element: etree._Element, random: Random) -> str:
    name = random.choice((HL7, HL7, HL7, SDTC, PHARM, "{urn:x}", "")) + random.choice(NAMES)
    element.insert(random.randint(0, len(element)), etree.Element(name))
    return f"add {name}"


def _attribute_added(element: etree._Element, random: Random) -> str:
    name = random.choice(("", "", "", "", "", SDTC, "{urn:x}")) + random.choice(ATTRIBUTES)
    element.set(name, random.choice(VALUES))
    return f"set @{name}={element.get(name)!r}"


def _attribute_dropped(element: etree._Element, random: Random) -> str:
    if not element.attrib:
        return ""
    name = random.choice(list(element.attrib))
    del element.attrib[name]
    return f"drop @{name!s}"


def _attribute_renamed(element: etree._Element, random: Random) -> str:
    if not element.attrib:
        return ""
    name = random.choice(list(element.attrib))
    new = random.choice(ATTRIBUTES)
    element.set(new, element.attrib.pop(name))
    return f"rename @{name!s} to @{new}"


def _value(element: etree._Element, random: Random) -> str:
    if not element.attrib:
        return ""
    name = random.choice(list(element.attrib))
    element.set(name, random.choice(VALUES))
    return f"@{name!s}={element.get(name)!r}"


def _typed(element: etree._Element, random: Random) -> str:
    if element.get(XSI_TYPE) is None and random.random() < 0.7:
        return ""
    element.set(XSI_TYPE, random.choice(TYPES))
    return f"xsi:type={element.get(XSI_TYPE)} on {element.tag}"


def _text(element: etree._Element, random: Random) -> str:
    text = random.choice(("mot", "\u00a0", "  \n", "12"))
    if random.random() < 0.5 or element.getparent() is None:
        element.text = (element.text or "") + text
        return f"text {text!r} in {element.tag}"
    element.tail = (element.tail or "") + text
    return f"text {text!r} after {element.tag}"


def _xsi(element: etree._Element, random: Random) -> str:
    if element.tag.startswith(PHARM):
        return ""
    name = random.choice(("nil", "other"))
    element.set(XSI_TYPE.replace("}type", f"}}{name}"), random.choice(("true", "false")))
    return f"xsi:{name}"


CHANGES = (
    _drop,
    _drop,
    _twice,
    _move,
    _move,
    _elsewhere,
    _rename,
    _rename,
    _add,
    _attribute_added,
    _attribute_dropped,
    _attribute_renamed,
    _value,
    _value,
    _typed,
    _typed,
    _text,
    _xsi,
)
