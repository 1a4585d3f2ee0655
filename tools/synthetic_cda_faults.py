"""One fault per rule, as changes of the text of a synthetic document: what to look for, what to write instead.

A change is a pair (regular expression, replacement) and applies to the first match. Each fault breaks its rule and no
other, unless `FOLLOWING` says so; the tests of the engine hold it to that.
"""

from __future__ import annotations

import re

Change = tuple[str, str]

_AUTHOR_CODE = r"(<assignedAuthor>\s*<id [^>]*/>\s*)<code [^>]*/>"
_PERFORMER = r"(?s)\s*<performer.*?</performer>"
_CUSTODIAN_ID = r"(<representedCustodianOrganization>\s*)<id [^>]*/>"
_FACILITY_CODE = r'(?s)<code code="SA41".*?>'
_LOCAL_ID = r'<id root="1\.2\.250\.1\.999\.1\.58" extension="3[^"]*"/>\s*<addr'
_INS_ID = r'<id root="1\.2\.250\.1\.213\.1\.4\.10" extension="([^"]*)"/>'
_SECTION_TEMPLATE = r'<templateId root="1\.2\.250\.1\.213\.1\.1\.2\.249"/>'

FAULTS: dict[str, tuple[Change, ...]] = {
    "R-CDA-001": ((r"(?s)<setId.*", ""),),
    "R-CDA-003": ((r"(<ClinicalDocument )", r"<!DOCTYPE ClinicalDocument>\n\1"),),
    "R-CDA-006": ((r"(<ClinicalDocument )", r'<?xml-stylesheet type="text/xsl" href="cda.xsl"?>\n\1'),),
    "R-CDA-007": ((r"(<setId [^>]*/>)(\s*)(<versionNumber [^>]*/>)", r"\3\2\1"),),
    "R-CDA-010": ((r'xmlns="urn:hl7-org:v3"', 'xmlns="urn:example:autre"'),),
    "R-CDA-011": ((r'<templateId root="1\.2\.250\.1\.213\.1\.1\.1\.58"[^>]*/>', ""),),
    "R-CDA-012": ((r'extension="1\.0\.1"', 'extension="9.9"'),),
    "R-CDA-013": ((r'"fr-FR"', '"fr"'),),
    "R-CDA-014": ((r'<effectiveTime value="(\d{8})[^"]*"', r'<effectiveTime value="\1"'),),
    "R-CDA-015": ((r'<versionNumber value="1"', '<versionNumber value="un"'),),
    "R-CDA-016": ((r'<versionNumber value="1"', '<versionNumber value="2"'),),
    "R-CDA-017": (
        (r'<versionNumber value="1"', '<versionNumber value="2"'),
        (
            r'(?s)(<id root="([^"]*)"/>.*?)(\s*<componentOf>)',
            r'\1<relatedDocument typeCode="RPLC"><parentDocument><id root="\2"/></parentDocument></relatedDocument>\3',
        ),
    ),
    "R-CDA-018": ((r"(?s)<structuredBody>.*</structuredBody>", "<structuredBody/>"),),
    "R-CDA-019": ((r"(<structuredBody>)", r"<nonXMLBody><text/></nonXMLBody>\1"),),
    "R-CDA-020": ((_SECTION_TEMPLATE, '<templateId root="1.2.250.1.213.1.1.2.1"/>'),),
    "R-CDA-021": ((r"(</entry>)(\s*</section>)", r"\1<component><section/></component>\2"),),
    "R-CDA-030": ((r'<family qualifier="BR">[^<]*</family>', ""),),
    "R-CDA-031": ((r'<given qualifier="BR">[^<]*</given>', ""),),
    "R-CDA-032": ((r"<given>[^<]*</given>", ""),),
    "R-CDA-033": ((r"<birthTime [^>]*/>", '<birthTime nullFlavor="UNK"/>'),),
    "R-CDA-034": ((r"<county>[^<]*</county>", "<county> </county>"),),
    "R-CDA-035": ((r"<administrativeGenderCode [^>]*/>", '<administrativeGenderCode nullFlavor="UNK"/>'),),
    "R-CDA-036": ((_INS_ID, ""),),
    "R-CDA-037": ((r'<given qualifier="CL">', '<given qualifier="SP">'),),
    "R-CDA-038": ((r'<family qualifier="CL">', '<family qualifier="SP">'),),
    "R-CDA-039": ((r'<birthTime value="(\d{4})[^"]*"', r'<birthTime value="\1-01-01"'),),
    "R-CDA-040": ((r"(<birthplace>)", r"<guardian/>\1"),),
    "R-CDA-041": (
        (
            r"(<birthplace>)",
            r'<guardian><guardianPerson><name><family qualifier="IN"/></name></guardianPerson></guardian>\1',
        ),
    ),
    "R-CDA-042": ((r"(</county>\s*</addr>\s*</place>)", r"\1<place/>"),),
    "R-CDA-043": ((r"(<birthplace>)", r'<raceCode nullFlavor="UNK"/>\1'),),
    "R-CDA-044": ((_INS_ID, r'<id root="1.2.250.1.213.1.4.10" extension="INS \1"/>'),),
    "R-CDA-045": ((r'(4\.10" extension="\d{13})\d\d"', r'\g<1>99"'),),
    "R-CDA-046": ((f"({_INS_ID})", r'\1<id root="1.2.250.1.213.1.4.9" extension="\2"/>'),),
    "R-CDA-048": ((r'<birthTime value="\d{4}', '<birthTime value="2099'),),
    "R-CDA-049": ((_LOCAL_ID, "<addr"),),
    "R-CDA-060": ((r"(?s)(<author>.*?</author>)", r"\1\1"),),
    "R-CDA-061": ((r'(<assignedAuthor>\s*<id root=")[^"]*', r"\g<1>1.2.250.1.999.1"),),
    "R-CDA-062": ((r'(<assignedAuthor>\s*<id root="[^"]*" extension=")[^"]*', r"\g<1>810000000009"),),
    "R-CDA-063": ((_AUTHOR_CODE, r'\1<code code="SNR" displayName="Service" codeSystem="1.2.250.1.213.1.1.4.6"/>'),),
    "R-CDA-064": ((r"(?s)<assignedAuthoringDevice>.*?</assignedAuthoringDevice>", ""),),
    "R-CDA-065": ((r"(?s)<representedOrganization>.*?</representedOrganization>", ""),),
    "R-CDA-066": ((r'<time value="(\d{8})[^"]*"', r'<time value="\1"'),),
    "R-CDA-067": (
        (
            r"(<assignedAuthoringDevice>)",
            r"<assignedPerson><name><family>NOM</family><prefix>M.</prefix></name></assignedPerson>\1",
        ),
    ),
    "R-CDA-068": (
        (
            r"(<assignedAuthoringDevice>)",
            r"<assignedPerson><name><family>NOM</family><suffix>Dr</suffix></name></assignedPerson>\1",
        ),
    ),
    "R-CDA-070": ((r'(<representedCustodianOrganization>\s*<id root=")[^"]*', r"\g<1>1.2.250.1.213.4.1"),),
    "R-CDA-071": ((_CUSTODIAN_ID, r'\1<id root="1.2.250.1.71.4.2.2" extension=""/>'),),
    "R-CDA-075": ((r'(<signatureCode code="S"/>\s*<assignedEntity>\s*<id root=")[^"]*', r"\g<1>1.2.250.1.999.1"),),
    "R-CDA-076": (
        (r'(<signatureCode code="S"/>\s*<assignedEntity>\s*<id root="[^"]*" extension=")[^"]*', r"\g<1>810000000009"),
    ),
    "R-CDA-077": ((r'(<signatureCode code="S"/>\s*<assignedEntity>\s*<id [^>]*/>\s*<code code=")[^"]*', r"\g<1>SNR"),),
    "R-CDA-080": ((_PERFORMER, ""),),
    "R-CDA-081": ((r"(?s)(<serviceEvent>\s*)<effectiveTime>.*?</effectiveTime>", r"\1"),),
    "R-CDA-082": ((r'(<performer typeCode="PRF">\s*<assignedEntity>\s*<id root=")[^"]*', r"\g<1>1.2.250.1.999.1"),),
    "R-CDA-083": ((r'(<performer typeCode="PRF">\s*<assignedEntity>\s*<id [^>]*/>\s*<code code=")[^"]*', r"\g<1>SNR"),),
    "R-CDA-084": ((r'(<standardIndustryClassCode code=")[^"]*', r"\g<1>ETABLISSEMENT"),),
    "R-CDA-085": ((r"(<serviceEvent>)", r'\1<code code="34133-9"/>'),),
    "R-CDA-090": ((r'<code code="SA41"', '<code code="SA07"'),),
    "R-CDA-091": ((r"<translation [^>]*/>", ""),),
    "R-CDA-092": ((r'<translation code="354"', '<translation code="500"'),),
    "R-CDA-095": (
        (
            r"(\s*<documentationOf>)",
            r'<participant typeCode="INF"><time nullFlavor="NA"/><associatedEntity classCode="NOK"/></participant>\1',
        ),
    ),
    "R-CDA-096": ((r"(\s*<custodian>)", r"<informant/>\1"),),
    "R-CDA-097": (
        (
            r"(\s*<custodian>)",
            r'<informant><relatedEntity classCode="PRS"><relatedPerson><name><family>NOM</family></name>'
            r"</relatedPerson></relatedEntity></informant>\1",
        ),
    ),
    "R-CDA-098": (
        (
            r"(\s*<custodian>)",
            r'<informant><assignedEntity><id root="1.2.250.1.999.1"/></assignedEntity></informant>\1',
        ),
    ),
    "R-CDA-100": ((r'<addr use="H">', '<addr use="BIR">'),),
    "R-CDA-101": ((r'<telecom nullFlavor="UNK"/>', '<telecom value="0102030405"/>'),),
    "R-CDA-102": ((r'<telecom nullFlavor="UNK"/>', '<telecom value="tel:0102030405" use="H WP"/>'),),
    "R-CDA-103": ((r'<telecom nullFlavor="UNK"/>', '<telecom value="tel:0102030405" nullFlavor="UNK"/>'),),
    "R-CDA-104": (
        (
            r'(?s)(<performer typeCode="PRF">.*?<representedOrganization>\s*)<id [^>]*/>',
            r'\1<id nullFlavor="UNK"/>',
        ),
    ),
    "R-CDA-105": ((r'(<scopingEntity [^>]*>\s*<id root="[^"]*" extension=")[^"]*', r"\g<1>759999990"),),
    "R-CDA-106": (
        (
            r'(<participant typeCode="RESP">\s*<participantRole>)',
            r'\1<id root="1.2.250.1.71.4.2.1" extension="10000000008"/>',
        ),
    ),
    "R-CDA-107": (
        (
            r'(<participant typeCode="RESP">\s*<participantRole>)',
            r'\1<id root="1.2.250.1.71.4.2.1" extension="810000000000"/>',
        ),
    ),
    "R-CDA-313": (
        (r'(?s)(<organizer [^>]*>.*?<id root=")([^"]*)(".*<observation [^>]*>.*?<id root=")[^"]*', r"\1\2\3\2"),
    ),
    "R-CDA-524": ((r'<confidentialityCode code="N"', '<confidentialityCode code="Z"'),),
    "R-CDA-559": ((r'<administrativeGenderCode code="[^"]*"', '<administrativeGenderCode code="1"'),),
    "R-CDA-600": ((r"(<representedCustodianOrganization>\s*)(<id [^>]*/>)", r"\1\2\2"),),
}

