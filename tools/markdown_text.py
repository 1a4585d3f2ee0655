"""Small pieces of Markdown: cells, tables, anchors. What is written here reads the same on any forge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Page écrite par tools/generate_docs.py : ne la modifiez pas à la main. -->\n\n"
"""What every generated page begins with."""


def prose(text: str) -> str:
    """A sentence on one line, whose `<` and `&` are read as they are written."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")


def cell(value: object) -> str:
    """A value as the text of one table cell, without a bar of its own; an absent value is a dash."""
    return "–" if value is None else prose(str(value)).replace("|", "\\|")


def code(value: object) -> str:
    """A value between backquotes, fit for a table cell; an absent one stays absent."""
    text = " ".join(str(value).split())
    return f"`{text}`" if text else ""


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are already Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def anchor(name: str) -> str:
    """A place that a link can name, with the capitals of a code."""
    return f'<a id="{name}"></a>'


def block(text: str, language: str = "") -> str:
    """A block of code; the fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"
