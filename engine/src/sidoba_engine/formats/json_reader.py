"""The slow reader of JSON: same grammar as the native parser, and it says what is wrong, in which line and column.

Iterative: ten thousand levels of nesting are a named fault, not a deep stack. Used only for texts that the native
parser refuses; a text with keys written twice or with NaN is read to its end, so that all of it can be judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

MAX_DEPTH = 200
"""Objects and lists inside one another; that of the native parser."""

MAX_DIGITS = 4300
"""Digits of the longest whole number that is read; that of the native parser and of Python."""


class JsonCause(StrEnum):
    """Why a text is not the JSON that is asked for: the closed list, in the words of the catalogue's labels."""

    EMPTY = "vide"
    ENCODING = "encodage"
    BOM = "bom"
    TRUNCATED = "fin_inattendue"
    TRAILING = "suite_inattendue"
    EXTRA_COMMA = "virgule_en_trop"
    MISSING_COMMA = "virgule_absente"
    MISSING_COLON = "deux_points_absents"
    MISSING_QUOTE = "guillemet_absent"
    UNQUOTED_KEY = "cle_sans_guillemets"
    SINGLE_QUOTES = "guillemets_simples"
    ESCAPE = "echappement"
    CONTROL_CHARACTER = "caractere_de_controle"
    NUMBER = "nombre"
    UNKNOWN_WORD = "mot_inconnu"
    COMMENT = "commentaire"
    UNEXPECTED = "caractere_inattendu"
    HALF_CHARACTER = "demi_codet"
    TOO_DEEP = "trop_profond"


class JsonFault(ValueError):
    """A text that cannot be read as JSON: why, and where (line and column from 1, the column in characters).

    `detail` is the encoding found for `ENCODING` and the escape for `HALF_CHARACTER`; `position` is the byte, from 1,
    for `ENCODING`.
    """

    def __init__(self, cause: JsonCause, line: int, column: int, *, detail: str = "", position: int = 0) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.line = line
        self.column = column
        self.detail = detail
        self.position = position


@dataclass(frozen=True, slots=True)
class UnstorableNumber:
    """NaN, Infinity, or a number too large to be kept: `text` as it was written, shortened."""

    text: str


@dataclass(slots=True)
class Reading:
    """What the slow reader gives back."""

    value: object
    duplicates: dict[str, int]


@dataclass(slots=True)
class _Open:
    """A container being read; `key` is the current member's name, or the current index of a list."""

    container: dict[str, object] | list[object]
    closer: str
    key: str = ""
    counts: dict[str, int] = field(default_factory=dict)


_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.0-9a-zA-Z_]*")
_WORD = re.compile(r"-?[^\W\d]\w*")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_OPENED = object()


def read_slowly(text: str) -> Reading:
    """Read a whole JSON text; raises JsonFault."""
    return _Reader(text).read()


