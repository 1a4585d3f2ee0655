"""Links between pages of this repository lead somewhere: the file exists, and the place in it too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]

LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
NAMED_PLACE = re.compile(r'<a id="([^"]+)"></a>')


def pages() -> list[Path]:
    """Every Markdown page that is ours: what tools leave in hidden folders is not."""
    found = sorted(ROOT.rglob("*.md"))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]


def links_of(text: str) -> Iterator[str]:
    """The targets of the links of a page, code left out."""
    yield from LINK.findall(SPAN.sub("`x`", FENCE.sub("", text)))


@cache
def places_of(path: Path) -> frozenset[str]:
    """What may follow `#`: named places, and headings as forges name them."""
    text = path.read_text(encoding="utf-8")
    prose = FENCE.sub("", text)
    return frozenset(NAMED_PLACE.findall(prose)) | {slug(heading) for heading in HEADING.findall(prose)}


def slug(heading: str) -> str:
    """The anchor a forge gives to a heading: lower case, punctuation away, spaces to dashes."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(path: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere in this repository. Addresses of the web are not looked at."""
    broken = []
    for link in links_of(text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, place = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{link}: no such file")
        elif place and place not in places_of(target):
            broken.append(f"{link}: no such place")
    return broken


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    assert not broken_links(path, path.read_text(encoding="utf-8"))


def test_a_broken_link_is_seen() -> None:
    text = "[a](docs/nowhere.md) [b](README.md#no-such-place) [c](README.md) `[d](no.md)` [e](https://example.org/x)"
    assert broken_links(ROOT / "CONTRIBUTING.md", text) == [
        "docs/nowhere.md: no such file",
        "README.md#no-such-place: no such place",
    ]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    to_read = [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in links_of(page.read_text(encoding="utf-8")):
            file = unquote(link).partition("#")[0]
            target = (page.parent / file).resolve() if file and ":" not in file else page
            target = target / "README.md" if target.is_dir() else target
            if target.suffix == ".md" and target.exists():
                to_read.append(target)
    assert not {path.relative_to(ROOT).as_posix() for path in pages() if path.is_relative_to(ROOT / "docs")} - {
        path.relative_to(ROOT).as_posix() for path in reached
    }
