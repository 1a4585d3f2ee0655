"""Assessments as answers to the questionnaires of the guide, and joined documents."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from sidoba_engine.formats.fhir.record_names import (
    ASSESSMENT_STATUSES,
    BUSINESS,
    CANONICAL_DISPLAY,
    QUESTIONNAIRES,
    RESULT,
    Grid,
)
from sidoba_engine.formats.fhir.writing_records.activity import Links
from sidoba_engine.formats.fhir.writing_records.lot import Lot, to
from sidoba_engine.formats.fhir.writing_records.people import role_of, write_practitioner
from sidoba_engine.formats.fhir.writing_records.values import (
    Json,
    coding,
    concept,
    date_time,
    extension,
    identifier,
    instant,
    made,
    part,
    parts,
    present,
    string,
)
from sidoba_engine.records.assessments import AGGIR_KINDS, SERAFIN, Assessment, AssessmentItem
from sidoba_engine.records.record import Attachment
from sidoba_engine.records.values import Code


def write_assessment(lot: Lot, assessment: Assessment, links: Links, *, path: str) -> str | None:
    """The QuestionnaireResponse of an assessment; None for a kind that the guide has no questionnaire for."""
    kind = assessment.kind.code if assessment.kind is not None else ""
    if kind not in lot.terms.grids:
        return None
    lot.need(assessment.identifier, f"{path}/identifier")
    performer = write_practitioner(lot, assessment.performer)
    status = assessment.status.code.code if assessment.status is not None and assessment.status.code else ""
    events = (links.events.get(one.identifier) for one in assessment.references)
    label = extension(CANONICAL_DISPLAY, valueString=string(assessment.label))
    return lot.add(
        lot.own("QuestionnaireResponse", links.patient, assessment.identifier),
        "tddui-questionnaire-response",
        meta=made(lastUpdated=instant(assessment.status.at) if assessment.status is not None else None),
        extension=_facts(lot, assessment, links),
        identifier=identifier(assessment.identifier, system=BUSINESS["evaluation"]),
        questionnaire=QUESTIONNAIRES[kind],
        _questionnaire=made(extension=present(label)),
        status=ASSESSMENT_STATUSES.get(status, "completed"),
        _status=_status_author(lot, assessment),
        subject=to(links.patient),
        encounter=to(next((event for event in events if event is not None), None)),
        authored=date_time(assessment.assessed_on),
        author=to(write_practitioner(lot, assessment.author)),
        source=to(performer),
        item=_items(lot, assessment, kind),
    )


def _facts(lot: Lot, assessment: Assessment, links: Links) -> list[Json]:
    joined = (links.attachments.get(one.identifier) for one in assessment.references)
    comments = present(*map(string, assessment.comments))
    responsible = to(write_practitioner(lot, assessment.responsible))
    return present(
        parts("tddui-qr-participant", part("TDDUIResponsible", valueReference=responsible)),
        *(extension("tddui-attachment", valueReference=to(one)) for one in joined),
        extension("tddui-comment", valueString="\n".join(comments) or None),
    )


def _status_author(lot: Lot, assessment: Assessment) -> Json | None:
    author = None if assessment.status is None else role_of(lot, assessment.status.author)
    return made(extension=present(extension("tddui-status-author", valueReference=to(author))))


def _items(lot: Lot, assessment: Assessment, kind: str) -> list[Json]:
    grid = lot.terms.grids[kind]
    if kind == SERAFIN:
        return _nested(lot, assessment.items, grid)
    links = grid.links
    asked = [_question(lot, item, links[item.code.code], grid) for item in assessment.items if item.code.code in links]
    if kind in AGGIR_KINDS:
        found = _answered({"linkId": RESULT}, coding(assessment.result, lot.terms), "valueCoding", asked)
        return [found] if len(found) > 1 else []
    return asked


def _question(lot: Lot, item: AssessmentItem, link: str, grid: Grid) -> Json:
    answer, name = _value(lot, item.answer)
    adverbs: list[Json] = []
    if item.criteria is not None:
        for (question, adverb), own in grid.criteria.items():
            told = getattr(item.criteria, adverb) if question == link else None
            if told is not None:
                adverbs.append({"linkId": own, "answer": [{"valueBoolean": told}]})
    return _answered({"linkId": link}, answer, name, adverbs)


def _answered(item: Json, answer: Any, name: str, under: list[Json]) -> Json:
    """An item: what comes under a question goes under its answer, or under itself when it has none."""
    if answer is None:
        return item | (made(item=under) or {})
    return item | {"answer": [{name: answer} | (made(item=under) or {})]}


def _value(lot: Lot, answer: Code | bool | int | None) -> tuple[Any, str]:
    if isinstance(answer, bool):
        return answer, "valueBoolean"
    if isinstance(answer, int):
        return answer, "valueInteger"
    return coding(answer, lot.terms), "valueCoding"


def _nested(lot: Lot, items: tuple[AssessmentItem, ...], grid: Grid) -> list[Json]:
    """The SERAFIN needs in the order and the nesting of the questionnaire, with the needs that hold them."""
    answers = {item.code.code: item.answer for item in items}
    under: dict[str | None, list[Json]] = {}
    for link in reversed(tuple(grid.items)):
        held = under.pop(link, [])[::-1]
        code = grid.questions.get(link)
        if held or code in answers:
            value, name = _value(lot, answers.get(code or ""))
            under.setdefault(grid.parents[link], []).append(_answered({"linkId": link}, value, name, held))
    return under.get(None, [])[::-1]


def write_attachment(lot: Lot, found: Attachment, *, patient: str, author: str | None, path: str) -> str:
    """The DocumentReference of a joined document, its content with it."""
    content = lot.contents.get(found.digest or "")
    lot.need(content, f"{path}/digest")
    lot.need(found.identifier, f"{path}/identifier")
    lot.need(found.title, f"{path}/title")
    held = made(
        contentType=found.media_type,
        data=None if content is None else b64encode(content).decode("ascii"),
        size=None if content is None else len(content),
        title=string(found.title),
        creation=date_time(found.dated),
    )
    return lot.add(
        lot.own("DocumentReference", patient, found.identifier),
        "tddui-document-reference",
        masterIdentifier=identifier(found.identifier),
        status="current",
        type_=concept(found.kind, lot.terms),
        subject=to(patient),
        author=present(to(author or patient)),
        content=[{"attachment": held}],
    )
