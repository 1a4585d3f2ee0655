"""The controls that the record of a document must meet, beside the rules of its format: those of `ssiad-usager`."""

from __future__ import annotations

from lxml import etree

from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.record_controls import BrokenControl, control_model, run_record_controls
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.names import local_name
from sidoba_engine.formats.cda.places import Places, Wanted
from sidoba_engine.formats.cda.reading import Reading, read_record

_PARTS = frozenset({"stays", "care_events", "assessments"})


def check_record(
    root: etree._Element, places: Places, *, catalogue: Catalogue, facts: Facts, findings: Findings
) -> None:
    """Add what the controls find in the record of the document, when the facts name a SSIAD campaign.

    An anomaly is placed on the element that gave the value; what is not run goes to `findings.not_run`.
    """
    model = control_model(catalogue, facts)
    if model is None or facts.campaign is None:
        return
    reading = read_record(root, sections=_PARTS)
    found = run_record_controls(
        reading.record, model=model, catalogue=catalogue, campaign=facts.campaign, unread=reading.unread
    )
    findings.not_run += found.not_run
    broken = list(found.broken.values())
    wanted = [_place_of(item, reading, root) for item in broken]
    for item, location in zip(broken, places.locations(wanted), strict=True):
        findings.anomalies.append(item.rule.anomaly(location, facts.environment, value=item.value))


def _place_of(item: BrokenControl, reading: Reading, root: etree._Element) -> Wanted:
    """The element (and attribute) that gave the value; else that of what it belongs to."""
    path = item.path
    while path and path not in reading.places:
        path = path.rpartition("/")[0]
    element, attribute = reading.places.get(path, (root, None))
    if attribute is not None and element.get(attribute) is None:
        attribute = None
    return element, attribute and local_name(attribute)
