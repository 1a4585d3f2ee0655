"""One fault per rule about the body, as changes of the text of a full synthetic document (`synthetic_cda_body`).

A change is a pair (regular expression, replacement) and applies to the first match. Each fault breaks its rule once and
no other, unless `FOLLOWING` says so; the tests of the engine hold it to that.
"""

from __future__ import annotations

import re

Change = tuple[str, str]

CISIS = "1.2.250.1.213.1.1.4.322"
UNKNOWN = (
    '<act classCode="ACT" moodCode="EVN"><templateId root="1.2.250.1.999.1"/><id root="1.2.250.1.999.1.77"/>'
    '<code nullFlavor="NA"/></act>'
)
ST = '<value xsi:type="ST">autre</value>'
EVENT, PLANNED, STAY = '-EVN-1"/>', '-EVN-2"/>', '-SEJOUR-1"/>'
USER_RIDE, STAFF_RIDE = '-TPPat-1"/>', '-TPPro-1"/>'
AGGIR_PH = '-EVAL-1"/>\n<code code="MED-1292"'
SITUATION, SERAFIN, AGGIR_PA = '-EVAL-2"/>', '-EVAL-3"/>', '-EVAL-4"/>'
MODALITY = (
    '<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
    '<templateId root="1.2.250.1.213.1.1.3.48.7"/><id root="1.2.250.1.999.1.78"/>'
    f'<code code="ORG-074" codeSystem="{CISIS}"/><text><reference value="#entree-1"/></text>'
    '<statusCode code="completed"/><effectiveTime value="20000101"/><value xsi:type="CE" nullFlavor="NA"/>'
    "</observation></component>"
)
CRITERION = (
    '<entryRelationship typeCode="COMP" inversionInd="false"><observation classCode="OBS" moodCode="EVN">'
    '<templateId root="1.2.250.1.213.1.1.3.220"/><id root="1.2.250.1.999.1.79"/>'
    f'<code code="MED-1307" codeSystem="{CISIS}"/><text><reference value="#evaluation"/></text>'
    '<statusCode code="completed"/><effectiveTime nullFlavor="NA"/><value xsi:type="BL" value="true"/>'
    "</observation></entryRelationship>"
)
COVERS = (
    '<component><section><templateId root="1.2.250.1.213.1.1.2.79"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.1.5.3.7"/><templateId root="2.16.840.1.113883.10.20.1.9"/>'
    '<code code="48768-6" codeSystem="2.16.840.1.113883.6.1"/><title>Couvertures</title><text>Aucune</text>'
    f"<entry>{UNKNOWN}</entry></section></component>"
)


def after(anchor: str, pattern: str, replacement: str) -> Change:
    """The first match after a piece of text."""
    return rf"(?s)({re.escape(anchor)}.*?){pattern}", rf"\g<1>{replacement}"


def _ride_faults(first: int, ride: str, template: str, foreign: str) -> dict[str, tuple[Change, ...]]:
    """The faults that both kinds of transport have."""
    faults = {
        0: (rf'moodCode="EVN"(>\s*<templateId root="{re.escape(template)}"/>)', r'moodCode="INT"\1'),
        1: after(ride, 'code="ORG-202"', 'code="ORG-155"'),
        2: after(ride, 'code="ORG-202"', 'code="ORG-204"'),
        3: after(ride, r"<low [^>]*/>", ""),
        4: after(ride, r"<high [^>]*/>", ""),
        5: after(ride, 'code="ORG-200"', 'code="ORG-299"'),
        6: after(ride, r'<value xsi:type="PQ"[^>]*/>', ST),
        7: after(ride, r'<value xsi:type="MO"[^>]*/>', ST),
        8: after(ride, r'<value xsi:type="IVL_TS">.*?</value>', ST),
        9: (re.escape(ride), ride.replace("-1", "").replace("-TPP", "-P")),
        10: after(ride, 'typeCode="DST"', 'typeCode="ORG"'),
        11: after(ride, 'typeCode="ORG"', 'typeCode="DST"'),
        12: after(ride, ' classCode="SDLOC"', ""),
        13: after(ride, 'typeCode="ORG"', f'typeCode="{foreign}"'),
    }
    return {f"R-CDA-{first + rank}": (change,) for rank, change in faults.items()}


