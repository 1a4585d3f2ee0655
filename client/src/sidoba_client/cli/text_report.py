"""A verdict for a person: anomalies by severity, each with its place and how to repair it, then one summary line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import typer

from sidoba_client.cli.terminal import printable
from sidoba_client.wire import Anomaly, Document, RuleNotRun, Verdict

SEVERITIES = (
    ("bloquante", "Bloquantes", "red"),
    ("avertissement", "Avertissements", "yellow"),
    ("information", "Informations", "blue"),
)
ONLY_THERE = "la plateforme le connaît"
OPTIONS = {
    "campagne": "--campaign",
    "etablissement": "--establishment",
    "valeurs_precedentes": ONLY_THERE,
    "etablissements_comparables": ONLY_THERE,
}
"""The option that gives each fact a rule may lack, or who knows it."""

REASONS = {
    "cle_absente": "une clé manque",
    "cle_fautive": "une clé est fautive",
    "division_par_zero": "division par zéro",
    "fait_inconnu": "un fait n'est pas connu ici",
    "fonction_absente": "fonction absente de cette version",
    "semaines_non_calculees": "semaines non calculées",
}


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """The whole report."""
    for document in verdict.documents:
        yield from document_lines(document, name=_local_name(document))
        yield ""
    yield summary(verdict)
    yield f"Règles : {verdict.environment}, catalogue {verdict.catalogue.version} ({verdict.catalogue.digest})."


def summary(verdict: Verdict) -> str:
    """`2 documents : 1 conforme, 1 non conforme. 3 anomalies (1 bloquante, 2 avertissements).`"""
    conformant = sum(document.is_conformant for document in verdict.documents)
    refused = len(verdict.documents) - conformant
    colour = "green" if verdict.is_conformant else "red"
    outcome = f"{_count(conformant, 'conforme')}, {_count(refused, 'non conforme', 'non conformes')}"
    every = [anomaly for document in verdict.documents for anomaly in document.anomalies]
    documents = _count(len(verdict.documents), "document")
    return typer.style(f"{documents} : {outcome}. {tally_of(every, verdict.total_anomalies)}.", fg=colour, bold=True)


def document_lines(document: Document, *, name: str) -> Iterator[str]:
    """One document: its verdict, its anomalies grouped by severity, the rules that could not be run."""
    outcome = ("conforme", "green") if document.is_conformant else ("non conforme", "red")
    verdict = typer.style(outcome[0], fg=outcome[1], bold=True)
    kind = typer.style(f"({document.type})", dim=True)
    yield f"{printable(name)} {kind} : {verdict}. {tally_of(document.anomalies, document.total_anomalies)}."
    for severity, title, colour in SEVERITIES:
        group = [anomaly for anomaly in document.anomalies if anomaly.severity == severity]
        if group:
            yield "  " + typer.style(title, fg=colour, bold=True)
            for anomaly in group:
                yield from _anomaly_lines(anomaly)
    listed = len(document.anomalies)
    if listed < document.total_anomalies:
        yield f"  … {document.total_anomalies - listed} de plus, que la plateforme ne liste pas."
    yield from _not_run_lines(document.not_run)


def tally_of(anomalies: Iterable[Anomaly], total: int) -> str:
    """`3 anomalies (1 bloquante, 2 avertissements)`, `aucune anomalie`."""
    if not total:
        return "Aucune anomalie"
    counts = Counter(anomaly.severity for anomaly in anomalies)
    parts = ", ".join(_count(counts[severity], severity) for severity, _, _ in SEVERITIES if counts[severity])
    return f"{_count(total, 'anomalie')} ({parts})" if parts else _count(total, "anomalie")


def place_of(anomaly: Anomaly) -> str:
    """`ligne 61, colonne 8, /ClinicalDocument/…`; what is not known is left out."""
    where = anomaly.location
    parts = []
    if where.line is not None:
        parts.append(f"ligne {where.line}" + (f", colonne {where.column}" if where.column is not None else ""))
    if where.path:
        parts.append(where.path)
    return ", ".join(parts) or "le document entier"


def _anomaly_lines(anomaly: Anomaly) -> Iterator[str]:
    rule = typer.style(anomaly.rule, bold=True)
    place = typer.style(printable(place_of(anomaly)), dim=True)
    yield f"    {rule}  {place}"
    if anomaly.location.trail is not None:
        yield "      " + typer.style(printable(anomaly.location.trail), dim=True)
    yield f"      {printable(anomaly.message)}"
    if anomaly.value is not None:
        expected = f" (attendu : {', '.join(anomaly.expected[:8])})" if anomaly.expected else ""
        yield f"      Reçu : {printable(anomaly.value)}{printable(expected)}"
    if anomaly.hint:
        yield f"      → {printable(anomaly.hint)}"


def _not_run_lines(not_run: list[RuleNotRun]) -> Iterator[str]:
    if not not_run:
        return
    by_reason: dict[str, list[str]] = {}
    for entry in not_run:
        reason = REASONS.get(entry.reason, entry.reason)
        option = OPTIONS.get(entry.detail) if entry.reason == "fait_inconnu" else None
        by_reason.setdefault(f"{reason} ({option})" if option else reason, []).append(entry.rule)
    yield "  " + typer.style("Règles non exécutées", dim=True)
    for reason, rules in by_reason.items():
        names = ", ".join(dict.fromkeys(rules))
        yield f"    {printable(reason)} : {printable(names)}"


def _local_name(document: Document) -> str:
    name = document.file_name or "-"
    shown = "entrée standard" if name == "-" else name
    return f"{shown} [{document.index}]" if document.index else shown


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number < 2 else plural or singular + 's'}"
