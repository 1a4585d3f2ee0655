"""The documents the oracle starts from, before any mutation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from oracle_mutations import Base, base
from oracle_rich import rich
from oracle_saxon import Oracle, procedural_rules
from sidoba_engine.catalogue import Catalogue
from synthetic_cda import document
from synthetic_cda_faults import FAULTS

OFFICIAL = Path(__file__).resolve().parents[1] / "corpus" / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml"
_DAY = date(2025, 3, 14)
_LONG_TEXT = re.compile(rb">([A-Za-z0-9+/=\s]{2000,})<")


def bases(catalogue: Catalogue, oracle: Oracle) -> list[Base]:
    """The official example, its attachment shortened; a synthetic document, and the rich one grown from it."""
    official = _LONG_TEXT.sub(lambda found: b">" + b"".join(found[1].split())[:400] + b"<", OFFICIAL.read_bytes())
    synthetic = document(finess="019999994", number=7, day=_DAY)
    return [
        base("official", official, oracle, weight=3),
        base("synthetic", synthetic, oracle, weight=1),
        base("rich", rich(synthetic, catalogue, oracle), oracle, weight=8),
    ]


def known_faults() -> Iterator[tuple[str, bytes]]:
    """A synthetic document for each fault that the synthetic corpus knows, with its name."""
    for fault in FAULTS:
        if fault not in procedural_rules():
            yield f"fault {fault}", document(finess="019999994", number=7, day=_DAY, faults=[fault])
