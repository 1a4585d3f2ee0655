"""From files to bodies to send: key-value data to WS05 (one body a file), CDA documents to WS07 (one bundle for all).

Only the kind of each file is looked at, never its worth: broken content leaves as it is and the platform's verdict says
what is wrong, as `sidoba validate` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
from sidoba_engine.checks.wrapper import looks_wrapped
from sidoba_engine.formats.cda import wrap
from sidoba_engine.recognition import Kind, kind_of, kind_of_json, looks_like_fhir
from sidoba_engine.verdict_json import encode

from sidoba_client.errors import UsageProblem
from sidoba_client.inputs import Input
from sidoba_client.protocol import FHIR_JSON, FHIR_XML, JSON, Webservice
from sidoba_client.wire import ModelReference

LARGEST_BUNDLE = 190 * 1024 * 1024
"""Bytes of encoded documents in one bundle: under the 200 MiB the platform takes, envelope included."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One body ready for the outbox, and the files it was made of."""

    webservice: Webservice
    content: bytes
    media_type: str
    sources: list[str]


def assemble(inputs: Iterable[Input], *, model: ModelReference | None) -> Iterator[Parcel]:
    """The parcels for these files, key-value data and ready envelopes first, then the bundles of CDA documents.

    Raises UsageProblem for a file that no webservice of this version takes, or bare data without `model`.
    """
    documents: list[Input] = []
    for item in inputs:
        kind = _kind(item.content)
        if kind is Kind.KEY_VALUE:
            yield Parcel(Webservice.STRUCTURE, _key_value_body(item, model), JSON, [item.name])
        elif kind is Kind.FHIR_WRAPPER:
            yield Parcel(Webservice.CDA, item.content, FHIR_JSON, [item.name])
        elif kind is Kind.FHIR_XML:
            yield Parcel(Webservice.CDA, item.content, FHIR_XML, [item.name])
        elif kind in {Kind.CDA, Kind.XML}:
            documents.append(item)
        else:
            raise _not_taken(item, kind)
    for batch in _batches(documents):
        bundle = encode(wrap.bundle_of(item.content for item in batch))
        yield Parcel(Webservice.CDA, bundle, FHIR_JSON, [item.name for item in batch])


def _kind(content: bytes) -> Kind:
    """The kind as the engine recognises it; JSON that cannot be read is what it was meant to be."""
    kind = kind_of(content)
    if kind is not Kind.JSON:
        return kind
    try:
        value = msgspec.json.decode(content.removeprefix(BYTE_ORDER_MARK))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Kind.FHIR_WRAPPER if looks_like_fhir(content) else Kind.KEY_VALUE
    told = kind_of_json(value)
    # Any other object may be bare key-value data: the model decides.
    return Kind.KEY_VALUE if told is Kind.JSON and isinstance(value, dict) else told


def _not_taken(item: Input, kind: Kind) -> UsageProblem:
    if kind is Kind.FHIR_RESOURCES:
        return UsageProblem(
            f"« {item.name} » est un lot FHIR de données d'usagers : cette version de la commande envoie les données"
            " clé-valeur et les documents CDA. Rien n'a été envoyé."
        )
    return UsageProblem(
        f"« {item.name} » n'est ni de données clé-valeur, ni un document CDA, ni une enveloppe FHIR : rien n'a été"
        " envoyé. `sidoba validate` dit ce qui a été reconnu."
    )


def _key_value_body(item: Input, model: ModelReference | None) -> bytes:
    """The body of WS05. Around bare data it is made here, and the data stay the same to the byte."""
    bare = item.content.removeprefix(BYTE_ORDER_MARK).strip()
    try:
        members = msgspec.json.decode(bare, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return item.content
    if looks_wrapped(members):
        return item.content
    if model is None:
        raise UsageProblem(
            f"« {item.name} » ne dit pas son modèle : ajoutez `--model CODE` (par exemple ssiad-structure), ou écrivez"
            ' {"modele": {"code": …, "version": …}, "donnees": …}.'
        )
    return encode({"modele": model, "donnees": msgspec.Raw(bare)})


def _batches(documents: list[Input]) -> Iterator[list[Input]]:
    batch: list[Input] = []
    size = 0
    for item in documents:
        encoded = 4 * -(-len(item.content) // 3) + 2048
        if batch and size + encoded > LARGEST_BUNDLE:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += encoded
    if batch:
        yield batch
