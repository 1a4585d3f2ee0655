"""What `sidoba fix` does with one file: its certain corrections applied, line by line when it is NDJSON."""

from __future__ import annotations

import io
from dataclasses import dataclass

from sidoba_engine.anomaly import Anomaly
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import REPAIRED, Repair, is_repairable, repair_all

from sidoba_client.inputs import Input, is_ndjson


@dataclass(frozen=True, slots=True)
class RepairedFile:
    """A file as it was (`source`) and as it is now (`content`); one repair per document, in their order."""

    source: Input
    content: bytes
    repairs: tuple[Repair, ...]

    @property
    def is_conformant(self) -> bool:
        """True when nothing blocking is left in any document."""
        return all(done.verdict.is_conformant for done in self.repairs)

    @property
    def is_repaired_here(self) -> bool:
        """False when the file holds documents whose corrections this version does not apply."""
        return all(done.verdict.type in REPAIRED for done in self.repairs)


def repair_input(item: Input, *, catalogue: Catalogue, facts: Facts, model: BusinessModel | None) -> RepairedFile:
    """Repair a file; what cannot be repaired stays as it is, to the byte."""
    if not is_ndjson(item.content):
        return RepairedFile(item, *repair_all(item.content, catalogue=catalogue, facts=facts, model=model))
    repairs: list[Repair] = []
    written = []
    for line in io.BytesIO(item.content):
        body = line.rstrip(b"\r\n")
        if not body.strip():
            written.append(line)
            continue
        content, done = repair_all(body, catalogue=catalogue, facts=facts, model=model)
        repairs += done
        written.append(content + line[len(body) :])
    return RepairedFile(item, b"".join(written), tuple(repairs))


def to_confirm(done: Repair) -> list[Anomaly]:
    """The anomalies left that have a correction, which a person must confirm."""
    return [anomaly for anomaly in done.verdict.anomalies if is_repairable(anomaly, only_certain=False)]
