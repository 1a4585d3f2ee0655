"""A whole synthetic document: that of `synthetic_cda`, with events, transports, evaluations and an attachment.

Everything the body can hold is there, so that each rule about it can be broken on its own: `faults` names those to
break, `synthetic_cda_body_faults` says how. Conformant otherwise, save what is inherent to test data (R-CDA-047).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from uuid import NAMESPACE_OID, uuid5

from synthetic_cda import ISSUER, document
from synthetic_cda_body_faults import faulty

CISIS, LOINC, SNOMED = "1.2.250.1.213.1.1.4.322", "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96"
ICF, CIM10, SERAFIN = "2.16.840.1.113883.6.254", "2.16.840.1.113883.6.3", "1.2.250.1.213.3.3.60"
STATUSES = "1.2.250.1.213.3.3.250"
SECTIONS, ENTRIES = "1.2.250.1.213.1.1.2.", "1.2.250.1.213.1.1.3."
IHE, CCD = "1.3.6.1.4.1.19376.1.5.3.1.", "2.16.840.1.113883.10.20.1."
OBSERVATION = (f"{IHE}4.13", f"{ENTRIES}48")
AGGIR_PH = "b160 b114 d510 d540 d550 d530 d410 d4600 d4602 d3608"
AGGIR_PA = "b160 b114 d5100 d520 d5400 d440 d5402 d550 b5105 d5300 d5301 d410 d4600 d4602 d3608"
CRITERIA = ("MED-1307", "MED-1308", "MED-1309", "MED-1310")
SITUATION = (("R32", CIM10), ("R15", CIM10), ("E66.9", CIM10), ("MED-1294", CISIS), ("GEN-365", CISIS))
PROFESSIONAL = '<id root="1.2.250.1.71.4.2.1" extension="810000000009"/>'
COMPLETED, NO_TIME = '<statusCode code="completed"/>', '<effectiveTime nullFlavor="NA"/>'
NO_RESULT = '<value xsi:type="CD" nullFlavor="NA"/>'
ENTITY = 'classCode="ENT" determinerCode="INSTANCE"'


def full_document(*, finess: str, number: int, day: date, faults: Sequence[str] = ()) -> bytes:
    """One document with a full body. Raises KeyError for an unknown fault, ValueError when one changes nothing."""
    body = _Body(finess, number, day)
    added = body.events() + body.evaluations() + body.attachments()
    text = document(finess=finess, number=number, day=day).decode()
    text = text.replace("    </structuredBody>", f"{added}    </structuredBody>")
    for rule in faults:
        text = faulty(text, rule)
    return text.encode()


class _Body:
    """The sections of one service user; each identifier is made from the rank it is asked at."""

    def __init__(self, finess: str, number: int, day: date) -> None:
        self._seed = f"{finess}:{number}"
        self._rank = 0
        self._local = f"3{finess}/{number:06d}"
        self._structure = f'<id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>'
        self._noon = f"{day:%Y%m%d}111500+0200"
        self._day = f'<effectiveTime value="{day:%Y%m%d}"/>'
        self._interval = _in("effectiveTime", f'<low value="{day:%Y%m%d}103000+0200"/><high value="{self._noon}"/>')

    def events(self) -> str:
        """An event done, with its transports, and a planned one, cancelled."""
        head = _templates(f"{SECTIONS}248") + self._id() + _code("89793-4", LOINC)
        done = self._event("EVN", f"{CCD}21", 1, self._done())
        planned = self._event("INT", f"{CCD}25", 2, self._status("ANNULE", _qualifier("GEN-348", "GEN-358")))
        return _section(head, ("evenement", "Visite à domicile"), (done, planned))

    def evaluations(self) -> str:
        """The four evaluations that have rules of their own, in a group each."""
        head = _templates("2.16.840.1.113883.10.22.3.8", f"{SECTIONS}246") + self._id() + _code("47420-5", LOINC)
        situation = [self._field(code, system, _boolean(code == "R32")) for code, system in SITUATION]
        need = self._field("1.1.1", SERAFIN, '<value xsi:type="INT" value="2"/>')
        groups = (
            self._group("MED-1292", 1, _coded("MED-340", CISIS), self._grid(AGGIR_PH) + self._status("TERMINE")),
            self._group("MED-1290", 2, NO_RESULT, "".join(situation)),
            self._group("MED-1291", 3, NO_RESULT, need),
            self._group("MED-1293", 4, _coded("MED-342", CISIS), self._grid(AGGIR_PA)),
        )
        return _section(head, ("evaluation", "Évaluation"), groups)

    def attachments(self) -> str:
        """One document, which the text cites."""
        head = _templates(f"{SECTIONS}37") + _code("55107-7", LOINC)
        content = b64encode(b"%PDF-1.4 (document de synthese)").decode()
        value = _in("value", content, 'mediaType="application/pdf" representation="B64"')
        kind = (*OBSERVATION, f"{ENTRIES}48.18")
        parts = self._observation(kind, _code("69764-9", LOINC), "piece", self._day + NO_RESULT)
        media = _in("observationMedia", value, 'classCode="OBS" moodCode="EVN" ID="PJ-1"')
        entry = _templates(f"{ENTRIES}18") + self._id() + _code("55107-7", LOINC) + COMPLETED
        entry += _in("component", parts, 'typeCode="COMP"') + _in("component", media)
        return _section(head, ("piece", '<renderMultiMedia referencedObject="PJ-1"/>'), (_organizer(entry),))

    def _id(self) -> str:
        self._rank += 1
        return f'<id root="{str(uuid5(NAMESPACE_OID, f"{self._seed}:body:{self._rank}")).upper()}"/>'

    def _named(self, kind: str, number: int) -> str:
        return f'<id root="{ISSUER}" extension="{self._local}-{kind}-{number}"/>'

    def _event(self, mood: str, ccd: str, number: int, content: str) -> str:
        kinds = _qualifier("GEN-364", "MED-1298") + _qualifier("GEN-363", "2.1.1.1", SERAFIN)
        site = _in("playingEntity", "<name>Domicile</name>", 'classCode="PLC" determinerCode="INSTANCE"')
        owner = _in("participantRole", _in("scopingEntity", self._structure, ENTITY))
        return _in(
            "encounter",
            _templates(ccd, f"{ENTRIES}215")
            + self._named("EVN", number)
            + _code("GEN-367", CISIS, kinds)
            + _text("evenement")
            + self._interval
            + _in("performer", _in("assignedEntity", PROFESSIONAL), 'typeCode="PRF"')
            + _place("LOC", site)
            + _in("participant", owner, 'typeCode="RESP"')
            + content,
            f'classCode="ENC" moodCode="{mood}"',
        )

    def _done(self) -> str:
        detail = _in("value", _qualifier(None, "ORG-208"), f'xsi:type="CD" code="ORG-206" codeSystem="{CISIS}"')
        comment = _templates(f"{CCD}40", f"{IHE}4.2", f"{ENTRIES}32") + _code("48767-8", LOINC) + _text("evenement")
        reference = _templates(f"{IHE}4.4.1", f"{ENTRIES}36") + self._named("EVAL", 1) + '<code nullFlavor="NA"/>'
        return (
            self._detail("GEN-347", CISIS, _boolean(False))
            + self._detail("38887-6", LOINC, _boolean(True))
            + self._detail("106177-9", LOINC, f'<value xsi:type="TS" value="{self._noon}"/>')
            + self._detail("GEN-349", CISIS, detail)
            + self._ride_of_user()
            + self._ride_of_professional()
            + self._status("REALISE")
            + _related(_act(comment + COMPLETED), "SUBJ", inverse=True)
            + _related(_act(reference), "REFR")
        )

    def _ride_of_user(self) -> str:
        templates = _templates(f"{IHE}1.10.4.1", f"{ENTRIES}24")
        options = ("MED-1124", CISIS), ("275827007", SNOMED)
        details = [self._detail(code, system, _boolean(False)) for code, system in options]
        return self._ride(templates, "TPPat", _qualifier("GEN-345", "3.2.4.1", SERAFIN), "".join(details))

    def _ride_of_professional(self) -> str:
        role = _in("participantRole", PROFESSIONAL + _in("scopingEntity", self._structure), 'classCode="ROL"')
        return self._ride(_templates(f"{ENTRIES}216"), "TPPro", "", "", _in("participant", role, 'typeCode="RCV"'))

    def _ride(self, templates: str, kind: str, nature: str, details: str, who: str = "") -> str:
        return _related(
            _act(
                templates
                + self._named(kind, 1)
                + _code("ORG-202", CISIS, nature + _qualifier("GEN-346", "GEN-355"))
                + _text("evenement")
                + self._interval
                + who
                + _place("ORG")
                + _place("DST")
                + self._detail("103208-5", LOINC, '<value xsi:type="PQ" value="4" unit="km"/>')
                + self._detail("ORG-200", CISIS, '<value xsi:type="MO" value="2" currency="EUR"/>')
                + self._detail("GEN-353", CISIS, '<value xsi:type="IVL_TS"><width value="10" unit="min"/></value>')
                + details
            )
        )

    def _detail(self, code: str, system: str, value: str) -> str:
        return _related(self._observation(OBSERVATION, _code(code, system), "evenement", value))

    def _status(self, code: str, qualifier: str = "") -> str:
        value = _in("value", qualifier, f'xsi:type="CD" code="{code}" codeSystem="{STATUSES}"')
        kind = (*OBSERVATION, f"{ENTRIES}217")
        rest = self._day + value + self._author()
        return _related(self._observation(kind, _code("106199-3", LOINC), "evenement", rest))

    def _author(self) -> str:
        organization = _in("representedOrganization", self._structure)
        return _in("author", f'<time value="{self._noon}"/>' + _in("assignedAuthor", PROFESSIONAL + organization))

    def _group(self, kind: str, number: int, result: str, below: str) -> str:
        role = _in("participantRole", PROFESSIONAL + _in("scopingEntity", self._structure))
        evaluation = (
            _templates(f"{CCD}31", OBSERVATION[0], f"{IHE}1.12.3.6", f"{ENTRIES}25")
            + self._named("EVAL", number)
            + _code(kind, CISIS)
            + _text("evaluation")
            + COMPLETED
            + self._day
            + result
            + _in("performer", _in("assignedEntity", PROFESSIONAL), 'typeCode="PRF"')
            + self._author()
            + _in("participant", role, 'typeCode="RESP"')
            + below
        )
        head = _templates(f"{CCD}32", f"{IHE}1.12.3.7", f"{ENTRIES}95") + self._id() + _code(kind, CISIS)
        observation = _in("observation", evaluation, 'classCode="OBS" moodCode="EVN"')
        return _organizer(head + COMPLETED + self._day + _in("component", observation, 'typeCode="COMP"'))

    def _grid(self, variables: str) -> str:
        return "".join(self._field(code, ICF, _coded("qf0", ICF), self._criteria()) for code in variables.split())

    def _field(self, code: str, system: str, value: str, below: str = "") -> str:
        templates = (f"{CCD}31", OBSERVATION[0], f"{ENTRIES}214")
        return _related(self._observation(templates, _code(code, system), "evaluation", NO_TIME + value + below))

    def _criteria(self) -> str:
        kind, rest = (f"{ENTRIES}220",), NO_TIME + _boolean(True)
        return "".join(_related(self._observation(kind, _code(code, CISIS), "evaluation", rest)) for code in CRITERIA)

    def _observation(self, templates: Sequence[str], code: str, anchor: str, rest: str) -> str:
        content = _templates(*templates) + self._id() + code + _text(anchor) + COMPLETED + rest
        return _in("observation", content, 'classCode="OBS" moodCode="EVN"')


def _in(name: str, content: str, attributes: str = "") -> str:
    opening = f"{name} {attributes}" if attributes else name
    return f"<{opening}>{content}</{name}>" if content else f"<{opening}/>"


def _section(head: str, narrative: tuple[str, str], entries: Sequence[str]) -> str:
    anchor, text = narrative
    cited = f'<text><table><tbody><tr><td ID="{anchor}">{text}</td></tr></tbody></table></text>'
    content = head + "<title>Section</title>" + cited + "".join(_in("entry", entry) for entry in entries)
    return _in("component", _in("section", content)).replace("><", ">\n<") + "\n"


def _organizer(content: str) -> str:
    return _in("organizer", content, 'classCode="CLUSTER" moodCode="EVN"')


def _act(content: str) -> str:
    return _in("act", content, 'classCode="ACT" moodCode="EVN"')


def _place(role: str, entity: str = "") -> str:
    inner = _in("participantRole", "<addr><city>RIOM</city></addr>" + entity, 'classCode="SDLOC"')
    return _in("participant", inner, f'typeCode="{role}"')


def _templates(*roots: str) -> str:
    return "".join(f'<templateId root="{root}"/>' for root in roots)


def _code(code: str, system: str, below: str = "") -> str:
    return _in("code", below, f'code="{code}" codeSystem="{system}"')


def _coded(code: str, system: str) -> str:
    return f'<value xsi:type="CD" code="{code}" codeSystem="{system}"/>'


def _boolean(value: bool) -> str:
    return f'<value xsi:type="BL" value="{str(value).lower()}"/>'


def _qualifier(name: str | None, value: str, system: str = CISIS) -> str:
    named = "" if name is None else f'<name code="{name}" codeSystem="{CISIS}"/>'
    return _in("qualifier", f'{named}<value code="{value}" codeSystem="{system}"/>')


def _text(anchor: str) -> str:
    return _in("text", f'<reference value="#{anchor}"/>')


def _related(entry: str, kind: str = "COMP", *, inverse: bool = False) -> str:
    return _in("entryRelationship", entry, f'typeCode="{kind}" inversionInd="{str(inverse).lower()}"')
