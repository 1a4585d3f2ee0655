"""The one writer of verdict JSON (API contract §1 and §4): same keys, same order, same bytes everywhere."""

from __future__ import annotations

from typing import Any

import msgspec

from sidoba_engine.anomaly import Anomaly, RuleNotRun
from sidoba_engine.verdict import DocumentVerdict, Verdict

LISTED_BY_THE_API = 500
"""An API response lists at most this many anomalies of a document; the command line lists all."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def anomaly_object(anomaly: Anomaly) -> dict[str, Any]:
    """`anomalie` of the contract; absent optional members are left out."""
    place = anomaly.location
    written: dict[str, Any] = {
        "regle": anomaly.rule,
        "version_regle": anomaly.rule_version,
        "gravite": anomaly.severity.value,
        "niveau": anomaly.stage.value,
        "emplacement": _present(
            {"chemin": place.path, "ligne": place.line, "colonne": place.column, "expression": place.expression}
        ),
        "message": anomaly.message,
        "aide": anomaly.hint,
        "valeur": anomaly.value,
        "attendu": list(anomaly.expected) or None,
        "documentation": anomaly.documentation,
    }
    if anomaly.fix is not None:
        written["correction"] = {
            "operations": list(anomaly.fix.operations),
            "confiance": "certaine" if anomaly.fix.certain else "a_confirmer",
        }
    return _present(written)


def not_run_object(entry: RuleNotRun) -> dict[str, Any]:
    """One line of `regles_non_executees`."""
    return _present({"regle": entry.rule, "raison": entry.reason, "detail": entry.detail or None})


def judgement_object(document: DocumentVerdict, *, limit: int | None = None) -> dict[str, Any]:
    """The part of a document's object that is the same bytes everywhere: `type` … `regles_non_executees`.

    `limit` is the number of anomalies listed; `total_anomalies` always tells the true number.
    """
    return {
        "type": document.type.value,
        "conforme": document.is_conformant,
        "total_anomalies": len(document.anomalies),
        "anomalies": [anomaly_object(anomaly) for anomaly in document.anomalies[:limit]],
        "regles_non_executees": [not_run_object(entry) for entry in document.not_run],
    }


def verdict_object(verdict: Verdict, *, limit: int | None = None) -> dict[str, Any]:
    """`verdict` of the contract."""
    return {
        "conforme": verdict.is_conformant,
        "environnement": verdict.environment.value,
        "total_anomalies": verdict.total_anomalies,
        "documents": [
            _present({"fichier": document.file_name, "index": document.index}) | judgement_object(document, limit=limit)
            for document in verdict.documents
        ],
        "catalogue": {"version": verdict.catalogue_version, "empreinte": verdict.catalogue_digest},
    }


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON, keys in the order they were given; a `Decimal` is written as a number, digit for digit."""
    return _ENCODER.encode(value)


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
