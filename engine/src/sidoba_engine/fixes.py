"""Repairs: the corrections of a verdict, written into the bytes that were judged.

Only the bytes of a corrected key, value or attribute change: order, white space, comments, encoding and the spelling of
everything else stay. A certain correction never adds a fact: it writes the same number, text, date, boolean, code or
key in the form that the model or the format asks for. What may mean something else is only proposed
(`only_certain=False` applies that too).

A repaired value can be judged where a faulty one could not: an anomaly that was not there before is always that of a
rule, or of a comparison with the facts, which reads a repaired value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sidoba_engine.anomaly import Anomaly
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.door import CdaTree, open_tree
from sidoba_engine.formats.cda.limits import Limits, limits_of
from sidoba_engine.formats.cda.repair.rewriting import rewritten
from sidoba_engine.formats.fhir_wrapper import most_entries
from sidoba_engine.formats.fhir_xml import XmlFault, XmlText, read_fhir_xml
from sidoba_engine.formats.json_places import JsonPlaces
from sidoba_engine.formats.json_text import JsonFault, JsonText, read_json
from sidoba_engine.formats.key_value import BOM
from sidoba_engine.formats.text_encoding import UTF8_BOM
from sidoba_engine.formats.wrapper_rewriting import enclosed_documents, with_documents
from sidoba_engine.recognition import Door, Kind, kind_of, kind_of_json, looks_like_fhir
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentType, DocumentVerdict
from sidoba_engine.verdict_json import encode

MOST_ROUNDS = 20
"""Rounds of judging and repairing; each one repairs at least one anomaly, and most contents need one."""

REPAIRED = (DocumentType.KEY_VALUE, DocumentType.CDA, DocumentType.UNKNOWN)
"""Types of documents that are repaired here; a content that could not be read is of the second."""

_DEEPEST = 10_000
"""Levels of elements: what is repaired has been judged, within the limit of the format."""

Edit = tuple[int, int, str]
"""Characters from, to, and what to write in their place."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of a content: its bytes, the anomalies whose correction was applied, and the verdict afterwards."""

    content: bytes
    applied: tuple[Anomaly, ...]
    verdict: DocumentVerdict


def repair(
    content: bytes, *, catalogue: Catalogue, facts: Facts, model: BusinessModel | None = None, door: Door = Door.ANY
) -> Repair:
    """Judge a content that holds one document, and apply its certain corrections until there are none left."""
    applied: list[Anomaly] = []
    for _ in range(MOST_ROUNDS):
        verdict = _judged(content, catalogue=catalogue, facts=facts, model=model, door=door)
        repaired = apply(content, verdict.anomalies) if verdict.type in REPAIRED else content
        if repaired == content:
            return Repair(content, tuple(applied), verdict)
        applied += [anomaly for anomaly in verdict.anomalies if is_repairable(anomaly)]
        content = repaired
    return Repair(content, tuple(applied), _judged(content, catalogue=catalogue, facts=facts, model=model, door=door))


def repair_all(
    content: bytes, *, catalogue: Catalogue, facts: Facts, model: BusinessModel | None = None
) -> tuple[bytes, tuple[Repair, ...]]:
    """The content with all its documents repaired, and what became of each (its verdict is that of its envelope)."""
    envelope = _envelope_of(content, catalogue)
    if envelope is None:
        done = repair(content, catalogue=catalogue, facts=facts, model=model)
        return done.content, (done,)
    repairs = [
        None if held is None else (held[0], repair(held[1], catalogue=catalogue, facts=facts))
        for held in enclosed_documents(envelope, catalogue=catalogue, facts=facts)
    ]
    changed = {pointer: done.content for pointer, done in filter(None, repairs) if done.applied}
    content = with_documents(content, envelope, changed)
    applied = [() if held is None else held[1].applied for held in repairs]
    verdicts = list(judge(content, catalogue=catalogue, facts=facts, model=model))
    return content, tuple(
        Repair(content, applied[rank] if rank < len(applied) else (), verdict) for rank, verdict in enumerate(verdicts)
    )


def _envelope_of(content: bytes, catalogue: Catalogue) -> JsonText | XmlText | None:
    """The FHIR envelope that the content is; None for anything else."""
    kind = kind_of(content)
    try:
        if kind is Kind.FHIR_XML:
            xml = read_fhir_xml(content, limits=limits_of(catalogue), most=most_entries(catalogue))
            return xml if xml.value is not None else None
        json = read_json(content) if kind is Kind.JSON and looks_like_fhir(content) else None
    except (JsonFault, XmlFault):
        return None
    return json if json is not None and kind_of_json(json.value) is Kind.FHIR_WRAPPER else None


def _judged(
    content: bytes, *, catalogue: Catalogue, facts: Facts, model: BusinessModel | None, door: Door
) -> DocumentVerdict:
    return next(judge(content, catalogue=catalogue, facts=facts, model=model, door=door))


def apply(content: bytes, anomalies: Iterable[Anomaly], *, only_certain: bool = True) -> bytes:
    """Write the corrections of these anomalies, found in this very content, into it.

    Of two corrections of the same place, the first is applied. A correction whose place is not there is left out.
    """
    wanted = [anomaly for anomaly in anomalies if is_repairable(anomaly, only_certain=only_certain)]
    if any(anomaly.rule == BOM for anomaly in wanted):
        return content.removeprefix(UTF8_BOM)  # nothing else has been read yet
    operations = [operation for anomaly in wanted if anomaly.fix for operation in anomaly.fix.operations]
    if not operations:
        return content
    if "chemin" in operations[0]:
        tree = open_tree(content, Limits(size=len(content), depth=_DEEPEST))
        return rewritten(content, tree, operations) if isinstance(tree, CdaTree) else content
    text = content.decode()
    places = JsonPlaces(text)
    edits = [edit for operation in operations if (edit := _edit(places, operation)) is not None]
    return _edited(text, edits).encode()


def is_repairable(anomaly: Anomaly, *, only_certain: bool = True) -> bool:
    """True for an anomaly whose correction `apply` writes; a byte order mark is simply taken away."""
    if anomaly.rule == BOM:
        return True
    return anomaly.fix is not None and (anomaly.fix.certain or not only_certain)


def _edit(places: JsonPlaces, operation: dict[str, object]) -> Edit | None:
    """The characters that a JSON Patch operation changes; None for a place that is not there."""
    path = str(operation.get("path", ""))
    if operation["op"] == "replace":
        spans = places.spans(path)
        return (*spans[1], encode(operation["value"]).decode()) if spans else None
    if operation["op"] == "move":
        source = str(operation["from"])
        spans = places.spans(source)
        parent, _, name = path.rpartition("/")
        if spans is None or source.rpartition("/")[0] != parent or places.spans(path) is not None:
            return None
        return (*spans[0], encode(name.replace("~1", "/").replace("~0", "~")).decode())
    return None


def _edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit made; of two that overlap, the one that starts first, then the first given."""
    parts, position = [], 0
    for start, end, written in sorted(edits, key=lambda edit: edit[0]):
        if start >= position:
            parts += [text[position:start], written]
            position = end
    return "".join([*parts, text[position:]])
