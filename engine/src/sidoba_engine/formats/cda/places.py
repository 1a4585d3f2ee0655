"""Places: the path of an element as a user reads it, and its line and column by a second reading of the bytes.

The second reading happens only for documents with anomalies, once for all of them. Paths are those of the API contract
§1: XPath without prefixes, an index (from 1) only where siblings of that name exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from lxml import etree

from sidoba_engine.anomaly import Location
from sidoba_engine.formats.cda.names import local_name

_STEP = re.compile(r"([^\[\]/@]+)(?:\[([0-9]+)\])?")
_TAG_NAME = re.compile(rb"<[^\s/>]+")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_LONGEST_NAME = 80
_MARKUP = re.compile(rb"<(?:([^!?/])|!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>)", re.DOTALL)
"""A start tag, told by its first letter, or what may hold a `<` that begins none. A `<` is nowhere else."""
_LINE_END = re.compile(rb"\r\n|\r|\n")

_NAMESPACE = b"xmlns"

Wanted = tuple[etree._Element, str | None]
"""An element, and the attribute meant when it is not the element itself (name as in the path, without prefix)."""


class Places:
    """Places of one document. `source` is the UTF-8 text that gave `root`."""

    def __init__(self, source: bytes, root: etree._Element) -> None:
        self._source = source
        self._root = root
        self._tag = -1
        self._attributes: dict[bytes, tuple[int, int]] = {}

    def locate(self, path: str) -> Location:
        """The location of one path; without line when nothing in the document has that path."""
        trail, _, attribute = path.partition("/@")
        element = self._element_at(trail)
        if element is None:
            return Location(path)
        return self.locations([(element, attribute or None)])[0]

    def locations(self, wanted: Sequence[Wanted]) -> list[Location]:
        """The locations of many elements and attributes, in the same order, by one more pass over the bytes."""
        if not wanted:
            return []
        elements = {element for element, _ in wanted}
        paths = paths_of(elements)
        starts = self._starts(elements)
        return [self._location(paths[item[0]], item[1], starts[item[0]]) for item in wanted]

    def offsets(self, elements: set[etree._Element]) -> dict[etree._Element, int]:
        """Where the start tag of each element begins in the source, in bytes."""
        return {element: start[2] for element, start in self._starts(elements).items()} if elements else {}

    def _starts(self, elements: set[etree._Element]) -> dict[etree._Element, tuple[int, int, int]]:
        ranks = {element: rank for rank, element in enumerate(self._root.iter("*")) if element in elements}
        starts = self._tag_starts(set(ranks.values()))
        return {element: starts[rank] for element, rank in ranks.items()}

    def _tag_starts(self, ranks: set[int]) -> dict[int, tuple[int, int, int]]:
        """Rank of an element in document order → line, column (from 1) and byte offset of its `<`."""
        tags = (found.start() for found in _MARKUP.finditer(self._source) if found[1])
        wanted = sorted(ranks)
        starts: dict[int, tuple[int, int, int]] = {}
        line, reached = 1, 0
        passed = -1
        for rank in wanted:
            offset = next(islice(tags, rank - passed - 1, None))
            passed = rank
            line += _line_ends(self._source, reached, offset)
            reached = offset
            line_start = self._source.rfind(b"\n", 0, offset) + 1
            line_start = max(line_start, self._source.rfind(b"\r", line_start, offset) + 1)
            starts[rank] = (line, len(self._source[line_start:offset].decode()) + 1, offset)
        return starts

    def _location(self, path: str, attribute: str | None, start: tuple[int, int, int]) -> Location:
        line, column, offset = start
        if attribute is None:
            return Location(path, line, column)
        if self._tag != offset:
            self._tag, self._attributes = offset, _attribute_places(self._source, offset, line=line, column=column)
        line, column = self._attributes.get(attribute.encode(), (line, column))
        return Location(f"{path}/@{_shown_name(attribute)}", line, column)

    def _element_at(self, trail: str) -> etree._Element | None:
        names = [_STEP.fullmatch(step) for step in trail.strip("/").split("/")]
        element: etree._Element | None = None
        for step in names:
            if step is None:
                return None
            siblings: Iterable[etree._Element] = [self._root] if element is None else element.iterchildren("*")
            same = [item for item in siblings if local_name(str(item.tag)) == step[1]]
            rank = int(step[2] or 1)
            if not 0 < rank <= len(same):
                return None
            element = same[rank - 1]
        return element


def _line_ends(source: bytes, start: int, end: int) -> int:
    """Ends of lines between two offsets: LF, CR LF or CR."""
    count = source.count(b"\n", start, end)
    if source.find(b"\r", start, end) < 0:
        return count
    return count + source.count(b"\r", start, end) - source.count(b"\r\n", start, end)


def paths_of(elements: Iterable[etree._Element]) -> dict[etree._Element, str]:
    """The path of each element. Linear: children of one name are counted once, however many are asked for."""
    steps: _Steps = {}
    known: dict[etree._Element, str] = {}
    return {element: _path(element, steps, known) for element in elements}


_Steps = dict[tuple[etree._Element, str], dict[etree._Element, str]]


def _path(element: etree._Element, steps: _Steps, known: dict[etree._Element, str]) -> str:
    """The path, those of the elements above kept in `known`. Iterative: they may be many."""
    above = [element]
    while above[-1] not in known and (parent := above[-1].getparent()) is not None:
        above.append(parent)
    path = known.setdefault(above[-1], f"/{_step_name(above[-1])}")
    for parent, child in zip(reversed(above), reversed(above[:-1]), strict=False):
        name = local_name(str(child.tag))
        same = steps.get((parent, name))
        if same is None:
            same = steps[parent, name] = steps_of(parent, name)
        path = known[child] = f"{path}/{same[child]}"
    return path


def _step_name(element: etree._Element) -> str:
    """The name as a path shows it: no name of the format is that long, and a path repeats those above it."""
    return _shown_name(local_name(str(element.tag)))


def _shown_name(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def steps_of(parent: etree._Element, name: str) -> dict[etree._Element, str]:
    """The last step of the path of each child of that name: with its index only among siblings of that name."""
    same = list(parent.iterchildren(f"{{*}}{name}"))
    shown = _shown_name(name)
    if len(same) == 1:
        return {same[0]: shown}
    return {child: f"{shown}[{rank}]" for rank, child in enumerate(same, start=1)}


def _attribute_places(source: bytes, tag_start: int, *, line: int, column: int) -> dict[bytes, tuple[int, int]]:
    """Line and column of each attribute of the tag that starts there, by its name without prefix.

    Of two with the same local name, the one without prefix, as in `attribute_in_tag`. All in one reading: a tag may
    have thousands of faulty attributes, behind one of ten megabytes.
    """
    places: dict[bytes, tuple[int, int]] = {}
    tag = _TAG_NAME.match(source, tag_start)
    position, reached = tag.end() if tag else tag_start, tag_start
    while found := _ATTRIBUTE.match(source, position):
        position, start = found.end(), found.start(1)
        lines = _LINE_END.split(source[reached:start])
        line, column = line + len(lines) - 1, len(lines[-1].decode()) + (1 if len(lines) > 1 else column)
        reached = start
        prefix, _, name = found[1].rpartition(b":")
        if prefix != _NAMESPACE and (name not in places or not prefix):
            places[name] = line, column
    return places


def attribute_in_tag(source: bytes, tag_start: int, name: bytes) -> tuple[tuple[int, int, int] | None, int]:
    """An attribute of the start tag that begins there, and where the last attribute of the tag ends.

    The attribute is told by the byte offsets of its name, of the quote before its value and of the one after it; None
    when the tag has none of that local name. One without prefix goes before one that has a prefix.
    """
    tag = _TAG_NAME.match(source, tag_start)
    position = tag.end() if tag else tag_start
    meant: tuple[int, int, int] | None = None
    while found := _ATTRIBUTE.match(source, position):
        prefix, _, local = found[1].rpartition(b":")
        if local == name and prefix != _NAMESPACE and (meant is None or not prefix):
            meant = found.start(1), found.start(2), found.end(2) - 1
        position = found.end()
    return meant, position
