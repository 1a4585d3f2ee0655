"""Time and memory of the verdict of FHIR user data, beside orjson alone, fhirkit-rs and a base R4 JSON Schema.

    .venv/bin/python bench/fhir/verdict_speed.py            (about three minutes; --draft writes nothing)

One core, one lot after the other, every contender in turn within each round; then how the cost grows with entries and
with anomalies, and peak memory in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterator
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tools"), str(ROOT / "bench" / "cda")]

from breakdown import breakdown  # noqa: E402 (the folders above)
from contenders import FHIRKIT, NAMES, PARSE, SCHEMA, VERDICT, Contender, contender  # noqa: E402
from lots import BASE, FAULTS, GUIDE, VISITS, Lot, lots  # noqa: E402
from peak_memory import peak_of  # noqa: E402
from report import PAGE, table, write_table  # noqa: E402
from rounds import Task, Timings, in_rounds, ratio  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "fhir.json"
NO_SCHEMA = (
    "Left out: jsonschema-rs with the base R4 schema, which HL7 publishes with the specification and this repository "
    "does not hold; `--schema fhir.schema.json` brings it in."
)
NO_GUIDE = f"Left out: the bundle of the guide ({GUIDE.name}), absent beside this repository."


def tasks_of(timed: list[Lot], schema: Path | None) -> dict[tuple[str, str], Task]:
    """Each contender on each lot."""
    made = {name: contender(name, schema) for name in NAMES if name != SCHEMA or schema}
    return {
        (lot.name, name): _in_turn(treat, (lot.content, *lot.others)) for lot in timed for name, treat in made.items()
    }


def _in_turn(treat: Contender, contents: tuple[bytes, ...]) -> Task:
    following = cycle(contents)
    return lambda: treat(next(following))


def told_of(timed: list[Lot]) -> dict[str, dict[str, int]]:
    """How many anomalies and issues each lot brings, once it is sure that the lots are what their names say."""
    judge: Any = contender(VERDICT)
    check: Any = contender(FHIRKIT)
    found = {}
    for lot in timed:
        (verdict,) = judge(lot.content)
        assert len({lot.content, *lot.others}) == 1 + len(lot.others), f"{lot.name}: no lot twice"
        assert verdict.type.value == "fhir-tddui", f"{lot.name}: judged as FHIR"
        if lot.family == FAULTS:
            assert len(verdict.anomalies) >= 2 * lot.visits, "each visit has its faults"
        else:
            assert verdict.is_conformant, f"{lot.name}: without fault"
        found[lot.name] = {VERDICT: len(verdict.anomalies), FHIRKIT: len(check(lot.content))}
    return found


def measure(*, rounds: int, seconds: float, largest: int, schema: Path | None) -> dict[str, Any]:
    """The whole bench; what `fhir.json` holds. The load tells whether the machine had anything else to do."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    load = os.getloadavg()[0]
    timed = list(lots(largest=largest))
    told = told_of(timed)
    timings = in_rounds(tasks_of(timed, schema), rounds=rounds, seconds=seconds)
    packages = ("orjson", "fhirkit-rs", *(("jsonschema-rs",) if schema else ()))
    return {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, one core, "
        f"load average {load:.1f} before",
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "left_out": [*([] if schema else [NO_SCHEMA]), *([] if GUIDE.exists() else [NO_GUIDE])],
        "lots": {lot.name: _figures(lot, timings, told[lot.name]) for lot in timed},
        "growth": list(_growth(timed, timings)),
        "breakdown_ms": {
            lot.name: breakdown(lot.content, rounds=rounds, seconds=seconds) for lot in timed if lot.visits == BASE
        },
        "memory_mb": {
            lot.name: {name: peak_of(name, lot.content, schema) for name in NAMES if name != SCHEMA or schema}
            for lot in timed
            if not lot.others and lot.visits in (BASE, max(one.visits for one in timed if one.family == lot.family))
        },
    }


def _figures(lot: Lot, timings: dict[tuple[str, str], Timings], told: dict[str, int]) -> dict[str, Any]:
    mine = {name: timings[lot.name, name] for name in NAMES if (lot.name, name) in timings}
    return {
        "octets": len(lot.content),
        "entries": len(json.loads(lot.content)["entry"]),
        "told": told,
        "contenders": {name: item.told() for name, item in mine.items()},
        "times_orjson": {name: ratio(item, mine[PARSE]) for name, item in mine.items() if name != PARSE},
    }


def _growth(timed: list[Lot], timings: dict[tuple[str, str], Timings]) -> Iterator[dict[str, Any]]:
    """From each lot to the next of its family: how many times the visits, and how many times the cost."""
    for before, after in pairwise(timed):
        if after.family in (VISITS, FAULTS) and before.family == after.family:
            costs = {
                name: ratio(timings[after.name, name], timings[before.name, name])
                for name in NAMES
                if (after.name, name) in timings
            }
            times = after.visits // before.visits
            yield {"family": after.family, "from": before.visits, "to": after.visits, "times": times, "cost": costs}


def main() -> None:
    """Measure, write the figures, and say them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2, help="of one contender on one lot in one round")
    parser.add_argument("--largest", type=int, default=100, help="leave out the lots with more times the visits")
    parser.add_argument("--schema", type=Path, help="JSON Schema of base R4, as HL7 publishes it")
    parser.add_argument("--draft", action="store_true", help="only say the figures")
    options = parser.parse_args()
    found = measure(rounds=options.rounds, seconds=options.seconds, largest=options.largest, schema=options.schema)
    if not options.draft:
        RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        write_table(PAGE, table(found))
    print(table(found))


if __name__ == "__main__":
    main()
