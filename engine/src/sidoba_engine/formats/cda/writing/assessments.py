"""The section of the functional status: assessments, in groups by kind."""

from __future__ import annotations

from collections.abc import Sequence

from sidoba_engine.formats.cda.entry_names import (
    ASSESSMENT,
    ASSESSMENT_CRITERION,
    ASSESSMENT_GROUP,
    ASSESSMENT_ITEM,
    CRITERIA,
)
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_cited,
    add_code,
    add_coded_value,
    add_derived_id,
    add_identifier,
    add_status,
    add_templates,
    add_time,
    add_value,
    boolean_text,
    day_text,
    fixed_code,
    key_of,
)
from sidoba_engine.formats.cda.writing.entries import add_comments, add_reference_act, add_status_entry, relation
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_author, add_participant, add_performer
from sidoba_engine.records.assessments import SSIAD_SITUATION, Assessment, AssessmentItem, Criteria
from sidoba_engine.records.values import Code

_IHE_ITEM = "1.3.6.1.4.1.19376.1.5.3.1.4.13"
_CCD_RESULT = "2.16.840.1.113883.10.20.1.31"


def write_group(
    section: Element, assessments: Sequence[tuple[int, Assessment]], *, narrative: Narrative, writing: Writing
) -> None:
    """The assessments of one kind, each with its rank in the record; dated of the latest."""
    kind = assessments[0][1].kind
    dates = [assessment.assessed_on for _, assessment in assessments if assessment.assessed_on]
    element = add(add(section, "entry"), "organizer", classCode="CLUSTER", moodCode="EVN")
    add_templates(element, "2.16.840.1.113883.10.20.1.32", "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.7", ASSESSMENT_GROUP)
    owner = key_of(assessments[0][1].identifier, f"assessments/{assessments[0][0]}")
    add_derived_id(element, owner, "group")
    add_code(element, kind)
    add_status(element)
    add_time(element, max(dates, default=None))
    for rank, assessment in assessments:
        component = add(element, "component", typeCode="COMP")
        _write_assessment(component, assessment, narrative=narrative, writing=writing, path=f"assessments/{rank}")


def _write_assessment(
    parent: Element, assessment: Assessment, *, narrative: Narrative, writing: Writing, path: str
) -> None:
    owner = key_of(assessment.identifier, path)
    kind = writing.need(assessment.kind, f"{path}/kind")
    subject = f"{(kind and kind.label) or 'Évaluation'}, {day_text(assessment.assessed_on)}"
    element = add(parent, "observation", classCode="OBS", moodCode="EVN")
    add_templates(element, _CCD_RESULT, _IHE_ITEM, "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.6", ASSESSMENT)
    add_identifier(element, writing.need(assessment.identifier, f"{path}/identifier"))
    add_code(element, kind)
    add_cited(element, narrative.cite(subject, "Libellé", writing.need(assessment.label, f"{path}/label")))
    add_status(element)
    add_time(element, writing.need(assessment.assessed_on, f"{path}/assessed_on"))
    _write_result(element, assessment, narrative=narrative, subject=subject, writing=writing, path=path)
    _write_people(element, assessment, writing, path)
    for rank, item in enumerate(assessment.items):
        _write_item(element, item, assessment, narrative=narrative, subject=subject, owner=f"{owner}/{rank}")
    if assessment.status is not None:
        add_status_entry(
            element,
            assessment.status,
            narrative=narrative,
            subject=subject,
            owner=owner,
            writing=writing,
            path=f"{path}/status",
        )
    add_comments(element, assessment.comments, narrative=narrative, subject=subject)
    for reference in assessment.references:
        add_reference_act(relation(element, "REFR"), reference)


def _write_result(
    element: Element, assessment: Assessment, *, narrative: Narrative, subject: str, writing: Writing, path: str
) -> None:
    """The GIR of an AGGIR assessment; `NA` for those that have no result of their own."""
    result = writing.need(assessment.result, f"{path}/result") if assessment.is_aggir else assessment.result
    if result is not None:
        narrative.cite(subject, "Résultat", result.label or result.code)
    add_coded_value(element, result, unknown="NA")


def _write_people(element: Element, assessment: Assessment, writing: Writing, path: str) -> None:
    writing.need(assessment.performer or assessment.author or assessment.responsible, f"{path}/performer")
    if assessment.performer is not None:
        add_performer(element, assessment.performer, writing, f"{path}/performer")
    if assessment.author is not None:
        add_author(element, assessment.author, assessment.assessed_on, writing, f"{path}/author")
    if assessment.responsible is not None:
        add_participant(element, "RESP", assessment.responsible, writing, f"{path}/responsible")


def _write_item(
    parent: Element, item: AssessmentItem, assessment: Assessment, *, narrative: Narrative, subject: str, owner: str
) -> None:
    element = add(relation(parent), "observation", classCode="OBS", moodCode="EVN")
    add_templates(element, _CCD_RESULT, _IHE_ITEM, ASSESSMENT_ITEM)
    add_derived_id(element, owner, "item")
    add_code(element, item.code)
    add_cited(element, narrative.cite(subject, item.code.label or item.code.code, _shown(item.answer)))
    add_status(element)
    add_time(element, None)
    _write_answer(element, item, assessment)
    if assessment.is_aggir:
        _write_criteria(element, item.criteria or Criteria(), narrative, owner)


def _write_answer(element: Element, item: AssessmentItem, assessment: Assessment) -> None:
    """The answer in the type that its kind of assessment wants, also when it is missing."""
    answer = item.answer
    if isinstance(answer, Code) or (answer is None and assessment.is_aggir):
        add_coded_value(element, answer)
    elif isinstance(answer, bool) or (answer is None and assessment.kind and assessment.kind.code == SSIAD_SITUATION):
        add_value(element, "BL", value=boolean_text(answer))
    else:
        add_value(element, "INT", value=None if answer is None else str(answer))


def _write_criteria(element: Element, criteria: Criteria, narrative: Narrative, owner: str) -> None:
    for code, (name, label) in CRITERIA.items():
        done: bool | None = getattr(criteria, name)
        criterion = add(relation(element), "observation", classCode="OBS", moodCode="EVN")
        add_templates(criterion, ASSESSMENT_CRITERION)
        add_derived_id(criterion, owner, name)
        fixed_code(criterion, code, label)
        add_cited(criterion, narrative.cite("Critères d’une variable", label.capitalize(), _shown(done)))
        add_status(criterion)
        add_time(criterion, None)
        add_value(criterion, "BL", value=boolean_text(done))


def _shown(answer: Code | bool | int | None) -> str | None:
    if isinstance(answer, Code):
        return answer.label or answer.code
    if isinstance(answer, bool):
        return "oui" if answer else "non"
    return None if answer is None else str(answer)
