"""What `sidoba fix` did, and what it leaves to a person: place, before and after of each correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import typer
from sidoba_engine.anomaly import Anomaly
from sidoba_engine.fixes import REPAIRED, Repair
from sidoba_engine.formats.cda.repair import fixes
from sidoba_engine.verdict import DocumentType
from sidoba_engine.verdict_json import anomaly_object, encode

from sidoba_client.cli.terminal import printable
from sidoba_client.inputs import STDIN
from sidoba_client.repairs import RepairedFile, to_confirm

REPAIRED_HERE = "cette commande ne corrige que les données clé-valeur et les documents CDA."

NOT_REPAIRED = {
    DocumentType.MODEL: f"modèle métier : {REPAIRED_HERE} `sidoba validate` dit ce qui est à reprendre.",
}
"""What is said of a file left as it is, by the type of its documents."""


def report_lines(repaired: Iterable[RepairedFile]) -> Iterator[str]:
    """The report for a person, document by document."""
    for file in repaired:
        name = "entrée standard" if file.source.name == STDIN else file.source.name
        if not file.is_repaired_here:
            yield f"{printable(name)} : {_not_repaired(file)}"
        for rank, done in enumerate(file.repairs):
            shown = f"{name} [{rank}]" if len(file.repairs) > 1 else name
            yield from _document_lines(printable(shown), done)


def report_object(repaired: Iterable[RepairedFile]) -> dict[str, Any]:
    """The report for a machine: for each document the anomalies repaired, to confirm, and without correction."""
    return {
        "documents": [
            {
                "fichier": file.source.name,
                "index": file.source.first_index + rank,
                "conforme": done.verdict.is_conformant,
                "appliquees": [anomaly_object(anomaly) for anomaly in done.applied],
                "a_confirmer": [anomaly_object(anomaly) for anomaly in to_confirm(done)],
                "sans_correction": [anomaly_object(anomaly) for anomaly in _left(done)],
            }
            for file in repaired
            for rank, done in enumerate(file.repairs)
        ]
    }


def _not_repaired(file: RepairedFile) -> str:
    types = {done.verdict.type for done in file.repairs} - set(REPAIRED)
    return NOT_REPAIRED.get(types.pop(), f"documents FHIR : {REPAIRED_HERE}")


def _document_lines(name: str, done: Repair) -> Iterator[str]:
    outcome = ("conforme", "green") if done.verdict.is_conformant else ("non conforme", "red")
    confirmable, left = to_confirm(done), _left(done)
    applied = _count(len(done.applied), "correction appliquée", "corrections appliquées")
    yield f"{name} : {typer.style(outcome[0], fg=outcome[1], bold=True)}. {applied}, {len(confirmable)} à confirmer."
    for title, colour, anomalies in (
        ("Appliquées", "green", done.applied),
        ("À confirmer par une personne (rien n'a été changé)", "yellow", confirmable),
    ):
        if anomalies:
            yield "  " + typer.style(title, fg=colour, bold=True)
            for anomaly in anomalies:
                yield f"    {typer.style(anomaly.rule, bold=True)}  {typer.style(_place(anomaly), dim=True)}"
                if anomaly.location.trail is not None:
                    yield "      " + typer.style(printable(anomaly.location.trail), dim=True)
                yield f"      {_change(anomaly)}"
    if left:
        yield f"  {_count(len(left), 'anomalie')} sans correction : `sidoba validate` les explique."


def _left(done: Repair) -> list[Anomaly]:
    confirmable = {id(anomaly) for anomaly in to_confirm(done)}
    return [anomaly for anomaly in done.verdict.anomalies if id(anomaly) not in confirmable]


def _place(anomaly: Anomaly) -> str:
    where = anomaly.location
    line = f"ligne {where.line}, colonne {where.column}, " if where.line is not None else ""
    return printable(f"{line}{where.path}" or "le document entier")


def _change(anomaly: Anomaly) -> str:
    """`"36,5" → 36.5`, `nombre_places → nombre_de_places`."""
    if anomaly.fix is None:
        return printable(anomaly.message)
    operation, *others = anomaly.fix.operations
    if "chemin" in operation:
        return printable(_attribute_change(anomaly, operation) + _elsewhere(len(others)))
    if operation["op"] == "move":
        before, after = (str(operation[end]).rpartition("/")[2] for end in ("from", "path"))
        return printable(f"clé {before} → {after}")
    name = str(operation["path"]).rpartition("/")[2]
    after = encode(operation["value"]).decode()
    if operation["path"] != anomaly.location.path:
        # A control speaks of several keys: its message says why this one may be the one to change.
        return printable(f"{name} → {after} ? {anomaly.message}")
    return printable(f"{name} : {anomaly.value} → {after}")


def _attribute_change(anomaly: Anomaly, operation: Mapping[str, object]) -> str:
    """`code : COMPLETED → completed`, `extension : « 1 » devant ••••94`; a personal value stays masked."""
    name = str(operation["chemin"]).rpartition("/@")[2]
    argument, received = str(operation["valeur"]), anomaly.value or "la valeur reçue"
    match operation["op"]:
        case fixes.ADD:
            return f"{name} ajouté : {argument}"
        case fixes.PREFIX:
            return f"{name} : « {argument} » devant {received}"
        case fixes.FORMAT:
            return f"{name} : {received} → forme {argument}"
        case fixes.TRIM:
            return f"{name} : {received} → sans blancs autour"
        case fixes.CASE:
            return f"{name} : {received} → en {argument}"
        case _:
            return f"{name} : {received} → {argument}"


def _elsewhere(number: int) -> str:
    return f", et dans {_count(number, 'référence interne', 'références internes')}" if number else ""


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number < 2 else plural or singular + 's'}"
