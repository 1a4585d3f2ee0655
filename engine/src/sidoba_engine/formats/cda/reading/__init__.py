"""Document → record: what one export says of a service user, by the table of the guide (data → element).

One pass over each section. A faulty document is read as well: what is missing or not readable is None, nothing is ever
raised. `Reading.places` tells which element gave each value, for the anomalies of what is computed from a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sidoba_engine.formats.cda.entry_names import (
    ASSESSMENTS_SECTION,
    ATTACHMENTS_SECTION,
    CARE_EVENTS_SECTION,
    COVERS_SECTION,
    STAYS_SECTION,
)
from sidoba_engine.formats.cda.names import hl7
from sidoba_engine.formats.cda.reading.assessments import read_assessments
from sidoba_engine.formats.cda.reading.attachments import contents_of, read_attachments
from sidoba_engine.formats.cda.reading.care_events import read_care_events
from sidoba_engine.formats.cda.reading.covers import read_covers
from sidoba_engine.formats.cda.reading.header import read_establishment, read_service_user, read_software
from sidoba_engine.formats.cda.reading.source import Element, Place, Source, templates_of
from sidoba_engine.formats.cda.reading.stays import read_stays
from sidoba_engine.records import Record

__all__ = ["ALL_SECTIONS", "Reading", "contents_of", "read_record"]

_READERS: dict[str, tuple[str, Callable[[Source, Element], Sequence[Any]]]] = {
    COVERS_SECTION: ("social_covers", read_covers),
    STAYS_SECTION: ("stays", read_stays),
    CARE_EVENTS_SECTION: ("care_events", read_care_events),
    ASSESSMENTS_SECTION: ("assessments", read_assessments),
    ATTACHMENTS_SECTION: ("attachments", read_attachments),
}
ALL_SECTIONS = frozenset(name for name, _ in _READERS.values())
_SECTIONS = hl7("component", "structuredBody", "component", "section")


@dataclass(frozen=True, slots=True)
class Reading:
    """A record, and where each of its values was read: path in the record → element, and attribute when it is one.

    `unread` are the paths of the values that are there and could not be read.
    """

    record: Record
    places: Mapping[str, Place]
    unread: Set[str]


def read_record(root: etree._Element, *, sections: frozenset[str] = ALL_SECTIONS) -> Reading:
    """The record that an opened document holds (`CdaTree.root`), of the named parts of it.

    A section given twice is read the first time only: the second is an anomaly that rules tell.
    """
    source = Source(root)
    parts: dict[str, tuple[Any, ...]] = {}
    for section in root.iterfind(_SECTIONS):
        for template in templates_of(section) & _READERS.keys():
            name, read = _READERS[template]
            if name in sections and name not in parts:
                parts[name] = tuple(read(source, section))
    record = Record(
        service_user=read_service_user(source),
        establishment=read_establishment(source),
        software=read_software(source),
        **parts,
    )
    return Reading(record, source.places, source.unread)
