"""The section of stays."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import ENTRY_MODE, EXIT_MODE, INTERNAL_REFERENCE, STAY, STAY_ADMISSION
from sidoba_engine.formats.cda.reading.entries import read_reference
from sidoba_engine.formats.cda.reading.people import by_type, responsible_structure
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first
from sidoba_engine.records.activity import Reference, Stay, StayStep
from sidoba_engine.records.values import Identifier, Moment, Organization


def read_stays(source: Source, section: Element) -> list[Stay]:
    """The stays of one section."""
    return [
        _stay(source, element, f"stays/{rank}")
        for rank, element in enumerate(held for held, templates in entries(section, "entry") if STAY in templates)
    ]


def _stay(source: Source, element: Element, path: str) -> Stay:
    source.places[path] = (element, None)
    admission: tuple[Identifier | None, Moment | None, Organization | None] = (None, None, None)
    steps: dict[str, StayStep] = {}
    references: list[Reference] = []
    for held, templates in entries(element, "component"):
        if STAY_ADMISSION in templates:
            admission = _admission(source, held, path)
        elif ENTRY_MODE in templates or EXIT_MODE in templates:
            name = "admission" if ENTRY_MODE in templates else "discharge"
            name = f"planned_{name}" if held.get("moodCode") == "INT" else name
            steps.setdefault(name, _step(source, held, f"{path}/{name}"))
        elif INTERNAL_REFERENCE in templates and (reference := read_reference(held)):
            references.append(reference)
    identifier, admitted_on, establishment = admission
    return Stay(
        identifier=identifier,
        admitted_on=admitted_on,
        establishment=establishment,
        **steps,
        references=tuple(references),
    )


def _admission(
    source: Source, element: Element, path: str
) -> tuple[Identifier | None, Moment | None, Organization | None]:
    found = children(element)
    return (
        source.identifier(first(found, "id"), f"{path}/identifier"),
        source.moment(first(found, "effectiveTime"), f"{path}/admitted_on"),
        responsible_structure(by_type(found.get("participant", [])).get("RESP")),
    )


def _step(source: Source, element: Element, path: str) -> StayStep:
    found = children(element)
    return StayStep(
        at=source.moment(first(found, "effectiveTime"), f"{path}/at"),
        label=source.cited(first(found, "text")),
        code=code_of(first(found, "value")),
    )
