"""The section of the functional status: assessments, in groups by kind."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import (
    ASSESSMENT,
    ASSESSMENT_CRITERION,
    ASSESSMENT_GROUP,
    ASSESSMENT_ITEM,
    COMMENT,
    CRITERIA,
    INTERNAL_REFERENCE,
    STATUS,
)
from sidoba_engine.formats.cda.reading.entries import read_comment, read_reference, read_status
from sidoba_engine.formats.cda.reading.people import author_of, by_type, participant_of, performer_of
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first, type_of
from sidoba_engine.records.activity import Reference, Status
from sidoba_engine.records.assessments import Assessment, AssessmentItem, Criteria
from sidoba_engine.records.values import Code


def read_assessments(source: Source, section: Element) -> list[Assessment]:
    """The assessments of one section, group after group."""
    found: list[Assessment] = []
    for group, group_templates in entries(section, "entry"):
        if ASSESSMENT_GROUP not in group_templates:
            continue
        for held, templates in entries(group, "component"):
            if ASSESSMENT in templates:
                found.append(_assessment(source, held, f"assessments/{len(found)}"))
    return found


def _assessment(source: Source, element: Element, path: str) -> Assessment:
    source.places[path] = (element, None)
    found = children(element)
    status, items, comments, references = _parts(source, element, path)
    participants = by_type(found.get("participant", []))
    return Assessment(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        kind=source.code(first(found, "code"), f"{path}/kind"),
        assessed_on=source.moment(first(found, "effectiveTime"), f"{path}/assessed_on"),
        label=source.cited(first(found, "text")),
        result=source.code(first(found, "value"), f"{path}/result"),
        status=status,
        performer=performer_of(source, first(found, "performer"), f"{path}/performer"),
        author=author_of(source, first(found, "author"), f"{path}/author"),
        responsible=participant_of(source, participants.get("RESP"), f"{path}/responsible"),
        items=tuple(items),
        comments=tuple(comments),
        references=tuple(references),
    )


def _parts(
    source: Source, element: Element, path: str
) -> tuple[Status | None, list[AssessmentItem], list[str], list[Reference]]:
    status: Status | None = None
    items: list[AssessmentItem] = []
    comments: list[str] = []
    references: list[Reference] = []
    for held, templates in entries(element, "entryRelationship"):
        if STATUS in templates:
            status = status or read_status(source, held, f"{path}/status")
        elif ASSESSMENT_ITEM in templates:
            if item := _item(source, held, f"{path}/items/{len(items)}"):
                items.append(item)
        elif COMMENT in templates and (comment := read_comment(source, held)):
            comments.append(comment)
        elif INTERNAL_REFERENCE in templates and (reference := read_reference(held)):
            references.append(reference)
    return status, items, comments, references


def _item(source: Source, element: Element, path: str) -> AssessmentItem | None:
    """One question; None when it does not say which."""
    found = children(element)
    code = source.code(first(found, "code"), path)
    if code is None:
        return None
    answer = _answer(source, first(found, "value"), f"{path}/answer")
    return AssessmentItem(code, answer, _criteria(source, element, path))


def _answer(source: Source, value: Element | None, path: str) -> Code | bool | int | None:
    """The answer, by its declared type; without one, by what it looks like."""
    if value is None:
        return None
    if value.get("code"):
        return source.code(value, path)
    return source.whole(value, path) if type_of(value) == "INT" else source.boolean(value, path)


def _criteria(source: Source, element: Element, path: str) -> Criteria | None:
    answers: dict[str, bool | None] = {}
    for held, templates in entries(element, "entryRelationship"):
        if ASSESSMENT_CRITERION in templates:
            found = children(held)
            code = code_of(first(found, "code"))
            if code is not None and code.code in CRITERIA:
                name = CRITERIA[code.code][0]
                answers.setdefault(name, source.boolean(first(found, "value"), f"{path}/{name}"))
    criteria = Criteria(**answers)
    return None if criteria == Criteria() else criteria
