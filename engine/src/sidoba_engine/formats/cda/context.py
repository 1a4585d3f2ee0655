"""The document against the call that carries it: right establishment, right period (R-ENV-023, R-ENV-024).

Looked at before any rule of the format: a document sent to the wrong place is not judged further.
"""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from sidoba_engine.anomaly import Findings, RuleNotRun
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import CampaignFacts, Facts
from sidoba_engine.formats.cda.names import STRUCTURE_ROOT, hl7
from sidoba_engine.formats.cda.places import Places

ESTABLISHMENT_RULE = "R-ENV-023"
PERIOD_RULE = "R-ENV-024"

_CUSTODIAN_ID = hl7("custodian", "assignedCustodian", "representedCustodianOrganization", "id")
_SERVICE_PERIOD = hl7("documentationOf", "serviceEvent", "effectiveTime")
_WRITTEN_ON = hl7("effectiveTime")
_FINESS = re.compile(r"1?([0-9][0-9AB][0-9]{7})")
_DAY = re.compile(r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2}))?)?")


def check_context(root: etree._Element, places: Places, *, catalogue: Catalogue, facts: Facts) -> Findings:
    """Anomalies of the two rules, and why one was not run. `places` is asked only when something is wrong."""
    findings = Findings()
    _check_establishment(root, places, catalogue=catalogue, facts=facts, findings=findings)
    _check_period(root, places, catalogue=catalogue, facts=facts, findings=findings)
    return findings


def finess_of(root: etree._Element) -> tuple[etree._Element | None, str | None]:
    """The identifier of the custodian, and the FINESS number it holds: `1` + FINESS, or the bare number.

    The official example writes both forms. A SIREN, a SIRET … is kept as it is: it can never be the address's FINESS.
    """
    for element in root.iterfind(_CUSTODIAN_ID):
        extension = element.get("extension", "").strip()
        if element.get("root") == STRUCTURE_ROOT and extension:
            found = _FINESS.fullmatch(extension)
            return element, found[1] if found else extension
    return None, None


def period_of(root: etree._Element) -> tuple[etree._Element | None, tuple[date, date] | None]:
    """The period of activity of the document: the element that tells it, and its first and last day.

    From `documentationOf/serviceEvent/effectiveTime`: low to high, or low to the day the document was written when high
    is missing; without that, the day the document was written.
    """
    written_on = root.find(_WRITTEN_ON)
    written = _days(written_on)
    for element in root.iterfind(_SERVICE_PERIOD):
        low, high = _days(element.find(hl7("low"))), _days(element.find(hl7("high")))
        single = _days(element)
        start, end = low or single or high, high or single or written or low
        if start and end:
            return element, (start[0], max(start[1], end[1]))
    return written_on, written


def _check_establishment(
    root: etree._Element, places: Places, *, catalogue: Catalogue, facts: Facts, findings: Findings
) -> None:
    expected = facts.establishment_finess
    if expected is None:
        findings.not_run.append(RuleNotRun(ESTABLISHMENT_RULE, "fait_inconnu", "etablissement"))
        return
    element, finess = finess_of(root)
    if element is None:
        findings.not_run.append(RuleNotRun(ESTABLISHMENT_RULE, "cle_absente", "custodian"))
    elif finess != expected:
        place = places.locations([(element, "extension")])[0]
        anomaly = catalogue.rules[ESTABLISHMENT_RULE].anomaly(
            place, facts.environment, value=finess, expected=(expected,), recu=finess, attendu=expected
        )
        findings.anomalies.append(anomaly)


def _check_period(
    root: etree._Element, places: Places, *, catalogue: Catalogue, facts: Facts, findings: Findings
) -> None:
    campaign = facts.campaign
    if campaign is None:
        findings.not_run.append(RuleNotRun(PERIOD_RULE, "fait_inconnu", "campagne"))
        return
    element, period = period_of(root)
    if element is None or period is None:
        findings.not_run.append(RuleNotRun(PERIOD_RULE, "cle_absente", "documentationOf/serviceEvent/effectiveTime"))
    elif not _meet(period, campaign):
        received, expected = _written(*period), _written(campaign.period_start, campaign.period_end)
        anomaly = catalogue.rules[PERIOD_RULE].anomaly(
            places.locations([(element, None)])[0],
            facts.environment,
            value=received,
            expected=(expected,),
            recu=received,
            attendu=expected,
        )
        findings.anomalies.append(anomaly)


def _meet(period: tuple[date, date], campaign: CampaignFacts) -> bool:
    return period[0] <= campaign.period_end and campaign.period_start <= period[1]


def _written(start: date, end: date) -> str:
    return f"{start.isoformat()} – {end.isoformat()}"


def _days(element: etree._Element | None) -> tuple[date, date] | None:
    """First and last day of a timestamp, as written (the UTC offset is not applied); a bare year is its whole year."""
    found = _DAY.match(element.get("value", "")) if element is not None else None
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        first = date(year, month, day)
        if found[3]:
            return first, first
        last_month = int(found[2] or 12)
        following = date(year + last_month // 12, last_month % 12 + 1, 1)
    except ValueError:
        return None
    return first, date.fromordinal(following.toordinal() - 1)
