"""The judged documents of a run: each verdict with the status it gets and the pseudonym it is kept under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sidoba_engine.verdict import DocumentVerdict

from sidoba_server.directory.models import Establishment
from sidoba_server.processing.pseudonyms import masked_identifier_of, pseudonym_of, set_pseudonym_of

REFUSED = "refuse"

TALLY = ("recus", "acceptes", "acceptes_avec_avertissement", "refuses", "inchanges")
"""Members of `bilan`, in the order of the contract."""


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """One document of a run. `pseudonym` and `masked_identifier` are empty when it is about no service user.

    `version` is the pseudonym of its set of versions and its number, None when it does not tell.
    """

    verdict: DocumentVerdict
    status: str
    pseudonym: str
    masked_identifier: str
    version: tuple[str, int] | None = None

    @property
    def is_kept(self) -> bool:
        """True when its data are accepted."""
        return self.status != REFUSED


def judged_documents(
    verdicts: Sequence[DocumentVerdict], *, mode: str, establishment: Establishment
) -> list[JudgedDocument]:
    """In `tout_ou_rien`, one refused document refuses all; the faultless keep a conformant verdict."""
    all_refused = mode == "tout_ou_rien" and not all(verdict.is_conformant for verdict in verdicts)
    return [
        JudgedDocument(
            verdict,
            REFUSED if all_refused else _status(verdict),
            pseudonym_of(verdict.service_user, establishment) if verdict.service_user else "",
            masked_identifier_of(verdict.service_user) if verdict.service_user else "",
            (set_pseudonym_of(verdict.version.set_id, establishment), verdict.version.number)
            if verdict.version
            else None,
        )
        for verdict in verdicts
    ]


def tally_of(documents: Sequence[JudgedDocument]) -> dict[str, int]:
    """`bilan` of the contract: its parts add up to `recus`, always."""
    count = Counter(document.status for document in documents)
    parts = [count[status] for status in ("accepte", "accepte_avec_avertissement", REFUSED, "inchange")]
    return dict(zip(TALLY, (len(documents), *parts), strict=True))


def _status(verdict: DocumentVerdict) -> str:
    if not verdict.is_conformant:
        return REFUSED
    return "accepte_avec_avertissement" if verdict.has_warnings else "accepte"
