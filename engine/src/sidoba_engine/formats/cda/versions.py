"""The version of a document against the one the platform has accepted (R-ENV-027): an older one replaces nothing."""

from __future__ import annotations

import re

from lxml import etree

from sidoba_engine.anomaly import Findings, RuleNotRun
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.names import hl7
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.document import Document
from sidoba_engine.verdict import DocumentVersion

OLDER_VERSION_RULE = "R-ENV-027"

_SET_ID = hl7("setId")
_NUMBER = hl7("versionNumber")
_WHOLE = re.compile(r"[0-9]{1,18}")


def version_of(root: etree._Element) -> DocumentVersion | None:
    """The set of versions a document belongs to and its rank in it; None unless both can be read."""
    own, number = root.find(_SET_ID), root.find(_NUMBER)
    if own is None or number is None or not own.get("root"):
        return None
    written = number.get("value", "")
    if not _WHOLE.fullmatch(written):
        return None
    return DocumentVersion(f"{own.get('root', '').lower()}^{own.get('extension', '')}", int(written))


def check_version(
    document: Document, places: Places, *, catalogue: Catalogue, facts: Facts, findings: Findings
) -> None:
    """Add the anomaly of an older version, or why the rule was not run; a document without version has other rules."""
    version, user = document.version, document.service_user
    if version is None or user is None or user.key is None:
        return
    if facts.accepted_versions is None:
        findings.not_run.append(RuleNotRun(OLDER_VERSION_RULE, "fait_inconnu", "documents_acceptes"))
        return
    accepted = facts.accepted_versions.get((user.key, version.set_id))
    if accepted is None or version.number >= accepted:
        return
    place = places.locate("/ClinicalDocument/versionNumber/@value")
    findings.anomalies.append(
        catalogue.rules[OLDER_VERSION_RULE].anomaly(
            place,
            facts.environment,
            value=str(version.number),
            expected=(f"≥ {accepted}",),
            recu=version.number,
            attendu=accepted,
        )
    )
