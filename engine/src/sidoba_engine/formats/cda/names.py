"""Names of the CDA world: namespaces and object identifiers (OIDs) that code, not only rules, must know."""

from __future__ import annotations

HL7 = "urn:hl7-org:v3"
SDTC = "urn:hl7-org:sdtc"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
FHIR = "http://hl7.org/fhir"
XSLT = "http://www.w3.org/1999/XSL/Transform"
XHTML = "http://www.w3.org/1999/xhtml"

DICOM = "urn:dicom-org:ps3-20"

PREFIXES = {"sdtc": SDTC, "xsi": XSI, "dicom": DICOM}
"""Prefixes that rules may write; no prefix means HL7 for elements and no namespace for attributes."""

CLINICAL_DOCUMENT = f"{{{HL7}}}ClinicalDocument"
TEMPLATE_ID = f"{{{HL7}}}templateId"
ID = f"{{{HL7}}}id"
RECORD_TARGET = f"{{{HL7}}}recordTarget"

TDDUI_TEMPLATE = "1.2.250.1.213.1.1.1.58"
"""Template of the TDDUI export (document type EXPORT_DUI)."""

STRUCTURE_ROOT = "1.2.250.1.71.4.2.2"
"""Struct_idNat: identifiers of structures, `1` + FINESS among others."""

INS_ROOTS = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})
"""INS-NIR, INS-NIA, then the test and the demonstration authorities."""


def hl7(*names: str) -> str:
    """A path of HL7 elements for lxml's `find` family: `hl7("author", "time")`."""
    return "/".join(f"{{{HL7}}}{name}" for name in names)


def local_name(tag: str) -> str:
    """`id` for `{urn:hl7-org:v3}id`."""
    return tag.rpartition("}")[2]
