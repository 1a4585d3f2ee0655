"""Repairs of key-value JSON: the corrections of a verdict, written into the bytes that were judged.

Only the bytes of a corrected key or value change: order, white space and the spelling of every other number stay. A
certain correction never adds a fact: it writes the same number, text, date, boolean, code or key in the form that the
model asks for. What may mean something else is only proposed (`only_certain=False` applies that too).

A repaired value can be judged where a faulty one could not: an anomaly that was not there before is always that of a
control, or of a comparison with the facts, which reads a repaired key. Documents in CDA are not repaired here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sidoba_engine.anomaly import Anomaly
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_places import JsonPlaces
from sidoba_engine.formats.key_value import BOM
from sidoba_engine.formats.text_encoding import UTF8_BOM
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentType, DocumentVerdict
from sidoba_engine.verdict_json import encode

MOST_ROUNDS = 20
"""Rounds of judging and repairing; each one repairs at least one anomaly, and most contents need one."""

REPAIRED = (DocumentType.KEY_VALUE, DocumentType.UNKNOWN)
"""Types of documents that are repaired here; a content that could not be read is of the second."""

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
    if not wanted:
        return content
    text = content.decode()
    places = JsonPlaces(text)
    edits = [
        edit
        for anomaly in wanted
        for operation in (anomaly.fix.operations if anomaly.fix else ())
        if (edit := _edit(places, operation)) is not None
    ]
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