FAULTS: dict[str, tuple[Change, ...]] = {
    "R-CDA-022": ((r"(\s*</structuredBody>)", rf"{COVERS}\1"),),
    "R-CDA-023": (after('1.2.249"/>', "</entry>", f"</entry><entry>{UNKNOWN}</entry>"),),
    "R-CDA-024": (after('1.2.248"/>', "</entry>", f"</entry><entry>{UNKNOWN}</entry>"),),
    "R-CDA-025": (after('1.2.246"/>', "</entry>", f"</entry><entry>{UNKNOWN}</entry>"),),
    "R-CDA-026": (after('1.2.37"/>', "</entry>", f"</entry><entry>{UNKNOWN}</entry>"),),
    "R-CDA-027": (
        after(
            EVENT,
            "<entryRelationship",
            f'<entryRelationship typeCode="COMP">{UNKNOWN}</entryRelationship><entryRelationship',
        ),
    ),
    "R-CDA-028": (after(STAY, "</organizer>", f"<component>{UNKNOWN}</component></organizer>"),),
    "R-CDA-120": (('code="GEN-351"', 'code="GEN-999"'),),
    "R-CDA-121": (after(STAY, r"<id root=\"1\.2\.250\.1\.71\.4\.2\.2\"[^>]*/>", ""),),
    "R-CDA-122": (after(STAY, '<participant typeCode="RESP">', '<participant typeCode="LOC">'),),
    "R-CDA-123": (after(STAY, ' classCode="ENT"', ""),),
    "R-CDA-124": ((r'(<id [^>]*-SEJOUR-)1"/>', r'\g<1>1"/>\g<1>2"/>'),),
    "R-CDA-125": ((r"-SEJOUR-1", "-1"),),
    "R-CDA-126": ((r'moodCode="EVN"(>\s*<templateId root="[\d.]*\.48\.6"/>)', r'moodCode="RQO"\1'),),
    "R-CDA-127": (
        (
            r'<value xsi:type="CE" nullFlavor="NA"/>',
            r'<value xsi:type="CE"><originalText>Domicile</originalText></value>',
        ),
    ),
    "R-CDA-128": ((r'(<value xsi:type="CE" nullFlavor=)"NA"', r'\1"UNK"'),),
    "R-CDA-129": (
        after(
            STAY,
            "</organizer>",
            f"{MODALITY}{MODALITY.replace('1.78', '1.80')}</organizer>".replace("20000101", "20990101"),
        ),
    ),
    "R-CDA-130": (after(STAY, "</organizer>", f"{MODALITY}</organizer>"),),
    "R-CDA-140": ((r'(<encounter classCode="ENC" moodCode=)"INT"', r'\1"RQO"'),),
    "R-CDA-141": ((r'2\.16\.840\.1\.113883\.10\.20\.1\.25"', '2.16.840.1.113883.10.20.1.21"'),),
    "R-CDA-142": (after(EVENT, 'code="GEN-367"', 'code="GEN-999"'),),
    "R-CDA-143": ((r'(<id [^>]*-EVN-)1"/>', r'\g<1>1"/>\g<1>3"/>'),),
    "R-CDA-144": ((r"-EVN-1", "-1"),),
    "R-CDA-145": (after(EVENT, 'code="GEN-364"', 'code="GEN-999"'),),
    "R-CDA-146": (after(EVENT, 'code="MED-1298"', 'code="MED-9999"'),),
    "R-CDA-147": (after(EVENT, 'code="GEN-364"', 'code="GEN-363"'),),
    "R-CDA-148": (after(EVENT, r"<low [^>]*/>", ""),),
    "R-CDA-149": (after(EVENT, r"<high [^>]*/>", ""),),
    "R-CDA-150": (after(EVENT, r"(<scopingEntity [^>]*>\s*)<id [^>]*/>", r"\g<2>"),),
    "R-CDA-151": (
        (r'(?s)<component>\s*<section>\s*<templateId root="[\d.]*\.2\.249"/>.*?</section>\s*</component>', ""),
        after(EVENT, r'<participant typeCode="RESP">.*?</participant>', ""),
    ),
    "R-CDA-152": (after(EVENT, r"(<assignedEntity>\s*)(<id [^>]*/>)", r"\g<2>\g<3>\g<3>"),),
    "R-CDA-153": (after(EVENT, 'code="GEN-347"', 'code="GEN-999"'),),
    "R-CDA-154": (after('code="GEN-347"', "<value [^>]*/>", ST),),
    "R-CDA-155": (after('code="38887-6"', "<value [^>]*/>", ST),),
    "R-CDA-156": (after('code="106177-9"', "<value [^>]*/>", ST),),
    "R-CDA-157": (
        after('code="GEN-349"', "<value .*?</value>", f'<value xsi:type="CE" code="ORG-206" codeSystem="{CISIS}"/>'),
    ),
    "R-CDA-158": (('code="ORG-206"', 'code="ORG-299"'),),
    "R-CDA-159": (('code="ORG-208"', 'code="ORG-299"'),),
    "R-CDA-160": (('code="ORG-206"', 'code="ORG-207"'),),
    "R-CDA-161": (after(EVENT, ' classCode="SDLOC"', ""),),
    "R-CDA-162": (after(EVENT, ' classCode="PLC"', ""),),
    "R-CDA-163": (
        after(EVENT, "<scopingEntity", '<playingEntity classCode="PLC" determinerCode="INSTANCE"/><scopingEntity'),
    ),
    "R-CDA-164": (after(EVENT, r"(<participant .*?</participant>)", r"\g<2>\g<2>"),),
    "R-CDA-165": (('code="REALISE"', 'code="TERMINE"'),),
    "R-CDA-166": (after(PLANNED, 'code="ANNULE"', 'code="REALISE"'),),
    "R-CDA-167": ((r'code="38887-6" codeSystem="[^"]*"', f'code="GEN-347" codeSystem="{CISIS}"'),),
    **_ride_faults(180, USER_RIDE, "1.3.6.1.4.1.19376.1.5.3.1.1.10.4.1", "LOC"),
    "R-CDA-194": (('code="3.2.4.1"', 'code="3.2.9"'),),
    "R-CDA-195": (after('code="MED-1124"', "<value [^>]*/>", ST),),
    **_ride_faults(200, STAFF_RIDE, "1.2.250.1.213.1.1.3.216", "LOC"),
    "R-CDA-214": ((r'(?s)<participant typeCode="RCV">.*?</participant>', ""),),
    "R-CDA-215": ((' classCode="ROL"', ""),),
    "R-CDA-216": (after('classCode="ROL"', "<id [^>]*/>", ""),),
    "R-CDA-217": (after('classCode="ROL"', r"(<scopingEntity>\s*)<id [^>]*/>", r"\g<2>"),),
    "R-CDA-220": ((' unit="km"', ""),),
    "R-CDA-221": ((' currency="EUR"', ""),),
    "R-CDA-240": (('code="MED-1291"', 'code="MED-9999"'), ('code="MED-1291"', 'code="MED-9999"')),
    "R-CDA-241": ((r'xsi:type="CD"( code="MED-340")', r'xsi:type="CE"\1'),),
    "R-CDA-242": (('code="MED-340"', 'code="MED-999"'),),
    "R-CDA-243": (after(SITUATION, 'code="MED-1290"', 'code="MED-1328"'),),
    "R-CDA-244": (
        ('code="MED-1290"', 'code="MED-1328"'),
        ('code="MED-1290"', 'code="MED-1328"'),
        ('code="MED-1291"', 'code="MED-1328"'),
        ('code="MED-1291"', 'code="MED-1328"'),
    ),
    "R-CDA-245": (
        after(SERAFIN, r"<performer.*?</performer>\s*<author>.*?</author>\s*<participant.*?</participant>", ""),
    ),
    "R-CDA-246": (after(AGGIR_PH, 'typeCode="RESP"', 'typeCode="LOC"'),),
    "R-CDA-247": (after(AGGIR_PH, r"(<participantRole>\s*)<id [^>]*/>", r"\g<2>"),),
    "R-CDA-248": (after(AGGIR_PH, r"(<scopingEntity>\s*)<id [^>]*/>", r"\g<2>"),),
    "R-CDA-249": (after(AGGIR_PH, r"(<representedOrganization>\s*)<id [^>]*/>", r"\g<2>"),),
    "R-CDA-250": (after(AGGIR_PH, r"(<assignedEntity>\s*)<id [^>]*/>", r'\g<2><id nullFlavor="UNK"/>'),),
    "R-CDA-251": (after(SITUATION, 'nullFlavor="NA"', 'nullFlavor="UNK"'),),
    "R-CDA-252": (after(SITUATION, 'code="R15"', 'code="R99"'),),
    "R-CDA-253": (after(AGGIR_PH, 'code="d510"', 'code="d999"'),),
    "R-CDA-254": (after(AGGIR_PA, 'code="d5100"', 'code="d999"'),),
    "R-CDA-255": (after(SERAFIN, 'code="1.1.1"', 'code="9.9"'),),
    "R-CDA-256": (after(SITUATION, '<value xsi:type="BL"[^>]*/>', ST),),
    "R-CDA-257": (after(AGGIR_PH, r'xsi:type="CD"( code="qf0")', r'xsi:type="CE"\g<2>'),),
    "R-CDA-258": (after(SERAFIN, r'<value xsi:type="INT"[^>]*/>', ST),),
    "R-CDA-259": (after(AGGIR_PH, 'code="qf0"', 'code="qf9"'),),
    "R-CDA-260": (after(AGGIR_PH, 'code="MED-1307"', 'code="MED-1399"'),),
    "R-CDA-261": (after(AGGIR_PH, '<value xsi:type="BL"[^>]*/>', ST),),
    "R-CDA-262": (after(AGGIR_PH, 'code="d3608"', 'code="b114"'),),
    "R-CDA-263": (after(AGGIR_PA, 'code="d3608"', 'code="b114"'),),
    "R-CDA-264": (after(AGGIR_PH, 'code="MED-1310"', 'code="MED-1309"'),),
    "R-CDA-265": (after(SITUATION, r'(<value xsi:type="BL"[^>]*/>)', rf"\g<2>{CRITERION}"),),
    "R-CDA-266": (('code="TERMINE"', 'code="PLANIFIE"'),),
    "R-CDA-267": (after(SITUATION, 'code="R15"', 'code="R32"'),),
    "R-CDA-268": (("-EVAL-3", "-3"),),
    "R-CDA-269": (after('code="GEN-365"', 'value="false"', 'value="true"'),),
    "R-CDA-270": (after(SERAFIN, r'<effectiveTime value="\d{4}', '<effectiveTime value="2099'),),
    "R-CDA-280": (('code="REALISE"', 'code="FAIT"'),),
    "R-CDA-281": (after('code="ANNULE"', "<qualifier>.*?</qualifier>", ""),),
    "R-CDA-282": (('code="GEN-358"', 'code="GEN-999"'),),
    "R-CDA-300": ((r'(representation="B64">[^<]*)[^<]</value>', r"\1</value>"),),
    "R-CDA-301": ((' representation="B64"', ""),),
    "R-CDA-302": ((' mediaType="application/pdf"', ""),),
    "R-CDA-303": ((">JVBERi0", ">iVBORw0"),),
    "R-CDA-304": (('referencedObject="PJ-1"', 'referencedObject="PJ-1 PJ-2"'),),
    "R-CDA-305": ((r"<renderMultiMedia [^>]*/>", "Compte rendu"),),
    "R-CDA-310": (('value="#evenement"', 'value="#ailleurs"'),),
    "R-CDA-311": (('value="#evenement"', 'value="evenement"'),),
    "R-CDA-312": ((r'-EVAL-1("/>\s*<code nullFlavor)', r"-EVAL-9\1"),),
    "R-CDA-330": (after(SERAFIN, r'<effectiveTime value="[^"]*"', '<effectiveTime value="20230229"'),),
    "R-CDA-331": (('<effectiveTime nullFlavor="NA"/>', '<effectiveTime nullFlavor="NA" value="20240101"/>'),),
    "R-CDA-332": (after(EVENT, r'<high value="[^"]*"', '<high value="20010101"'),),
    "R-CDA-333": (
        after(EVENT, r'<low value="([^"]*)"/>\s*<high [^>]*/>', r'<low value="\g<2>"/><high value="\g<2>"/>'),
    ),
    "R-CDA-334": (after('1.2.246"/>', "(<id [^>]*)/>", r'\g<2> nullFlavor="UNK"/>'),),
    "R-CDA-335": (after('1.2.246"/>', r'(<id root=)"[^"]*"', r'\g<2>"1.2.250.01"'),),
    "R-CDA-336": (("-EVN-1", f"-EVN-1{'0' * 64}"),),
    "R-CDA-337": (('<code nullFlavor="NA"/>', "<code/>"),),
    "R-CDA-338": (('<code nullFlavor="NA"/>', '<code code="1"/>'),),
    "R-CDA-339": (('<code nullFlavor="NA"/>', '<code nullFlavor="NA" code="1" codeSystem="1.2.250.1.999.1"/>'),),
    "R-CDA-340": (
        ('<code nullFlavor="NA"/>', '<code displayName="Visite"><originalText>Visite</originalText></code>'),
    ),
    "R-CDA-341": (after('code="38887-6"', 'value="true"', 'value="1"'),),
    "R-CDA-342": (('value="4" unit', 'value="quatre" unit'),),
    "R-CDA-343": (('unit="min"', 'unit="minutes"'),),
    "R-CDA-344": (after('code="69764-9"', ' xsi:type="CD"', ""),),
    "R-CDA-345": ((r'(<code code="GEN-347")', r'\1 displayName="Hors prestation"'),),
}

_SCHEMA = frozenset({"R-CDA-007"})
"""What the CDA schema says too."""
FOLLOWING: dict[str, frozenset[str]] = {
    "R-CDA-304": _SCHEMA,
    "R-CDA-335": _SCHEMA,
    "R-CDA-341": _SCHEMA,
    "R-CDA-342": _SCHEMA,
    "R-CDA-344": _SCHEMA,
    "R-CDA-127": frozenset({"R-CDA-128", "R-CDA-947"}),  # neither code nor nullFlavor: not the nullFlavor asked for
    "R-CDA-253": frozenset({"R-CDA-262"}),  # a field of no grid is one that the grid misses
    "R-CDA-254": frozenset({"R-CDA-263"}),
    "R-CDA-260": frozenset({"R-CDA-264"}),
    "R-CDA-262": frozenset({"R-CDA-267"}),  # a field missing, replaced by another given twice
    "R-CDA-263": frozenset({"R-CDA-267"}),
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
