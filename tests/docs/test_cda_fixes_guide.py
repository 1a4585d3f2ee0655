"""The commands of docs/editeur/corriger-un-document-cda.md, run as they are written: no platform is needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "editeur" / "corriger-un-document-cda.md"
BLOCK = re.compile(r"```bash\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_guide_runs_as_it_is_written(tmp_path: Path) -> None:
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {"TMPDIR": str(tmp_path), "SIDOBA_STATE_DIR": str(tmp_path / "state"), "PATH": path, "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-eu", "-c", found[1]], cwd=ROOT, env=os.environ | kept, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == found[2], done.stderr