def pointer_of(tokens: list[str]) -> str:
    """The JSON Pointer of these member names and indices (RFC 6901)."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.stack: list[_Open] = []
        self.duplicates: dict[str, int] = {}

    def read(self) -> Reading:
        if not self._next():
            raise self._fault(JsonCause.EMPTY)
        while True:
            value = self._value()
            if value is _OPENED:
                continue
            if not self._settle(value):
                continue
            if self._next():
                raise self._fault(JsonCause.TRAILING)
            return Reading(self._root, self.duplicates)

    def _settle(self, value: object) -> bool:
        """Put a finished value into its container, and close what ends after it; True at the end of the root."""
        while self.stack:
            frame = self.stack[-1]
            if isinstance(frame.container, dict):
                frame.container[frame.key] = value
            else:
                frame.container.append(value)
            character = self._next()
            if character == ",":
                self._after_comma(frame)
                return False
            if character != frame.closer:
                raise self._fault(self._cause_after_value(character))
            self.position += 1
            self.stack.pop()
            value = frame.container
        self._root = value
        return True

    def _after_comma(self, frame: _Open) -> None:
        comma = self.position
        self.position += 1
        character = self._next()
        if character == frame.closer:
            raise self._fault(JsonCause.EXTRA_COMMA, comma)
        if isinstance(frame.container, dict):
            if character.isdigit() and self.text[comma - 1].isdigit() and self.position == comma + 1:
                raise self._fault(JsonCause.NUMBER, comma)  # a decimal comma
            self._key(frame)

    def _value(self) -> object:
        """Read a scalar or an empty container; or open a container up to its first value, and answer `_OPENED`."""
        character = self._next()
        if character == '"':
            return self._string()
        if character in ("{", "["):
            return self._open(character)
        if character and character in "-+.0123456789":
            return self._number()
        if match := _WORD.match(self.text, self.position):
            return self._word(match)
        raise self._fault(self._cause_of_value(character))

    def _open(self, character: str) -> object:
        if len(self.stack) == MAX_DEPTH:
            raise self._fault(JsonCause.TOO_DEEP)
        self.position += 1
        frame = _Open({}, "}") if character == "{" else _Open([], "]")
        if self._next() == frame.closer:
            self.position += 1
            return frame.container
        self.stack.append(frame)
        if isinstance(frame.container, dict):
            self._key(frame)
        return _OPENED

    def _key(self, frame: _Open) -> None:
        character = self._next()
        if character != '"':
            raise self._fault(_cause_of_key(character))
        frame.key = self._string()
        if frame.key in frame.container:
            frame.counts[frame.key] = frame.counts.get(frame.key, 1) + 1
            tokens = [self._token(above) for above in self.stack]
            self.duplicates[pointer_of(tokens)] = frame.counts[frame.key]
        character = self._next()
        if character != ":":
            raise self._fault(JsonCause.MISSING_COLON if character else JsonCause.TRUNCATED)
        self.position += 1

    @staticmethod
    def _token(frame: _Open) -> str:
        return frame.key if isinstance(frame.container, dict) else str(len(frame.container))

    def _string(self) -> str:
        """Read the text that starts at the double quote under the position."""
        opening = self.position
        position = opening + 1
        parts: list[str] = []
        while True:
            plain = _PLAIN.match(self.text, position)
            parts.append(plain[0] if plain else "")
            position += len(parts[-1])
            character = self.text[position : position + 1]
            if character == '"':
                self.position = position + 1
                return "".join(parts)
            if character == "\\":
                escaped, position = self._escape(position)
                parts.append(escaped)
            elif not character:
                raise self._fault(JsonCause.TRUNCATED, position)
            elif character in "\n\r":
                raise self._fault(JsonCause.MISSING_QUOTE, opening)
            else:
                raise self._fault(JsonCause.CONTROL_CHARACTER, position)

    def _escape(self, backslash: int) -> tuple[str, int]:
        letter = self.text[backslash + 1 : backslash + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], backslash + 2
        if letter != "u":
            raise self._fault(JsonCause.ESCAPE if letter else JsonCause.TRUNCATED, backslash)
        code = self._code_unit(backslash)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code), backslash + 6
        if code < 0xDC00 and self.text.startswith("\\u", backslash + 6):
            low = self._code_unit(backslash + 6)
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), backslash + 12
        raise self._fault(JsonCause.HALF_CHARACTER, backslash, detail=self.text[backslash : backslash + 6])

    def _code_unit(self, backslash: int) -> int:
        match = _HEX.match(self.text, backslash + 2)
        if match is None:
            ends = backslash + 6 > len(self.text)
            raise self._fault(JsonCause.TRUNCATED if ends else JsonCause.ESCAPE, len(self.text) if ends else backslash)
        return int(match[0], 16)

    def _number(self) -> object:
        like = _NUMBER_LIKE.match(self.text, self.position)
        written = like[0] if like else ""
        match = _NUMBER.fullmatch(written)
        if match is None:
            if word := _WORD.match(self.text, self.position):
                return self._word(word)  # -Infinity
            at_end = self.position + len(written) == len(self.text) and written[-1] in "-+.eE"
            raise self._fault(JsonCause.TRUNCATED if at_end else JsonCause.NUMBER)
        self.position += len(written)
        return _exact(written, is_whole=match[1] is None and match[2] is None)

    def _word(self, match: re.Match[str]) -> object:
        word = match[0]
        if word in _NOT_FINITE:
            self.position = match.end()
            return UnstorableNumber(word)
        if word not in _WORDS:
            starts = match.end() == len(self.text) and any(known.startswith(word) for known in _WORDS)
            raise self._fault(JsonCause.TRUNCATED if starts else JsonCause.UNKNOWN_WORD)
        self.position = match.end()
        return _WORDS[word]

    def _next(self) -> str:
        """Skip white space; the character there, or "" at the end."""
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.text[self.position : self.position + 1]

    def _cause_of_value(self, character: str) -> JsonCause:
        if not character:
            return JsonCause.TRUNCATED
        if character in "]}," and self.stack:
            return JsonCause.EXTRA_COMMA if character == "," else JsonCause.UNEXPECTED
        return _CAUSE_OF_CHARACTER.get(character, JsonCause.UNEXPECTED)

    def _cause_after_value(self, character: str) -> JsonCause:
        if not character:
            return JsonCause.TRUNCATED
        if character in "/#":
            return JsonCause.COMMENT
        starts_a_value = character in "\"'{[-" or character.isalnum()
        return JsonCause.MISSING_COMMA if starts_a_value else JsonCause.UNEXPECTED

    def _fault(self, cause: JsonCause, position: int | None = None, *, detail: str = "") -> JsonFault:
        place = self.position if position is None else position
        line = self.text.count("\n", 0, place) + 1
        column = place - self.text.rfind("\n", 0, place)
        return JsonFault(cause, line, column, detail=detail)


_CAUSE_OF_CHARACTER = {"'": JsonCause.SINGLE_QUOTES, "/": JsonCause.COMMENT, "#": JsonCause.COMMENT}


def _cause_of_key(character: str) -> JsonCause:
    if not character:
        return JsonCause.TRUNCATED
    if character == "_" or character.isalnum():
        return JsonCause.UNQUOTED_KEY
    if character == ",":
        return JsonCause.EXTRA_COMMA
    return _CAUSE_OF_CHARACTER.get(character, JsonCause.UNEXPECTED)


def _exact(written: str, *, is_whole: bool) -> Any:
    if is_whole:
        return int(written) if len(written.lstrip("-")) <= MAX_DIGITS else UnstorableNumber(written[:40] + "…")
    try:
        return Decimal(written)
    except InvalidOperation:
        return UnstorableNumber(written[:40])
