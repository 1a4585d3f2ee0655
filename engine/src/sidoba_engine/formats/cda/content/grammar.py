"""The compact notation of the content model (`catalogue/formats/cda/structure`), read into what can be compiled.

A content is a regular expression over elements: `realmCode=CS* code=CD ( low=TS | high=TS )?`. It is read into
positions (Glushkov's construction): one for each element written, with those that may follow it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sidoba_engine.catalogue import CatalogueError

OTHER_NAMESPACE = "[autre]"
"""Stands for any element of another namespace, whose content is not looked at."""

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<bar>\|)|(?P<close>\))|(?P<name>[^\s=?*+{}()|]+)(?:=(?P<type>[^\s?*+{}()|]+))?)"
)
_COUNT = re.compile(r"\?|\*|\+|\{2,\}")
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=]+)=(?:(?P<removed>-)|(?P<type>[^\s=~!(]+(?:\([^)]*\))?)(?P<needed>!)?"
    r"(?:(?P<sign>[=~])(?P<value>\S+))?)"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Position:
    """One element written in a content; without `type` it is an element declared by itself."""

    name: str
    type: str | None


@dataclass(slots=True)
class Content:
    """A content read: `first` are the positions it may begin with, `last` those it may end with."""

    positions: list[Position] = field(default_factory=list)
    follow: list[list[int]] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    is_optional: bool = True


@dataclass(frozen=True, slots=True)
class WrittenAttribute:
    """One attribute of a type: `type` is None when the base's attribute is taken away."""

    name: str
    type: str | None
    needed: bool = False
    fixed: str | None = None


@dataclass(slots=True)
class _Part:
    first: list[int]
    last: list[int]
    is_optional: bool


def read_content(text: str) -> Content:
    """Read a content. Raises CatalogueError when it is not written as it must be."""
    reader = _Reader(text)
    whole = reader.choice()
    if reader.position != len(text.rstrip()):
        raise reader.fault()
    content = reader.content
    content.first, content.last, content.is_optional = whole.first, whole.last, whole.is_optional
    return content


def read_attributes(text: str) -> list[WrittenAttribute]:
    """Read the attributes of a type. Raises CatalogueError when one is not written as it must be."""
    attributes = []
    for word in text.split():
        found = _ATTRIBUTE.fullmatch(word)
        if found is None:
            raise CatalogueError(f"content model: attribute {word!r} cannot be read")
        fixed = found["value"] if found["sign"] == "=" else None
        attributes.append(WrittenAttribute(found["name"], found["type"], bool(found["needed"]), fixed))
    return attributes


class _Reader:
    """Recursive descent: a choice of sequences of elements and groups, each with its count."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.content = Content()

    def fault(self) -> CatalogueError:
        return CatalogueError(f"content model: {self.text!r} cannot be read at {self.position}")

    def choice(self) -> _Part:
        parts = [self._sequence()]
        while (found := _TOKEN.match(self.text, self.position)) and found["bar"]:
            self.position = found.end()
            parts.append(self._sequence())
        return _Part(
            [rank for part in parts for rank in part.first],
            [rank for part in parts for rank in part.last],
            any(part.is_optional for part in parts),
        )

    def _sequence(self) -> _Part:
        whole = _Part([], [], True)
        while (found := _TOKEN.match(self.text, self.position)) and not (found["bar"] or found["close"]):
            self._append(whole, self._item(found))
        return whole

    def _append(self, whole: _Part, part: _Part) -> None:
        self._link(whole.last, part.first)
        if whole.is_optional:
            whole.first = whole.first + part.first
        whole.last = whole.last + part.last if part.is_optional else part.last
        whole.is_optional = whole.is_optional and part.is_optional

    def _item(self, found: re.Match[str]) -> _Part:
        self.position = found.end()
        if not found["open"]:
            return self._counted(self._element(found), found)
        part = self.choice()
        closing = _TOKEN.match(self.text, self.position)
        if closing is None or not closing["close"]:
            raise self.fault()
        self.position = closing.end()
        return self._counted(part, None)

    def _element(self, found: re.Match[str]) -> _Part:
        rank = len(self.content.positions)
        self.content.positions.append(Position(found["name"], found["type"]))
        self.content.follow.append([])
        return _Part([rank], [rank], False)

    def _counted(self, part: _Part, element: re.Match[str] | None) -> _Part:
        count = _COUNT.match(self.text, self.position)
        if count is None:
            return part
        self.position = count.end()
        if count[0] == "{2,}":
            if element is None:
                raise self.fault()
            first, part = part, self._element(element)
            self._link(part.last, part.first)
            self._append(first, part)
            return first
        if count[0] in "*+":
            self._link(part.last, part.first)
        return _Part(part.first, part.last, part.is_optional or count[0] in "?*")

    def _link(self, before: list[int], after: list[int]) -> None:
        for rank in before:
            known = self.content.follow[rank]
            known += [follower for follower in after if follower not in known]
