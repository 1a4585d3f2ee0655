"""Verdicts: the outcome of judging one document, and of a whole file or submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sidoba_engine.anomaly import Anomaly, RuleNotRun, Severity
from sidoba_engine.facts import Environment


class DocumentType(StrEnum):
    """What a document was recognised as, from its content."""

    KEY_VALUE = "cle-valeur"
    CDA = "cda-tddui"
    FHIR = "fhir-tddui"
    MODEL = "modele"
    UNKNOWN = "inconnu"


@dataclass(frozen=True, slots=True)
class ServiceUserIdentity:
    """Who a user document is about. Personal data: never logged, stored only as a pseudonym and a masked form."""

    ins: str | None
    local_identifier: str | None

    @property
    def key(self) -> str | None:
        """The identifier that tells two service users apart: the INS if known, else the local one."""
        return self.ins or self.local_identifier


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """Which version of what a user document is: `set_id` (`root^extension` of setId) is common to all versions of one
    document, `number` grows. The set may be named after the service user: stored only as a pseudonym.
    """

    set_id: str
    number: int


@dataclass(frozen=True, slots=True)
class DocumentVerdict:
    """The judgement of one document.

    `index` is its rank (from 0) in the file or submission. `values` are the accepted values of key-value data (empty
    when not conformant; decimals are `Decimal`), `comments` those of its keys, `received` the number of values it
    holds, right or wrong; `service_user` tells whom a user document is about, and `version` which version of it, when
    they could be read.
    """

    index: int
    type: DocumentType
    anomalies: tuple[Anomaly, ...]
    not_run: tuple[RuleNotRun, ...]
    file_name: str | None = None
    values: Mapping[str, object] | None = None
    model: tuple[str, str] | None = None
    service_user: ServiceUserIdentity | None = None
    version: DocumentVersion | None = None
    comments: Mapping[str, str] | None = None
    received: int | None = None

    def without_values(self) -> DocumentVerdict:
        """The same judgement, nothing of the data accepted."""
        return replace(self, values={} if self.values is not None else None, comments=None)

    @property
    def is_conformant(self) -> bool:
        """True when nothing blocking was found."""
        return not any(anomaly.severity is Severity.BLOCKING for anomaly in self.anomalies)

    @property
    def has_warnings(self) -> bool:
        """True when the establishment has something to confirm before signature."""
        return any(anomaly.severity is Severity.WARNING for anomaly in self.anomalies)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of everything that was in one file, folder or submission."""

    environment: Environment
    documents: tuple[DocumentVerdict, ...]
    catalogue_version: str
    catalogue_digest: str

    @property
    def is_conformant(self) -> bool:
        """True when every document is; a file in which nothing could be judged is not conformant."""
        return bool(self.documents) and all(document.is_conformant for document in self.documents)

    @property
    def total_anomalies(self) -> int:
        """Anomalies of all documents, information included."""
        return sum(len(document.anomalies) for document in self.documents)
