"""Write the figures of the mutation study (`tools/mutation_study.py`), and their table into the README.

.venv/bin/python bench/models/mutations.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from mutation_study import figures, trials  # noqa: E402 (found by the line above)
from readme import write_table  # noqa: E402
from sidoba_engine.catalogue import installed_catalogue  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "mutations.json"


def table(found: dict[str, Any]) -> str:
    """The figures as a table, ways that are restored most often first."""
    lines = [
        "| Way of spoiling (named as in the study) | Payloads | Seen | Restored | To confirm |",
        "|---|---:|---:|---:|---:|",
    ]
    ways = sorted(found["ways"].items(), key=lambda item: (-item[1]["restored"] / item[1]["payloads"], item[0]))
    sums = [
        ("**All ways that only write the same thing otherwise**", found["same_meaning"]),
        ("**All ways**", found["total"]),
    ]
    for name, tally in [*ways, *sums]:
        lines.append(
            f"| {name} | {tally['payloads']} | {tally['seen']} | {tally['restored']} | {tally['to_confirm']} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Do the study, write the figures and say the totals."""
    found = figures(trials(installed_catalogue()))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_table("mutations", table(found))
    print(f"{len(found['ways'])} ways: {found['total']}; same meaning: {found['same_meaning']}")


if __name__ == "__main__":
    main()
