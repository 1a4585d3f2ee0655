"""The lots that are timed: the guide's bundle, one of our corpus, visits by our own writer, and faults in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.fhir.writing_records import json_bytes, write_bundle
from synthetic_records import Synthesis

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT.parent / "shared" / "corpus" / "fhir" / "examples" / "Bundle-tddui-bundle-example.json"
OWN = ROOT / "corpus" / "fhir" / "valides" / "lot-ssiad-01.json"
FINESS, LAST_DAY = "480787529", date(2023, 9, 30)

VISITS = "visits"
FAULTS = "unknown codes"
BASE = 109
"""Visits that make a lot of about 182 kB."""
SEED = 101
USERS = 150
"""Lots of other service users: more than our verdict treats in one run, so that none is met twice."""

_CODE = re.compile(rb'("(?:code|status)"\s*:\s*")[^"]+')


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot to treat. `family` and `visits` say which lots differ by the number of their visits only.

    `others`: lots alike, each of another service user, treated in turn after this one, so that no lot is seen twice.
    """

    name: str
    content: bytes
    family: str = ""
    visits: int = 0
    others: tuple[bytes, ...] = ()


def lots(*, largest: int) -> Iterator[Lot]:
    """All the lots timed; those with more than `largest` times the visits are left out."""
    if GUIDE.exists():
        yield Lot("bundle of the guide", GUIDE.read_bytes())
    yield Lot("lot of our corpus", OWN.read_bytes())
    grown = {times: visits(BASE * times) for times in (1, 10, 100) if times <= largest}
    for times, content in grown.items():
        yield Lot(f"{BASE * times} visits", content, VISITS, BASE * times)
    others = tuple(visits(BASE, seed=SEED + rank) for rank in range(1, USERS))
    yield Lot(f"{BASE} visits, another user each time", visits(BASE), others=others)
    for times in (1, 10):
        if times in grown:
            yield Lot(f"{BASE * times} visits, every code unknown", with_faults(grown[times]), FAULTS, BASE * times)


def visits(number: int, *, seed: int = SEED) -> bytes:
    """One service user, one stay and that many visits, by our own writer: a lot without any fault."""
    synthesis = Synthesis(installed_catalogue(), seed, finess=FINESS, last_day=LAST_DAY)
    events = tuple(synthesis.care_event(rank + 1, LAST_DAY - timedelta(days=rank % 30)) for rank in range(number))
    record = replace(synthesis.record(), stays=(synthesis.stay(),), care_events=events)
    return json_bytes(write_bundle([record], catalogue=installed_catalogue()))


def with_faults(content: bytes) -> bytes:
    """The same lot, no code nor status of it known: as many anomalies as such a lot can have."""
    return _CODE.sub(rb"\1FAUX", content)
