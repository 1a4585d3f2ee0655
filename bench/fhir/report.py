"""The figures as tables for people, and their place in the page of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contenders import FHIRKIT, PARSE, VERDICT
from lots import BASE, VISITS

PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- fhir: begin -->", "<!-- fhir: end -->"


def write_table(page: Path, text: str) -> None:
    """Replace what stands between the two marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


def table(found: dict[str, Any]) -> str:
    """All the figures, in Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [f"{found['machine']}; {versions}.", "", *found["left_out"], "", *_speed(found), "", *_growth(found)]
    lines += ["", *_breakdown(found), "", *_memory(found), "", *_aims(found)]
    return "\n".join(lines) + "\n"


def _speed(found: dict[str, Any]) -> Iterator[str]:
    yield "| Lot | Contender | Told | ms, best (median) | Wall p50 / p95 ms | Lots/s | Times orjson (median) |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for name, lot in found["lots"].items():
        title = f"{name}: {lot['octets'] / 1000:.0f} kB, {lot['entries']} entries"
        for contender, cell in lot["contenders"].items():
            times = lot["times_orjson"].get(contender)
            shown = f"{times['best']} ({times['median']})" if times else "1"
            yield (
                f"| {title} | {contender} | {lot['told'].get(contender, '')} "
                f"| {cell['best_ms']} ({cell['median_ms']}) "
                f"| {cell['wall_p50_ms']} / {cell['wall_p95_ms']} | {cell['per_second']} | {shown} |"
            )
            title = ""


def _growth(found: dict[str, Any]) -> Iterator[str]:
    yield "| Growth | Visits | Contender | Cost, best (median) |"
    yield "|---|---:|---|---:|"
    for step in found["growth"]:
        title, times = f"{step['family']}, {step['from']} → {step['to']}", f"×{step['times']}"
        for contender, cost in step["cost"].items():
            yield f"| {title} | {times} | {contender} | ×{cost['best']} ({cost['median']}) |"
            title = times = ""


def _breakdown(found: dict[str, Any]) -> Iterator[str]:
    columns = found["breakdown_ms"]
    yield f"| What bounds it, ms (share) | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for part in next(iter(columns.values())):
        cells = (f"{column[part]} ({column[part] / column['whole verdict']:.0%})" for column in columns.values())
        yield f"| {part} | {' | '.join(cells)} |"


def _memory(found: dict[str, Any]) -> Iterator[str]:
    yield "| Peak memory, MB | Contender | Python alone | Ready | Lots treated |"
    yield "|---|---|---:|---:|---:|"
    for name, contenders in found["memory_mb"].items():
        title = name
        for contender, steps in contenders.items():
            yield f"| {title} | {contender} | {steps['python']} | {steps['ready']} | {steps['peak']} |"
            title = ""


def _aims(found: dict[str, Any]) -> Iterator[str]:
    """The aims, and what is measured."""
    costs = found["lots"][f"{BASE} visits"]["contenders"]
    parse, mine, theirs = (costs[name]["best_ms"] for name in (PARSE, VERDICT, FHIRKIT))
    yield (
        f"On the lot of {BASE} visits the verdict takes {mine / theirs:.2f} times what fhirkit-rs takes for base R4 "
        f"alone (aim: at most 1) and {mine / parse:.1f} times the parse."
    )
    tenfold = [step["cost"][VERDICT]["best"] for step in found["growth"] if step["times"] == 10]
    if tenfold:
        yield f"Ten times the {VISITS} cost at most {max(tenfold)} times (aim: under 12)."