_LABEL = frozenset({"R-CDA-345"})
"""Another code under the same label: the label is no longer that of the code."""

_CONTENT = frozenset({"R-CDA-007"})
"""The content model says it too: a missing element, one too many, a value not of its type."""

FOLLOWING: dict[str, frozenset[str]] = {
    **dict.fromkeys(("R-CDA-015", "R-CDA-018", "R-CDA-019", "R-CDA-040"), _CONTENT),
    **dict.fromkeys(("R-CDA-067", "R-CDA-068", "R-CDA-096", "R-CDA-100"), _CONTENT),
    "R-CDA-039": _CONTENT | {"R-CDA-330"},  # a birth date is a date like others
    "R-CDA-063": _LABEL,
    "R-CDA-077": _LABEL,
    "R-CDA-083": _LABEL,
    "R-CDA-084": _LABEL,
    "R-CDA-085": frozenset({"R-CDA-338"}),  # any code needs its system
    "R-CDA-090": _LABEL,
    "R-CDA-042": _CONTENT | {"R-CDA-569"},  # an empty place beside the right one is also one too many
    "R-CDA-071": _CONTENT | {"R-CDA-105"},  # an empty identifier has not the form of one either
    "R-CDA-080": frozenset({"R-CDA-084"}),  # without performer, nowhere to say ESSMS
}
"""Other rules a fault cannot help breaking."""


def faulty(text: str, rule: str) -> str:
    """The text with the fault of that rule. Raises KeyError for an unknown fault, ValueError when nothing changed."""
    changed = text
    for pattern, replacement in FAULTS[rule]:
        changed, count = re.subn(pattern, replacement, changed, count=1)
        if not count:
            raise ValueError(f"the fault {rule} finds nothing to change")
    return changed
