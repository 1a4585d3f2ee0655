"""What the entries of several sections share: observations, status, comments, links."""

from __future__ import annotations

from collections.abc import Iterable

from sidoba_engine.formats.cda.entry_names import (
    CANCEL_REASON,
    COMMENT,
    INTERNAL_REFERENCE,
    LOINC,
    OBSERVATION,
    OBSERVATIONS,
    STATUS,
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
    fixed_code,
)
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_author
from sidoba_engine.records.activity import Reference, Status

_IHE_OBSERVATION = "1.3.6.1.4.1.19376.1.5.3.1.4.13"


def relation(parent: Element, kind: str = "COMP") -> Element:
    """An `entryRelationship`; only a comment (SUBJ) turns the subject round."""
    return add(parent, "entryRelationship", typeCode=kind, inversionInd="true" if kind == "SUBJ" else "false")


def add_observation(parent: Element, code: str, reference: str, owner: str) -> Element:
    """A characteristic of a care event or a journey, its value still to be added."""
    system, label = OBSERVATIONS[code]
    element = add(relation(parent), "observation", classCode="OBS", moodCode="EVN")
    add_templates(element, _IHE_OBSERVATION, OBSERVATION)
    add_derived_id(element, owner, code)
    fixed_code(element, code, label, system=system)
    add_cited(element, reference)
    add_status(element)
    return element


def add_status_entry(
    parent: Element, status: Status, *, narrative: Narrative, subject: str, owner: str, writing: Writing, path: str
) -> None:
    """Where a care event or an assessment stands."""
    element = add(relation(parent), "observation", classCode="OBS", moodCode="EVN")
    add_templates(element, _IHE_OBSERVATION, OBSERVATION, STATUS)
    add_derived_id(element, owner, "status")
    fixed_code(element, "106199-3", "Statut", system=LOINC)
    code = writing.need(status.code, f"{path}/code")
    add_cited(element, narrative.cite(subject, "Statut", (code.label or code.code) if code else None))
    add_status(element)
    add_time(element, status.at)
    value = add_coded_value(element, code)
    if status.reason is not None:
        qualifier = add(value, "qualifier")
        fixed_code(qualifier, CANCEL_REASON, "Motif du statut métier", name="name")
        add_code(qualifier, status.reason, name="value")
    if status.author is not None:
        add_author(element, status.author, status.at, writing, f"{path}/author")


def add_comments(parent: Element, comments: Iterable[str], *, narrative: Narrative, subject: str) -> None:
    """Comments and reports, in their words."""
    for comment in comments:
        element = add(relation(parent, "SUBJ"), "act", classCode="ACT", moodCode="EVN")
        add_templates(element, "2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", COMMENT)
        fixed_code(element, "48767-8", "Commentaire", system=LOINC)
        add_cited(element, narrative.cite(subject, "Commentaire", comment))
        add_status(element)


def add_reference_act(parent: Element, reference: Reference) -> None:
    """A link to another part of the record."""
    element = add(parent, "act", classCode="ACT", moodCode="EVN")
    add_templates(element, "1.3.6.1.4.1.19376.1.5.3.1.4.4.1", INTERNAL_REFERENCE)
    add_identifier(element, reference.identifier)
    add_code(element, reference.code, unknown="NA")
