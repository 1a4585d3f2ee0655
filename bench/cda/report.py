"""The figures as tables for people, and their place in the page of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contenders import CONTROLS, SAXON, VERDICT

PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- cda: begin -->", "<!-- cda: end -->"


def write_table(page: Path, text: str) -> None:
    """Replace what stands between the two marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


def table(found: dict[str, Any]) -> str:
    """All the figures, in Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [f"{found['machine']}; {versions}.", "", *_speed(found), "", *_growth(found)]
    lines += ["", *_breakdown(found), "", *_memory(found), "", *_aims(found)]
    return "\n".join(lines) + "\n"


def _speed(found: dict[str, Any]) -> Iterator[str]:
    yield "| Document | Contender | ms, best (median) | Wall p50 / p95 ms | Documents/s | Times the parse (median) |"
    yield "|---|---|---:|---:|---:|---:|"
    for name, document in found["documents"].items():
        title = f"{name}: {document['octets'] / 1000:.0f} kB, {document['anomalies']} anomalies"
        for contender, cell in document["contenders"].items():
            times = document["times_parse"].get(contender)
            shown = f"{times['best']} ({times['median']})" if times else "1"
            yield (
                f"| {title} | {contender} | {cell['best_ms']} ({cell['median_ms']}) "
                f"| {cell['wall_p50_ms']} / {cell['wall_p95_ms']} | {cell['per_second']} | {shown} |"
            )
            title = ""


def _growth(found: dict[str, Any]) -> Iterator[str]:
    yield "| Growth | Events | Parse | Verdict | With controls | Saxon |"
    yield "|---|---:|---:|---:|---:|---:|"
    for step in found["growth"]:
        costs = [f"×{cost['best']} ({cost['median']})" for cost in step["cost"].values()]
        named = dict(zip(step["cost"], costs, strict=True))
        parse, *others = (named.get(name, "") for name in (next(iter(named)), VERDICT, CONTROLS, SAXON))
        cells = " | ".join((f"×{step['events']}", parse, *others))
        yield f"| {step['family']}, {step['from']} → {step['to']} | {cells} |"


def _breakdown(found: dict[str, Any]) -> Iterator[str]:
    columns = found["breakdown_ms"]
    yield f"| What bounds it, ms (share) | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for part in next(iter(columns.values())):
        cells = (f"{column[part]} ({column[part] / column['whole verdict']:.0%})" for column in columns.values())
        yield f"| {part} | {' | '.join(cells)} |"


def _memory(found: dict[str, Any]) -> Iterator[str]:
    yield "| Peak memory, MB | Contender | Python alone | Ready | Documents treated |"
    yield "|---|---|---:|---:|---:|"
    for name, contenders in found["memory_mb"].items():
        for contender, steps in contenders.items():
            yield f"| {name} | {contender} | {steps['python']} | {steps['ready']} | {steps['peak']} |"


def _aims(found: dict[str, Any]) -> Iterator[str]:
    """The aims, and what is measured."""
    example = next(iter(found["documents"]))
    times = found["documents"][example]["times_parse"]
    peak = found["memory_mb"][example][VERDICT]["peak"]
    tenfold = [step["cost"][VERDICT]["best"] for step in found["growth"] if step["events"] == 10]
    yield (
        f"On the official example the verdict costs {times[VERDICT]['best']} times the parse (aim: at most 10); its "
        f"process peaks at {peak} MB (aim: under 100). "
        f"Ten times the events cost at most {max(tenfold)} times (aim: under 12)."
    )
    if SAXON in times:
        faster = times[SAXON]["best"] / times[VERDICT]["best"]
        yield f"Saxon with the same rules takes {faster:.1f} times as long as the verdict."
