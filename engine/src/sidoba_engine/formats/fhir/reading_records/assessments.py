"""Assessments, from answers to the questionnaires of the guide; joined documents, known by their content."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator

from sidoba_engine.formats.fhir.reading_records.activity import attached, status_author
from sidoba_engine.formats.fhir.reading_records.people import practitioner_at
from sidoba_engine.formats.fhir.reading_records.source import (
    Node,
    Source,
    extension_of,
    extensions,
    flag_of,
    identifier_of,
    moment_of,
    object_of,
    objects,
    part_of,
    string_of,
    whole_of,
)
from sidoba_engine.formats.fhir.record_names import (
    ASSESSMENT_STATUSES,
    CANONICAL_DISPLAY,
    CARE_EVENT_LINK,
    QUESTIONNAIRES,
    RESULT,
    Grid,
)
from sidoba_engine.records.activity import Reference, Status
from sidoba_engine.records.assessments import (
    AGGIR_PA,
    AGGIR_PH,
    SERAFIN,
    SSIAD_SITUATION,
    Assessment,
    AssessmentItem,
    Criteria,
)
from sidoba_engine.records.record import Attachment
from sidoba_engine.records.values import Code

_KINDS = {url: kind for kind, url in QUESTIONNAIRES.items()}
_STATUSES = {status: code for code, status in ASSESSMENT_STATUSES.items()}
_QUESTIONS = {
    AGGIR_PA: "evaluation-aggir-pa",
    AGGIR_PH: "evaluation-aggir-ph",
    SSIAD_SITUATION: "evaluation-ssiad",
    SERAFIN: "serafin-besoins",
}
_NOTHING = Grid({}, {}, {}, {}, {})


def read_assessment(source: Source, response: Node) -> Assessment:
    """The assessment of a QuestionnaireResponse."""
    kind = _KINDS.get((string_of(response, "questionnaire") or "").partition("|")[0])
    event = source.find(object_of(response, "encounter"), "Encounter")
    linked = identifier_of(object_of(event, "identifier"))
    responsible = part_of(extension_of(response, "tddui-qr-participant"), "TDDUIResponsible")
    result, items = _answers(source, response, kind)
    return Assessment(
        identifier=identifier_of(object_of(response, "identifier")),
        kind=None if kind is None else source.terms.code("type-evaluation", kind),
        assessed_on=moment_of(response, "authored"),
        label=string_of(extension_of(object_of(response, "_questionnaire"), CANONICAL_DISPLAY), "valueString"),
        result=result,
        status=_status(source, response),
        performer=practitioner_at(source, object_of(response, "source")),
        author=practitioner_at(source, object_of(response, "author")),
        responsible=practitioner_at(source, object_of(responsible, "valueReference")),
        items=items,
        comments=tuple(_comments(response)),
        references=(*(() if linked is None else (Reference(linked, CARE_EVENT_LINK),)), *attached(source, response)),
    )


def _status(source: Source, response: Node) -> Status | None:
    told = _STATUSES.get(string_of(response, "status") or "")
    code = None if told is None else source.terms.code("statut-ressource", told)
    at = moment_of(object_of(response, "meta"), "lastUpdated")
    found = Status(code, None, at, status_author(source, response))
    return None if found == Status() else found


def _comments(response: Node) -> Iterator[str]:
    """Each line of the comment is one: FHIR holds a single text."""
    for one in extensions(response, "tddui-comment"):
        text = one.get("valueString")
        for line in text.splitlines() if isinstance(text, str) else ():
            if collapsed := " ".join(line.split()):
                yield collapsed


def _answers(source: Source, response: Node, kind: str | None) -> tuple[Code | None, tuple[AssessmentItem, ...]]:
    """The result and the questions, wherever they are nested."""
    grid = source.terms.grids.get(kind or "", _NOTHING)
    result: Code | None = None
    found: list[tuple[str, Code | bool | int | None, bool]] = []
    adverbs: dict[str, dict[str, bool | None]] = {}
    for item in _walk(response):
        link = string_of(item, "linkId") or ""
        if link == RESULT:
            result = result or source.coding(object_of(object_of(item, "answer"), "valueCoding"))
        elif link in grid.names:
            told = flag_of(object_of(item, "answer"), "valueBoolean")
            adverbs.setdefault(str(grid.parents[link]), {}).setdefault(grid.names[link], told)
        elif link in grid.questions:
            found.append((link, _value(source, object_of(item, "answer")), bool(objects(item, "item"))))
    items = (
        AssessmentItem(source.terms.code(_QUESTIONS[kind], grid.questions[link]), answer, _criteria(adverbs.get(link)))
        for link, answer, has_items in found
        if kind is not None and (answer is not None or not has_items or link in adverbs)
    )
    return result, tuple(items)


def _walk(response: Node) -> Iterator[Node]:
    """The items of a response in their order, under items and under answers alike; no recursion."""
    waiting = objects(response, "item")[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        under = objects(item, "item") + [one for answer in objects(item, "answer") for one in objects(answer, "item")]
        waiting += under[::-1]


def _value(source: Source, answer: Node) -> Code | bool | int | None:
    told = flag_of(answer, "valueBoolean")
    number = whole_of(answer, "valueInteger")
    return told if told is not None else number if number is not None else source.coding(answer.get("valueCoding"))


def _criteria(told: dict[str, bool | None] | None) -> Criteria | None:
    criteria = Criteria(**(told or {}))
    return None if criteria == Criteria() else criteria


def read_attachment(source: Source, found: Node) -> Attachment:
    """The joined document of a DocumentReference."""
    held = object_of(object_of(found, "content"), "attachment")
    content = content_of(held)
    return Attachment(
        identifier=identifier_of(object_of(found, "masterIdentifier")),
        title=string_of(held, "title"),
        kind=source.code(object_of(found, "type")),
        dated=moment_of(held, "creation"),
        media_type=string_of(held, "contentType"),
        digest=None if content is None else hashlib.sha256(content).hexdigest(),
        size=None if content is None else len(content),
    )


def content_of(attachment: Node) -> bytes | None:
    """The bytes of an Attachment; None when it has none, or they are not base64."""
    data = attachment.get("data")
    if not isinstance(data, str) or not data:
        return None
    try:
        return binascii.a2b_base64("".join(data.split()).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
