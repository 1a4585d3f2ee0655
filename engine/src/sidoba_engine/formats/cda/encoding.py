"""Bytes → UTF-8 bytes ready for the parser, or the fault that forbids it (R-CDA-002, R-CDA-001 when cut short).

Only the byte order mark, the first bytes and the XML declaration are trusted, and they must agree. UTF-8 is passed
through untouched: the parser checks it, and `first_bad_byte` explains it when it fails.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Any

ADMITTED = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "latin-9": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
"""Declared name, in lower case → codec."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,300}?encoding\s*=\s*[\"']([^\"'>]{1,60})[\"']")


@dataclass(frozen=True, slots=True)
class DoorFault:
    """Why the document is not let in: the rule, the facts its message needs, and the place when there is one."""

    rule: str
    facts: dict[str, Any] = field(default_factory=dict)
    line: int | None = None
    column: int | None = None
    path: str = "/"


def to_utf8(content: bytes) -> bytes | DoorFault:
    """The same document in UTF-8 without byte order mark."""
    mark, codec = _first_bytes(content)
    body = content[len(mark) :]
    declared = _declared_name(body, codec)
    expected = ADMITTED.get(declared) if declared else "utf-8"
    if codec == "utf-32" or expected is None:
        return _mismatch(declared, "non_admis")
    if codec in ("utf-16-le", "utf-16-be"):
        if declared and expected not in ("utf-16", codec):
            return _mismatch(declared, "octets_utf16")
        return _recoded(body, codec, declared or "utf-16")
    if expected.startswith("utf-16"):
        return _mismatch(declared, "octets_simples")
    if mark and expected != "utf-8":
        return _mismatch(declared, "marque_differente")
    return body if expected == "utf-8" else _recoded(body, expected, declared)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a document that was let in is written: its byte order mark (none: empty), and its codec."""

    mark: bytes
    codec: str
    letters: str
    """The codec whose characters may stand as they are: that of the declared encoding."""

    def encoded(self, source: bytes) -> bytes:
        """UTF-8 bytes without mark → the bytes of the document, the reverse of `to_utf8`."""
        return self.mark + (source if self.codec == "utf-8" else source.decode().encode(self.codec))

    def writable(self, text: str) -> str:
        """The text with numeric references for the characters that the encoding has not."""
        return text.encode(self.letters, "xmlcharrefreplace").decode(self.letters)


def writing_of(content: bytes) -> Writing:
    """How the document is written; only for one that `to_utf8` took."""
    mark, codec = _first_bytes(content)
    declared = _declared_name(content[len(mark) :], codec)
    if not codec.startswith("utf-16"):
        codec = ADMITTED.get(declared, "utf-8")
    return Writing(mark, codec, "ascii" if declared in ("us-ascii", "ascii") else codec)


def first_bad_byte(content: bytes) -> DoorFault | None:
    """The fault of bytes that are not UTF-8; None when they are."""
    return None if isinstance(outcome := _recoded(content, "utf-8", _declared_name(content, "")), bytes) else outcome


def place_of(text: str) -> tuple[int, int]:
    """Line and column (from 1) of the character that follows `text`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.count("\n") + 1, len(lines) - lines.rfind("\n")


def _first_bytes(content: bytes) -> tuple[bytes, str]:
    """The byte order mark and the codec it tells; without mark, UTF-16 is seen from the shape of `<`."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return mark, codec
    if content[:4] in (b"<\0\0\0", b"\0\0\0<"):
        return b"", "utf-32"
    return b"", {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(content[:2], "")


def _declared_name(body: bytes, codec: str) -> str:
    head = body[:800]
    if codec.startswith("utf-16"):
        head = head.decode(codec, "ignore").encode("ascii", "ignore")
    found = _DECLARATION.match(head)
    return found.group(1).decode("ascii", "ignore").strip().lower() if found else ""


def _recoded(body: bytes, codec: str, declared: str) -> bytes | DoorFault:
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError as error:
        line, column = place_of(body[: error.start].decode(codec, "replace"))
        if error.reason in ("unexpected end of data", "truncated data"):
            return DoorFault("R-CDA-001", {"cause": "tronque"}, line, column)
        return _mismatch(declared, "octet_invalide", line, column)
    except UnicodeEncodeError:
        return _mismatch(declared, "octet_invalide")


def _mismatch(declared: str, finding: str, line: int | None = None, column: int | None = None) -> DoorFault:
    known = ADMITTED.get(declared, "autre") if declared else "aucun"
    return DoorFault("R-CDA-002", {"declare": known, "constat": finding}, line, column)
