"""Time and memory of the verdict of a CDA document, beside the parser alone and beside Saxon with the same rules.

    .venv/bin/python bench/cda/verdict_speed.py            (about five minutes; --draft writes nothing)

One core, one document after the other, every contender in turn within each round; then how the cost grows with care
events, with an attachment and with anomalies, what bounds it, and peak memory in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

from breakdown import breakdown  # noqa: E402 (the folder above)
from contenders import FINESS, NAMES, PARSE, SAXON, VERDICT, YEAR, contender  # noqa: E402
from documents import official, with_attachment, with_events, with_wrong_codes, without_prefixes  # noqa: E402
from peak_memory import peak_of  # noqa: E402
from report import PAGE, table, write_table  # noqa: E402
from rounds import Task, Timings, in_rounds, ratio  # noqa: E402
from sidoba_engine.catalogue import installed_catalogue  # noqa: E402
from sidoba_engine.formats.cda.writing import write_document  # noqa: E402
from synthetic_records import Synthesis  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "cda.json"
ATTACHMENT = 12_000_000
CLEAN = "visits without anomaly"
FEW, MANY, MOST = 10, 100, 500


@dataclass(frozen=True, slots=True)
class Timed:
    """A document to treat. `family` and `events` say which documents differ by the number of their events only."""

    name: str
    content: bytes
    family: str = ""
    events: int = 0
    has_saxon: bool = False


def documents() -> Iterator[Timed]:
    """All the documents timed, the official example first."""
    example = official()
    grown = {times: with_events(example, times) for times in (1, FEW, MANY, MOST)}
    for times, content in grown.items():
        name = "official example" if times == 1 else f"official example, ×{times} events"
        yield Timed(name, content, "official example", times, has_saxon=times <= MANY)
    for times in (FEW, MANY, MOST):
        yield Timed(f"{times} visits without anomaly", visits(times), CLEAN, times)
    yield Timed("official example, attachment of 12 MB", with_attachment(example, ATTACHMENT))
    for times in (MANY, MOST):
        yield Timed(f"×{times} events, no prefix", without_prefixes(grown[times]), "no prefix", times)
    for times in (MANY, MOST):
        yield Timed(f"×{times} events, every code unknown", with_wrong_codes(grown[times]), "unknown codes", times)


def visits(number: int) -> bytes:
    """A document of that many visits, by our own writer; it has but the anomaly inherent to test data."""
    synthesis = Synthesis(installed_catalogue(), 101, finess=FINESS, last_day=date(YEAR, 9, 30))
    events = tuple(
        synthesis.care_event(rank + 1, synthesis.last_day - timedelta(days=rank % 50)) for rank in range(number)
    )
    record = replace(synthesis.record(), stays=(synthesis.stay(),), care_events=events)
    return write_document(record, synthesis.header())


def tasks_of(timed: list[Timed], *, saxon: bool) -> dict[tuple[str, str], Task]:
    """Each contender on each document; Saxon not on the largest, which would take most of the time."""
    made = {name: contender(name) for name in NAMES if saxon or name != SAXON}
    return {
        (document.name, name): lambda treat=treat, content=document.content: treat(content)
        for document in timed
        for name, treat in made.items()
        if name != SAXON or document.has_saxon
    }


def verdicts_of(timed: list[Timed]) -> dict[str, Any]:
    """The verdict of each document, once it is sure that the documents are what their names say."""
    judge: Any = contender(VERDICT)
    found = {document.name: judge(document.content)[0] for document in timed}
    rules = {name: {anomaly.rule for anomaly in verdict.anomalies} for name, verdict in found.items()}
    for document in timed:
        count = len(found[document.name].anomalies)
        if document.family == "official example":
            assert rules[document.name] == rules["official example"], "more events bring no other rule"
        elif document.family == CLEAN:
            assert count <= 1, "visits without anomaly"
        elif document.family:
            assert count >= 10 * document.events, "thousands of anomalies"
    return found


def measure(*, rounds: int, seconds: float, saxon: bool) -> dict[str, Any]:
    """The whole bench; what `cda.json` holds. The load tells whether the machine had anything else to do."""
    _keep_to_one_core()
    load = os.getloadavg()[0]
    timed = list(documents())
    verdicts = verdicts_of(timed)
    tasks = tasks_of(timed, saxon=saxon)
    timings = in_rounds(tasks, rounds=rounds, seconds=seconds)
    return {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, one core, "
        f"load average {load:.1f} before",
        "versions": {name: importlib.metadata.version(name) for name in ("lxml", "saxonche")},
        "documents": {document.name: _told(document, timings, verdicts[document.name]) for document in timed},
        "growth": list(_growth(timed, timings)),
        "memory_mb": _memory(timed, saxon=saxon),
        "breakdown_ms": {
            document.name: breakdown(document.content, rounds=rounds, seconds=seconds)
            for document in timed
            if document.family in ("official example", CLEAN) and document.events in (1, MANY)
        },
    }


def _keep_to_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _told(document: Timed, timings: dict[tuple[str, str], Timings], verdict: Any) -> dict[str, Any]:
    mine = {name: timings[document.name, name] for name in NAMES if (document.name, name) in timings}
    return {
        "octets": len(document.content),
        "anomalies": len(verdict.anomalies),
        "contenders": {name: item.told() for name, item in mine.items()},
        "times_parse": {name: ratio(item, mine[PARSE]) for name, item in mine.items() if name != PARSE},
    }


def _growth(timed: list[Timed], timings: dict[tuple[str, str], Timings]) -> Iterator[dict[str, Any]]:
    """From each document to the next of its family: how many times the events, and how many times the cost."""
    for before, after in pairwise(timed):
        if after.family and before.family == after.family:
            costs = {
                name: ratio(timings[after.name, name], timings[before.name, name])
                for name in NAMES
                if (after.name, name) in timings
            }
            times = after.events // before.events
            yield {"family": after.family, "from": before.events, "to": after.events, "events": times, "cost": costs}


def _memory(timed: list[Timed], *, saxon: bool) -> dict[str, dict[str, dict[str, float]]]:
    """Of the official example, of what weighs most in bytes, in events and in anomalies."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for document in timed:
        is_heavy = document.events in (1, MOST) or len(document.content) > ATTACHMENT
        if is_heavy and document.family not in (CLEAN, "no prefix"):
            names = [name for name in NAMES if name != SAXON or (saxon and document.has_saxon)]
            found[document.name] = {name: peak_of(name, document.content) for name in names}
    return found


def main() -> None:
    """Measure, write the figures, and say them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.2, help="of one contender on one document in one round")
    parser.add_argument("--no-saxon", action="store_true", help="leave the slowest contender out")
    parser.add_argument("--draft", action="store_true", help="only say the figures")
    options = parser.parse_args()
    found = measure(rounds=options.rounds, seconds=options.seconds, saxon=not options.no_saxon)
    if not options.draft:
        RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        write_table(PAGE, table(found))
    print(table(found))


if __name__ == "__main__":
    main()
