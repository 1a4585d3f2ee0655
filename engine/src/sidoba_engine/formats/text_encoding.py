"""Which encoding a text is in, when it is not the UTF-8 that was asked for."""

from __future__ import annotations

from sidoba_engine.formats.json_reader import JsonCause, JsonFault

UTF8_BOM = b"\xef\xbb\xbf"
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def check_utf8(content: bytes) -> None:
    """Accept UTF-8 without a byte order mark.

    Raises JsonFault: `BOM`, or `ENCODING` whose `detail` is one of utf-16, utf-32, latin-1, tronque, inconnu and whose
    `position` is that of the first faulty byte, from 1.
    """
    if content.startswith(UTF8_BOM):
        raise JsonFault(JsonCause.BOM, 1, 1)
    if wide := wide_encoding(content):
        raise JsonFault(JsonCause.ENCODING, 1, 1, detail=wide, position=1)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        detail = _probable_encoding(content, error)
        raise JsonFault(JsonCause.ENCODING, line, column, detail=detail, position=error.start + 1) from None


def wide_encoding(content: bytes) -> str | None:
    """`utf-16` or `utf-32` when the first bytes tell it, by their mark or by zeros around the first character."""
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return name
    zeros = tuple(byte == 0 for byte in content[:4])
    if zeros in ((False, True, True, True), (True, True, True, False)):
        return "utf-32"
    return "utf-16" if zeros[:2] in ((False, True), (True, False)) else None


def _probable_encoding(content: bytes, error: UnicodeDecodeError) -> str:
    if error.reason == "unexpected end of data":
        return "tronque"
    around = content[max(0, error.start - 2000) : error.start + 2000]
    is_text = not any(byte < 0x20 and byte not in b"\t\n\r" for byte in around)
    return "latin-1" if is_text else "inconnu"
