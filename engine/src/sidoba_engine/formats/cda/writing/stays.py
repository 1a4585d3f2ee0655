"""The section of stays."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import CCD_DONE, CISIS, ENTRY_MODE, EXIT_MODE, STAY, STAY_ADMISSION
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
    day_text,
    fixed_code,
    key_of,
)
from sidoba_engine.formats.cda.writing.entries import add_reference_act
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_responsible_structure
from sidoba_engine.records.activity import Stay, StayStep
from sidoba_engine.records.values import Code, Organization

_STEPS = (
    ("admission", "EVN", ENTRY_MODE, "ORG-070", "Modalité d'entrée"),
    ("planned_admission", "INT", ENTRY_MODE, "ORG-070", "Modalité d'entrée"),
    ("discharge", "EVN", EXIT_MODE, "ORG-074", "Modalité de sortie"),
    ("planned_discharge", "INT", EXIT_MODE, "ORG-074", "Modalité de sortie"),
)


def write_stay(section: Element, stay: Stay, *, narrative: Narrative, writing: Writing, path: str) -> None:
    """One stay: its admission, its steps done and planned, its care events."""
    owner = key_of(stay.identifier, path)
    subject = f"Séjour à compter du {day_text(stay.admitted_on)}"
    element = add(add(section, "entry"), "organizer", classCode="CLUSTER", moodCode="EVN")
    add_templates(element, STAY)
    add_derived_id(element, owner, "stay")
    add_code(element, Code("ORG-211", CISIS))  # without label: value sets call the same code a room
    add_status(element)
    add_time(element, None)
    _write_admission(element, stay, narrative=narrative, subject=subject, writing=writing, path=path)
    for name, mood, template, code, label in _STEPS:
        step: StayStep | None = getattr(stay, name)
        if step is not None:
            observation = add(_component(element), "observation", classCode="OBS", moodCode=mood)
            add_templates(observation, template)
            add_derived_id(observation, owner, name)
            fixed_code(observation, code, label)
            text = writing.need(step.label, f"{path}/{name}/label")
            add_cited(
                observation, narrative.cite(subject, f"{label} ({'réelle' if mood == 'EVN' else 'prévue'})", text)
            )
            add_status(observation)
            add_time(observation, step.at)
            add_coded_value(observation, step.code, kind="CE", unknown="NA")
    for reference in stay.references:
        add_reference_act(_component(element), reference)


def _write_admission(
    element: Element, stay: Stay, *, narrative: Narrative, subject: str, writing: Writing, path: str
) -> None:
    encounter = add(_component(element), "encounter", classCode="ENC", moodCode="EVN")
    add_templates(encounter, CCD_DONE, STAY_ADMISSION)
    add_identifier(encounter, writing.need(stay.identifier, f"{path}/identifier"))
    fixed_code(encounter, "GEN-351", "Établissement ou service social ou médico-social (ESSMS)")
    if stay.admitted_on is not None:
        add_time(encounter, stay.admitted_on)
    establishment = writing.need(stay.establishment, f"{path}/establishment") or Organization()
    add_responsible_structure(encounter, establishment, writing, f"{path}/establishment")
    narrative.cite(subject, "Établissement responsable", establishment.name)


def _component(element: Element) -> Element:
    return add(element, "component", typeCode="COMP")
