"""A run and a filing in words: tally, anomalies of each document, completeness."""

from __future__ import annotations

from collections.abc import Iterator

from sidoba_client.cli.progress import step
from sidoba_client.cli.terminal import printable
from sidoba_client.cli.text_report import document_lines
from sidoba_client.wire import Document, Filing, Run, Tally


def run_lines(run: Run, documents: list[Document]) -> Iterator[str]:
    """Where the run stands; once it has ended, its tally and what was found in each document."""
    yield printable(f"Traitement {run.id} : {step(run)}.")
    if run.status == "echoue":
        yield "  Incident de la plateforme : vos données sont gardées et seront traitées de nouveau, sans nouvel envoi."
    if run.tally is not None:
        yield f"  {tally_words(run.tally)}"
    for document in documents:
        yield ""
        yield from document_lines(document, name=_name(document))


def tally_words(tally: Tally) -> str:
    """`62 reçus : 60 acceptés, 1 accepté avec avertissement, 1 refusé, 0 inchangé`."""
    return (
        f"{tally.received} reçu(s) : {tally.accepted} accepté(s), {tally.accepted_with_warning} accepté(s) avec"
        f" avertissement, {tally.refused} refusé(s), {tally.unchanged} inchangé(s)."
    )


def filing_lines(filing: Filing) -> Iterator[str]:
    """A filing: status, what may come next, what is missing."""
    establishment = f"{filing.establishment.finess} {filing.establishment.name}".strip()
    yield printable(f"Collecte {filing.id} : {filing.status}")
    yield printable(f"  campagne {filing.campaign}, établissement {establishment}")
    if filing.transitions:
        yield printable(f"  étapes possibles : {', '.join(filing.transitions)}")
    completeness = filing.completeness
    if completeness is None:
        return
    yield f"  {'complète' if completeness.is_complete else 'incomplète'}"
    for model in completeness.models:
        yield printable(
            f"    {model.code} : {_number(model.accepted)} acceptés, {_number(model.received)} reçus,"
            f" {_number(model.expected)} attendus"
        )
        if model.missing:
            yield printable(f"      manquent : {', '.join(model.missing)}")
    users = completeness.service_users
    if users is not None:
        announced = "" if users.announced is None else f", {users.announced} annoncés"
        yield f"    usagers : {_number(users.accepted)} acceptés, {_number(users.received)} reçus{announced}"


def _name(document: Document) -> str:
    who = f", usager {document.local_identifier}" if document.local_identifier else ""
    status = f", {document.status}" if document.status else ""
    return f"Document {document.index}{who}{status}"


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
