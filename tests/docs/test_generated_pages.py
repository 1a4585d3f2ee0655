"""The pages of docs/reference/ are those that the program writes, and each published address has its place in them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from sidoba_engine.catalogue import installed_catalogue

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python tools/generate_docs.py …`, as `make check` runs it."""
    command = [sys.executable, str(ROOT / "tools" / "generate_docs.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_pages_are_up_to_date() -> None:
    outcome = generate("--check")
    assert outcome.returncode == 0, outcome.stderr


def test_a_changed_a_missing_and_a_foreign_page_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    assert generate("--folder", str(folder)).returncode == 0
    (folder / "refus.md").write_text("autre chose", encoding="utf-8")
    (folder / "roles.md").unlink()
    (folder / "regles" / "a-la-main.md").write_text("à la main", encoding="utf-8")
    outcome = generate("--check", "--folder", str(folder))
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines() == [
        "refus.md is not up to date",
        "roles.md is missing",
        "regles/a-la-main.md is not generated any more",
        "run: python tools/generate_docs.py",
    ]
    assert (folder / "refus.md").read_text(encoding="utf-8") == "autre chose", "--check writes nothing"


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert generate("--folder", str(tmp_path)).returncode == 0
    again = generate("--folder", str(tmp_path))
    assert again.returncode == 0
    assert "up to date" in again.stdout


def test_every_rule_and_every_refusal_has_its_place() -> None:
    named = {
        name
        for path in REFERENCE.rglob("*.md")
        for name in re.findall(r'<a id="([^"]+)"></a>', path.read_text(encoding="utf-8"))
    }
    catalogue = installed_catalogue()
    assert len(catalogue.rules) > 100
    assert not (catalogue.rules.keys() | catalogue.refusals.keys()) - named
