"""A verdict as SARIF 2.1.0 (OASIS): what code hosts and editors read to show findings beside the lines."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sidoba_client import __version__
from sidoba_client.wire import Anomaly, Document, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"bloquante": "error", "avertissement": "warning", "information": "note"}


def sarif(verdict: Verdict) -> dict[str, Any]:
    """The log: one run, one result per anomaly, the rules named once."""
    anomalies = [anomaly for document in verdict.documents for anomaly in document.anomalies]
    rules = {anomaly.rule: anomaly for anomaly in anomalies}
    positions = {rule: position for position, rule in enumerate(rules)}
    driver = {
        "name": "sidoba",
        "version": __version__,
        "language": "fr",
        "rules": [{"id": rule, "helpUri": anomaly.documentation} for rule, anomaly in rules.items()],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "language": "fr",
                "results": [
                    _result(anomaly, document, positions[anomaly.rule])
                    for document in verdict.documents
                    for anomaly in document.anomalies
                ],
                "properties": {
                    "conforme": verdict.is_conformant,
                    "environnement": verdict.environment,
                    "catalogue": {"version": verdict.catalogue.version, "empreinte": verdict.catalogue.digest},
                },
            }
        ],
    }


def _result(anomaly: Anomaly, document: Document, rule_position: int) -> dict[str, Any]:
    text = f"{anomaly.message} {anomaly.hint}".strip()
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote((document.file_name or "-").replace("\\", "/"))}}
    if anomaly.location.line is not None:
        physical["region"] = {"startLine": anomaly.location.line}
        if anomaly.location.column is not None:
            physical["region"]["startColumn"] = anomaly.location.column
    location: dict[str, Any] = {"physicalLocation": physical}
    if anomaly.location.path:
        location["logicalLocations"] = [{"fullyQualifiedName": anomaly.location.path}]
    return {
        "ruleId": anomaly.rule,
        "ruleIndex": rule_position,
        "level": LEVELS.get(anomaly.severity, "none"),
        "message": {"text": text},
        "locations": [location],
        "properties": {"niveau": anomaly.stage, "index": document.index},
    }
