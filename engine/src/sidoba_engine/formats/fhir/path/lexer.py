"""FHIRPath text → tokens (FHIRPath N1, grammar of its appendix)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from sidoba_engine.formats.fhir.path.outcome import ExpressionSyntaxError

MAX_LENGTH = 20_000
"""Characters of the longest expression that is compiled; those of published guides stay below 3 000."""


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    VARIABLE = "variable"
    SPECIAL = "special"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its text without quotes or marks, escapes undone; `position` counts characters from 0."""

    kind: Kind
    text: str
    position: int


_QUOTED = r"(?:[^{0}\\]|\\.)*"
_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<moment>@(?:T\d[\d:.]*|\d{4}(?:-\d{2}){0,2}(?:T(?:\d{2}(?::\d{2}){0,2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?)?))"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<special>\$(?:this|index|total)\b)"
    r"|(?P<variable>%(?:[A-Za-z_][A-Za-z0-9_-]*|`" + _QUOTED.format("`") + r"`|'" + _QUOTED.format("'") + r"'))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<name>`" + _QUOTED.format("`") + r"`)"
    r"|(?P<text>'" + _QUOTED.format("'") + r"')"
    r"|(?P<symbol><=|>=|!=|!~|[.\[\](){},+\-*/&|<>=~])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/"}


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, an END last; raises ExpressionSyntaxError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionSyntaxError(f"expression longer than {MAX_LENGTH} characters", MAX_LENGTH)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionSyntaxError(f"unexpected character {text[position]!r}", position)
        if match.lastgroup != "space":
            found.append(_token(Kind(match.lastgroup), match[0], position))
        position = match.end()
    found.append(Token(Kind.END, "", position))
    return found


def _token(kind: Kind, written: str, position: int) -> Token:
    if kind in (Kind.TEXT, Kind.NAME):
        return Token(kind, _unescaped(written[1:-1], position), position)
    if kind in (Kind.SPECIAL, Kind.MOMENT):
        return Token(kind, written[1:], position)
    if kind is Kind.VARIABLE:
        name = written[1:]
        return Token(kind, _unescaped(name[1:-1], position) if name[0] in "`'" else name, position)
    return Token(kind, written, position)


def _unescaped(written: str, position: int) -> str:
    if "\\" not in written:
        return written

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code not in _ESCAPES:
            raise ExpressionSyntaxError(f"unknown escape \\{code}", position)
        return _ESCAPES[code]

    return _ESCAPE.sub(replace, written)
