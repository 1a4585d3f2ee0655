"""Small pieces of CDA that satisfy a path of the rules: `component[*[modele=1.2.3]]` → that element, with its template.

The examples of the rules of a table, and what their help tells to write, are made of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

_NAME = re.compile(r"\*|(?:[a-z]+:)?[A-Za-z_][\w.-]*")
_ATTRIBUTE = re.compile(r"@([\w:]+)(?:=(.*))?")
_LIMIT = re.compile(r"[\w:]+<=\d+")
ANY_ENTRY = "observation"
"""What stands for `*` without a known template: the element most entries are."""
_FILLED = "x"


@dataclass
class Piece:
    """An element under construction: name as rules write it, attributes, children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Piece] = field(default_factory=list)

    def is_like(self, other: Piece) -> bool:
        """Whether the other is this element, perhaps with more attributes or children."""
        return self.name == other.name and self.attributes.items() <= other.attributes.items()

    def holding(self, inner: Piece) -> Piece:
        """Bring the element in, or find it there: a condition (`name[@code=…]`) may have asked for it already."""
        for child in self.children:
            if inner.is_like(child):
                child.children += inner.children
                return child
        self.children.append(inner)
        return inner

    def written(self) -> str:
        """The XML text, on one line."""
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        if not self.children:
            return f"<{self.name}{attributes}/>"
        return f"<{self.name}{attributes}>{''.join(child.written() for child in self.children)}</{self.name}>"


def steps(path: str) -> list[str]:
    """The steps of a path, conditions kept: `//a[b/c]/d` → `a[b/c]`, `d`."""
    found, start, level = [], 0, 0
    for position, character in enumerate(path):
        level += (character == "[") - (character == "]")
        if character == "/" and level == 0:
            found.append(path[start:position])
            start = position + 1
    return [step for step in [*found, path[start:]] if step and step != "."]


def chain(path: str, elements: Mapping[str, str]) -> tuple[Piece, Piece]:
    """The elements a path goes through, one in the other: the outermost and the innermost.

    `elements` tells which element declares a template, by OID: what `*[modele=…]` stands for.
    """
    outermost, *others = (piece(step, elements) for step in steps(path))
    innermost = outermost
    for inner in others:
        innermost = innermost.holding(inner)
    return outermost, innermost


def piece(step: str, elements: Mapping[str, str]) -> Piece:
    """The element of one step, with what its conditions ask for. Negations and limits are satisfied by leaving out."""
    name = _NAME.match(step)
    if name is None:
        raise ValueError(f"unreadable step {step!r}")
    made = Piece(name[0])
    for condition in _conditions(step[name.end() :]):
        _satisfy(made, condition, elements)
    if made.name == "*":
        declared = (child.attributes["root"] for child in made.children if child.name == "templateId")
        made.name = elements.get(next(declared, ""), ANY_ENTRY)
    return made


def _conditions(text: str) -> list[str]:
    found, level, start = [], 0, 0
    for position, character in enumerate(text):
        level += (character == "[") - (character == "]")
        if character == "[" and level == 1:
            start = position + 1
        elif character == "]" and level == 0:
            found.append(text[start:position])
    return found


def _satisfy(made: Piece, condition: str, elements: Mapping[str, str]) -> None:
    if condition.startswith("!") or _LIMIT.fullmatch(condition):
        return
    if condition.startswith("modele="):
        made.children.append(Piece("templateId", {"root": condition[7:].split("|")[0]}))
    elif attribute := _ATTRIBUTE.fullmatch(condition):
        made.attributes[attribute[1]] = (attribute[2] or _FILLED).split("|")[0]
    else:
        outer, _ = chain(condition, elements)
        made.children.append(outer)
