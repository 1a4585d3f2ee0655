"""User data in FHIR (WS09): the lot judged whole, its verdict by service user, its accepted resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sidoba_engine import verdict_json
from sidoba_engine.anomaly import Location
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir_storage import Lot
from sidoba_engine.formats.fhir_users import UserPart, UserParts, user_parts
from sidoba_engine.recognition import Door, Kind
from sidoba_engine.validation import WRONG_KIND, read, validate
from sidoba_engine.verdict import DocumentType, DocumentVerdict

from sidoba_server.filings.actions import Source
from sidoba_server.filings.models import Filing
from sidoba_server.filings.resources import NamedResource, identify_resources, record_versions
from sidoba_server.processing.judged import JudgedDocument
from sidoba_server.processing.pseudonyms import resource_pseudonym_of

_LOT = "Bundle"


@dataclass(frozen=True, slots=True)
class JudgedLot:
    """A lot and what its verdict says by service user. `lot` is None when the content was no lot at all."""

    shares: UserParts
    lot: Lot | None

    @property
    def verdicts(self) -> list[DocumentVerdict]:
        """One per service user, in the order of the lot."""
        return [part.verdict for part in self.shares.parts]


def judge_lot(content: bytes, *, catalogue: Catalogue, facts: Facts) -> JudgedLot:
    """Read and judge the content of one submission."""
    (document,) = read(content, catalogue=catalogue, facts=facts, door=Door.USER_DATA)
    verdict = validate(document, facts=facts, catalogue=catalogue)
    lot = _lot_of(document)
    if lot is None:
        alone = _not_a_lot(verdict, catalogue, facts) if verdict.is_conformant else verdict
        return JudgedLot(UserParts((UserPart(alone, ()),)), None)
    return JudgedLot(user_parts(document, verdict), lot)


def record_resources(filing: Filing, source: Source, judged: JudgedLot, documents: Sequence[JudgedDocument]) -> None:
    """Keep the resources of the accepted service users, and with them the common ones; their ids are the platform's."""
    lot = judged.lot
    pairs = zip(judged.shares.parts, documents, strict=True)
    accepted = {rank for part, document in pairs if document.is_kept for rank in part.entries}
    if lot is None or not accepted:
        return
    kept = sorted(accepted | set(judged.shares.common))
    named = [
        NamedResource(rank, lot.type_of(rank), resource_pseudonym_of(lot.business_key(rank), filing.establishment))
        for rank in kept
    ]
    ids = identify_resources(filing, named)
    names = {rank: f"{lot.type_of(rank)}/{ids[rank]}" for rank in kept}
    record_versions(source, ids, {rank: verdict_json.encode(lot.kept_form(rank, names)) for rank in kept})


def _lot_of(document: Document) -> Lot | None:
    if document.type is not DocumentType.FHIR or document.content is None:
        return None
    value = document.content.value
    return Lot(document) if isinstance(value, dict) and value.get("resourceType") == _LOT else None


def _not_a_lot(verdict: DocumentVerdict, catalogue: Catalogue, facts: Facts) -> DocumentVerdict:
    """R-ENV-001: a resource without its lot is judged elsewhere, it is not taken here."""
    anomaly = catalogue.rules[WRONG_KIND].anomaly(
        Location(""), facts.environment, trouve=Kind.FHIR_OTHER.value, attendu="lot_fhir"
    )
    return replace(verdict, anomalies=(anomaly, *verdict.anomalies)).without_values()
