"""Pages that name modules, functions and files name those of today.

Decision records are left out: they tell what was decided, and are never edited.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [
    ROOT / "server" / "src" / "sidoba_server",
    ROOT / "engine" / "src" / "sidoba_engine",
    ROOT / "engine" / "src",
    ROOT / "client" / "src" / "sidoba_client",
]
PAGES = [
    ROOT / "ARCHITECTURE.md",
    ROOT / "SECURITY.md",
    ROOT / "docs" / "dev" / "adding.md",
    ROOT / "docs" / "dev" / "testing.md",
]
SPAN = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+)+")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/(?:[\w.-]+\.(?:py|yaml|md|json))?|[\w-]+\.(?:py|yaml)")
FILE_ENDINGS = {"py", "md", "yaml", "json", "toml", "lock"}


def unknown_names(text: str) -> list[str]:
    """The modules, functions and files that a page names and that do not exist."""
    spans = [span.split("(")[0].strip() for span in SPAN.findall(text)]
    dotted = [span for span in spans if DOTTED.fullmatch(span) and span.rsplit(".")[-1] not in FILE_ENDINGS]
    paths = [span for span in spans if PATH.fullmatch(span) and "..." not in span]
    return [name for name in dotted if not _is_code(name)] + [path for path in paths if not _is_path(path)]


def _is_code(name: str) -> bool:
    """`app.module` or `app.module.thing`, in one of the packages."""
    parts = name.split(".")
    for package in PACKAGES:
        for cut in range(len(parts), 0, -1):
            module = _module(package.joinpath(*parts[:cut]))
            if module is not None and (cut == len(parts) or parts[cut] in _defined_in(module)):
                return True
    return False


def _module(path: Path) -> Path | None:
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _defined_in(module: Path) -> set[str]:
    names = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.ImportFrom):
            names |= {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
            names |= {alias.name for alias in getattr(node, "names", [])}
    return names


def _is_path(written: str) -> bool:
    path = re.sub(r"<\w+>|NN_\w+", "*", written)
    if "/" not in path:
        return any(
            True for folder in ("catalogue", "engine", "client", "server", "tools") for _ in (ROOT / folder).rglob(path)
        )
    return any(True for base in (ROOT, *PACKAGES) for _ in base.glob(path.rstrip("/")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_name_is_that_of_today(page: Path) -> None:
    assert not unknown_names(page.read_text(encoding="utf-8"))


def test_a_name_of_yesterday_is_seen() -> None:
    text = (
        "`intake.actions.receive_submission` `intake.actions.gone` `nowhere.at_all` `core/payloads.py` `core/gone.py`"
    )
    assert unknown_names(text) == ["intake.actions.gone", "nowhere.at_all", "core/gone.py"]
