"""Peak memory of one contender, in a process of its own: one line of JSON, in megabytes (10⁶ bytes), step by step.

    python bench/fhir/peak_memory.py RANK FILE [SCHEMA]

RANK is the place of the contender in `contenders.NAMES`; the file is treated ten times, one time when it is large.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from contenders import NAMES, contender

STATUS = Path("/proc/self/status")
_PEAK = re.compile(r"VmHWM:\s+([0-9]+) kB")
LARGE = 2_000_000


def peak_megabytes() -> float:
    """The most memory this process ever held. Not `ru_maxrss`, which starts from that of the parent process."""
    found = _PEAK.search(STATUS.read_text(encoding="ascii"))
    assert found is not None, "only Linux tells the peak of one process"
    return round(int(found[1]) * 1024 / 1e6, 1)


def measured(name: str, content: bytes, schema: Path | None) -> dict[str, float]:
    """Peak once Python runs, once the contender is ready, once it has treated the lot."""
    steps = {"python": peak_megabytes()}
    treat = contender(name, schema)
    steps["ready"] = peak_megabytes()
    for _ in range(10 if len(content) < LARGE else 1):
        treat(content)
    steps["peak"] = peak_megabytes()
    return steps


def peak_of(name: str, content: bytes, schema: Path | None) -> dict[str, float]:
    """The same, measured in a new process."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(content)
        file.flush()
        command = [sys.executable, __file__, str(NAMES.index(name)), file.name, *([str(schema)] if schema else [])]
        steps: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return steps


if __name__ == "__main__":
    rank, file, *more = sys.argv[1:]
    print(json.dumps(measured(NAMES[int(rank)], Path(file).read_bytes(), Path(more[0]) if more else None)))
