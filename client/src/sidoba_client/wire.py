"""The contract's objects as the client reads them (API contract, §1 and §4): French on the wire, English here.

Unknown members are ignored: additions do not change `v1`. Whoever must hand an object on unchanged keeps its raw bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

if TYPE_CHECKING:  # the engine is loaded by the commands that judge, not by `sidoba --version`
    from sidoba_engine.verdict import DocumentVerdict


class Link(Struct, frozen=True):
    """A resource named by another one."""

    id: str
    href: str = ""


class Location(Struct, frozen=True):
    """Where an anomaly is: JSON Pointer or XPath, and line and column from 1 when known.

    `trail` is the place in words, known of a document judged here only: the platform does not send it.
    """

    path: str = field(name="chemin")
    line: int | None = field(name="ligne", default=None)
    column: int | None = field(name="colonne", default=None)
    expression: str | None = None
    trail: str | None = None


class Anomaly(Struct, frozen=True):
    """`anomalie`."""

    rule: str = field(name="regle")
    severity: str = field(name="gravite")
    stage: str = field(name="niveau")
    location: Location = field(name="emplacement")
    message: str
    hint: str = field(name="aide", default="")
    rule_version: str = field(name="version_regle", default="")
    value: str | None = field(name="valeur", default=None)
    expected: list[str] = field(name="attendu", default_factory=list)
    documentation: str = ""


class RuleNotRun(Struct, frozen=True):
    """One line of `regles_non_executees`."""

    rule: str = field(name="regle")
    reason: str = field(name="raison")
    detail: str = ""


class Document(Struct, frozen=True):
    """A judged document: of a local verdict (`file_name`) or of a run on the platform (`status`, `service_user`)."""

    index: int
    type: str
    is_conformant: bool = field(name="conforme")
    total_anomalies: int = 0
    anomalies: list[Anomaly] = field(default_factory=list)
    not_run: list[RuleNotRun] = field(name="regles_non_executees", default_factory=list)
    file_name: str | None = field(name="fichier", default=None)
    service_user: str | None = field(name="usager", default=None)
    local_identifier: str | None = field(name="identifiant_local", default=None)
    status: str | None = field(name="statut", default=None)


class CatalogueIdentity(Struct, frozen=True):
    """Which rules judged."""

    version: str
    digest: str = field(name="empreinte")


class Verdict(Struct, frozen=True):
    """`verdict`."""

    is_conformant: bool = field(name="conforme")
    environment: str = field(name="environnement")
    total_anomalies: int
    documents: list[Document]
    catalogue: CatalogueIdentity


class Problem(Struct, frozen=True):
    """`probleme` (RFC 9457), as a refusal comes."""

    code: str
    status: int | None = None
    title: str = ""
    detail: str = ""
    correlation_id: str | None = None
    anomalies: list[Anomaly] = field(default_factory=list)


class OAuthError(Struct, frozen=True):
    """What the token address answers when it refuses (RFC 6749, 5.2)."""

    error: str


class Token(Struct, frozen=True):
    """A bearer token and its life in seconds."""

    access_token: str
    expires_in: float = 600


class Period(Struct, frozen=True):
    """Both days included, ISO 8601."""

    start: str = field(name="debut")
    end: str = field(name="fin")


class ModelReference(Struct, frozen=True):
    """A business model by code and version."""

    code: str
    version: str


class Campaign(Struct, frozen=True):
    """`campagne`."""

    code: str
    report_type: str = field(name="type_rapport")
    period: Period = field(name="periode")
    environment: str = field(name="environnement", default="")
    label: str = field(name="libelle", default="")
    status: str = field(name="statut", default="")
    closes_at: str = field(name="cloture", default="")
    models: list[ModelReference] = field(name="modeles", default_factory=list)


class Software(Struct, frozen=True):
    """The product a credential belongs to."""

    name: str = field(name="nom")
    version: str = ""
    vendor: str = field(name="editeur", default="")


class Mandate(Struct, frozen=True):
    """For whom this software may send what, until when."""

    finess: str
    report_type: str = field(name="type_rapport")
    period: Period | None = field(name="periode", default=None)
    until: str | None = field(name="jusqu_au", default=None)


class Access(Struct, frozen=True):
    """`moi`: what the credential may do."""

    software: Software = field(name="logiciel")
    environment: str = field(name="environnement")
    scopes: list[str] = field(name="portees", default_factory=list)
    mandates: list[Mandate] = field(name="mandats", default_factory=list)
    expires_at: str | None = field(name="expire_le", default=None)


class WaitEstimate(Struct, frozen=True):
    """Seconds, as an interval."""

    min: float
    max: float


class QueuePlace(Struct, frozen=True):
    """Rank in the queue and the estimated wait."""

    position: int | None = None
    wait: WaitEstimate | None = field(name="attente_estimee_s", default=None)


class Acknowledgement(Struct, frozen=True):
    """The signed part of a receipt: digest and size are those of the body once decompressed."""

    id: str
    received_at: str = field(name="recu_le")
    digest: str = field(name="empreinte")
    size: int = field(name="octets")
    signature: str = ""


class Receipt(Struct, frozen=True):
    """`recu`: the body is durably stored."""

    acknowledgement: Acknowledgement = field(name="accuse")
    filing: Link = field(name="collecte")
    run: Link = field(name="traitement")
    queue: QueuePlace | None = field(name="file", default=None)


class Tally(Struct, frozen=True):
    """`bilan`: the last four add up to `received`."""

    received: int = field(name="recus")
    accepted: int = field(name="acceptes")
    accepted_with_warning: int = field(name="acceptes_avec_avertissement", default=0)
    refused: int = field(name="refuses", default=0)
    unchanged: int = field(name="inchanges", default=0)


class Run(Struct, frozen=True):
    """`traitement`."""

    id: str
    status: str = field(name="statut")
    filing: Link | None = field(name="collecte", default=None)
    queue: QueuePlace | None = field(name="file", default=None)
    tally: Tally | None = field(name="bilan", default=None)
    received_at: str | None = field(name="recu_le", default=None)


class Establishment(Struct, frozen=True):
    """An establishment as a filing names it."""

    finess: str
    name: str = field(name="nom", default="")


class ModelCompleteness(Struct, frozen=True):
    """How far one model of a filing is filled."""

    code: str
    expected: int | None = field(name="attendus", default=None)
    received: int | None = field(name="recus", default=None)
    accepted: int | None = field(name="acceptes", default=None)
    missing: list[str] = field(name="obligatoires_manquants", default_factory=list)


class UserCompleteness(Struct, frozen=True):
    """Service users announced, received, accepted."""

    announced: int | None = field(name="annonces", default=None)
    received: int | None = field(name="recus", default=None)
    accepted: int | None = field(name="acceptes", default=None)


class Completeness(Struct, frozen=True):
    """`completude` of a filing."""

    is_complete: bool = field(name="complete", default=False)
    models: list[ModelCompleteness] = field(name="modeles", default_factory=list)
    service_users: UserCompleteness | None = field(name="usagers", default=None)


class Filing(Struct, frozen=True):
    """`collecte`."""

    id: str
    campaign: str = field(name="campagne")
    establishment: Establishment = field(name="etablissement")
    status: str = field(name="statut")
    transitions: list[str] = field(name="transitions_possibles", default_factory=list)
    completeness: Completeness | None = field(name="completude", default=None)
    changed_at: str | None = field(name="modifiee_le", default=None)


class Page(Struct, frozen=True):
    """One page of any list: elements kept as they came, and where the next page starts."""

    elements: list[msgspec.Raw]
    next: str | None = field(name="suivant", default=None)


def verdict_from(built: dict[str, Any]) -> Verdict:
    """The typed form of a verdict object built by the engine."""
    return msgspec.convert(built, Verdict)


def with_trails(verdict: Verdict, documents: Sequence[DocumentVerdict]) -> Verdict:
    """The same verdict, its places told in words as the engine, which judged these documents, tells them."""
    told = [
        msgspec.structs.replace(
            document,
            anomalies=[
                msgspec.structs.replace(
                    anomaly, location=msgspec.structs.replace(anomaly.location, trail=found.location.trail)
                )
                for anomaly, found in zip(document.anomalies, judged.anomalies, strict=True)
            ],
        )
        for document, judged in zip(verdict.documents, documents, strict=True)
    ]
    return msgspec.structs.replace(verdict, documents=told)
