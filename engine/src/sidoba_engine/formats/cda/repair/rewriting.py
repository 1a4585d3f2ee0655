"""CDA corrections written into the bytes of the document: the attributes concerned change, nothing else does.

The encoding, the byte order mark, the line endings, the comments and the white space stay; so do the quotes around a
value and every byte of the other attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lxml import etree

from sidoba_engine.formats.cda.door import CdaTree
from sidoba_engine.formats.cda.encoding import Writing, writing_of
from sidoba_engine.formats.cda.names import local_name
from sidoba_engine.formats.cda.places import Places, attribute_in_tag, steps_of
from sidoba_engine.formats.cda.repair import fixes
from sidoba_engine.formats.cda.repair.moment_spellings import hl7_spelling

Edit = tuple[int, int, bytes]
"""Bytes from, to, and what to write in their place."""

Change = Callable[[str], str | None]
"""The value of an attribute → the one to write; None to leave it."""

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_QUOTE = '"'
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def rewritten(content: bytes, tree: CdaTree, operations: Iterable[Mapping[str, object]]) -> bytes:
    """The document with these operations done (those of `formats.cda.fixes`); `tree` is what `content` was opened as.

    Of two operations on one attribute, the first is done. One whose place is not there, or which would change nothing,
    is left out; without any, the bytes are the very same.
    """
    wanted = [(str(item["chemin"]), item) for item in operations]
    elements = elements_at(tree.root, {path.rpartition("/@")[0] for path, _ in wanted})
    chosen: dict[tuple[etree._Element, str], Mapping[str, object]] = {}
    for path, item in wanted:
        trail, mark, name = path.rpartition("/@")
        if mark and trail in elements:
            chosen.setdefault((elements[trail], name), item)
    values = {place: _change_of(item) for place, item in chosen.items()}
    adding = {place for place, item in chosen.items() if item["op"] == fixes.ADD}
    return with_values(content, tree, values, adding=adding)


def with_values(
    content: bytes,
    tree: CdaTree,
    changes: Mapping[tuple[etree._Element, str], Change],
    *,
    adding: Iterable[tuple[etree._Element, str]] = (),
) -> bytes:
    """The document with the values of these attributes (local names) changed; those of `adding` may be missing."""
    writing = writing_of(content)
    offsets = Places(tree.source, tree.root).offsets({element for element, _ in changes})
    may_be_added = set(adding)
    edits = [
        edit
        for place, change in changes.items()
        if (edit := _edit(tree.source, offsets[place[0]], place, change, place in may_be_added, writing)) is not None
    ]
    return writing.encoded(_edited(tree.source, edits)) if edits else content


def elements_at(root: etree._Element, trails: Iterable[str]) -> dict[str, etree._Element]:
    """The elements of these paths, by path. Linear: the children of one name are looked at once."""
    found = {f"/{local_name(str(root.tag))}": root}
    children: dict[tuple[str, str], dict[str, etree._Element]] = {}
    for trail in trails:
        path = ""
        for step in trail.split("/")[1:]:
            parent, path = path, f"{path}/{step}"
            if path in found or parent not in found:
                continue
            same = parent, step.partition("[")[0]
            if same not in children:
                children[same] = {shown: child for child, shown in steps_of(found[parent], same[1]).items()}
            if step in children[same]:
                found[path] = children[same][step]
    return found


def _change_of(operation: Mapping[str, object]) -> Change:
    argument = str(operation.get("valeur", ""))
    match operation["op"]:
        case fixes.REPLACE | fixes.ADD:
            return lambda _: argument
        case fixes.PREFIX:
            return lambda written: argument + written
        case fixes.TRIM:
            return str.strip
        case fixes.CASE:
            return str.upper if argument == fixes.UPPER else str.lower
        case fixes.FORMAT:
            return _moment
        case _:
            return lambda _: None


def _moment(written: str) -> str | None:
    meant = hl7_spelling(written)
    return None if meant is None else meant[0]


def _edit(
    source: bytes,
    tag_start: int,
    place: tuple[etree._Element, str],
    change: Change,
    may_be_added: bool,
    writing: Writing,
) -> Edit | None:
    element, name = place
    found, end = attribute_in_tag(source, tag_start, name.encode())
    if found is None:
        value = change("") if may_be_added else None
        return None if value is None else (end, end, f' {name}="{_escaped(value, _QUOTE, writing)}"'.encode())
    start, opening, closing = found
    written = _value_of(element, source[start:opening].rstrip(b"= \t\r\n").decode())
    value = change(written)
    if value is None or value == written:
        return None
    quote = chr(source[opening])
    if written and value.endswith(written):  # what stands there stays, as it is spelled
        added = value[: len(value) - len(written)]
        return opening + 1, opening + 1, _escaped(added, quote, writing).encode()
    return opening + 1, closing, _escaped(value, quote, writing).encode()


def _value_of(element: etree._Element, name: str) -> str:
    """The value of an attribute, named as it stands in the source."""
    prefix, colon, local = name.rpartition(":")
    return element.get(f"{{{element.nsmap.get(prefix)}}}{local}" if colon else name, "")


def _escaped(value: str, quote: str, writing: Writing) -> str:
    """The value as it may stand between these quotes, in the encoding of the document."""
    special = {**_ESCAPED, quote: _QUOTES[quote]}
    return writing.writable("".join(special.get(letter, letter) for letter in value))


def _edited(source: bytes, edits: Iterable[Edit]) -> bytes:
    parts, position = [], 0
    for start, end, written in sorted(edits, key=lambda edit: edit[0]):
        parts += [source[position:start], written]
        position = end
    return b"".join([*parts, source[position:]])
