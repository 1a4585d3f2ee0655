"""The simple types of the content model: what an attribute's text may be, after XML Schema 1.0 part 2.

Each type answers twice: `quick`, one native look-up that says yes to nearly all right values; `accepts`, which knows
white space, lists and unions, asked only when `quick` says no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sidoba_engine.catalogue import CatalogueError

SPACE = " \t\r\n"
"""White space of XML: a no-break space is text."""
_SPACES = re.compile(f"[{SPACE}]+")
_WORDS = re.compile(r"\w+(?:\|\w+)*", re.ASCII)

_NAME_START = "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
_NAME_START += "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME = _NAME_START + "\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_ESCAPED = "%[0-9A-Fa-f]{2}"
_HOST = rf"(?:\[[0-9A-Fa-fvV:.]+\]|(?:[^%#?/:@\[\]]|{_ESCAPED})*)"
_URI = (
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:|(?![^/?#]*:))"
    rf"(?://(?:(?:[^%#?/@\[\]]|{_ESCAPED})*@)?{_HOST}(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:[^%#?\[\]]|{_ESCAPED})*(?:\?(?:[^%#\[\]]|{_ESCAPED})*)?(?:\#(?:[^%#\[\]]|{_ESCAPED})*)?"
)
_BASE64 = r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|[A-Za-z0-9+/] ?[AQgw] ?= ?=)?"

PATTERNS = {
    "xs:ID": f"[{_NAME_START}][{_NAME}]*",
    "xs:IDREF": f"[{_NAME_START}][{_NAME}]*",
    "xs:NMTOKEN": f"[:{_NAME}]+",
    "xs:anyURI": _URI,
    "xs:base64Binary": _BASE64,
    "xs:boolean": "true|false|0|1",
    "xs:decimal": _DECIMAL,
    "xs:double": rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|-?INF|NaN",
    "xs:integer": "[+-]?[0-9]+",
}
"""Lexical forms of the built-in types in use, white space collapsed."""
_PRESERVED = frozenset({"xs:string", "xs:anySimpleType"})
_FREE = _PRESERVED | {"xs:token"}
_LISTS = {"xs:IDREFS": "xs:IDREF", "xs:NMTOKENS": "xs:NMTOKEN"}
_IDENTITIES = frozenset({"xs:ID", "xs:IDREF"})
_OID = re.compile(r"[0-2](?:\.[0-9]+)+")
_KEPT_OIDS = 2048
_LONGEST_OID = 64

Test = Callable[[str], object]


def _anything(_: str) -> bool:
    return True


def _nothing(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, eq=False)
class SimpleType:
    """One simple type; `test` is for a text whose white space was dealt with.

    `codes` are all values when they are listed. `pattern` is the whole type when nothing else restricts it. `identity`
    is `xs:ID` or `xs:IDREF` (also of a list) when the value must be compared with others of the document.
    """

    name: str
    quick: Test
    test: Test
    preserves_space: bool
    codes: tuple[str, ...] = ()
    pattern: str | None = None
    is_list: bool = False
    least: int = 0
    identity: str | None = None

    def accepts(self, text: str) -> bool:
        """Whether the text is a value of the type."""
        if self.is_list:
            parts = items(text)
            return len(parts) >= self.least and all(self.test(part) for part in parts)
        return bool(self.test(text if self.preserves_space else collapsed(text)))

    def equals(self, text: str, fixed: str) -> bool:
        """Whether the text says the fixed value."""
        return text == fixed if self.preserves_space else collapsed(text) == fixed


def collapsed(text: str) -> str:
    """The text without white space around it, each run inside as one space."""
    return _SPACES.sub(" ", text.strip(SPACE))


def items(text: str) -> list[str]:
    """The items of a list."""
    return [part for part in _SPACES.split(text) if part]


class SimpleTypes:
    """The simple types of one catalogue, built at first need. Raises CatalogueError for an unknown or misshapen one."""

    def __init__(self, simples: Mapping[str, Mapping[str, Any]], listed: Mapping[str, str]) -> None:
        self._simples = simples
        self._listed = listed
        self._built: dict[str, SimpleType] = {}

    def knows(self, name: str) -> bool:
        """Whether that is the name of a simple type."""
        return name in self._simples or name in self._listed or name in PATTERNS or name in _FREE or name in _LISTS

    def get(self, name: str) -> SimpleType:
        """The type of that name; `base(a|b)` is the base narrowed to some values."""
        found = self._built.get(name)
        if found is None:
            found = self._built[name] = self._build(name)
        return found

    def _build(self, name: str) -> SimpleType:
        base, _, inline = name.partition("(")
        if inline:
            return _enumeration(name, self.get(base), inline.rstrip(")").split("|"))
        if name in self._listed:
            given, _, codes = self._listed[name].rpartition(") ")
            return _enumeration(name, self.get(given.lstrip("(") or "cs"), codes.split())
        if name in self._simples:
            return self._declared(name, self._simples[name])
        if name in _LISTS:
            return _list(name, self.get(_LISTS[name]), least=1)
        if name in _FREE:
            return SimpleType(name, _anything, _anything, name in _PRESERVED)
        if name in PATTERNS:
            return _patterned(name, PATTERNS[name], preserves_space=False)
        raise CatalogueError(f"content model: unknown simple type {name}")

    def _declared(self, name: str, given: Mapping[str, Any]) -> SimpleType:
        if "liste" in given:
            return _list(name, self.get(given["liste"]), least=0)
        if "union" in given:
            return _union(name, [self.get(member) for member in given["union"].split()])
        base = self.get(given["base"])
        if "motif" in given:
            if base.pattern and _WORDS.fullmatch(given["motif"]):
                return _enumeration(name, base, given["motif"].split("|"))
            if base.test is not _anything:
                raise CatalogueError(f"content model: {name}: a pattern over {base.name} is not provided for")
            return _patterned(name, given["motif"], preserves_space=base.preserves_space)
        if "longueur_min" in given:
            least = int(given["longueur_min"])
            return SimpleType(name, len if least == 1 else _nothing, _longer(base, least), base.preserves_space)
        if "min" in given or "max" in given:
            low, high = float(given.get("min", "-inf")), float(given.get("max", "inf"))
            return SimpleType(name, _nothing, _between(base, low, high), base.preserves_space)
        return SimpleType(name, base.quick, base.test, base.preserves_space, base.codes, base.pattern)


def _patterned(name: str, pattern: str, *, preserves_space: bool) -> SimpleType:
    r"""A pattern of XML Schema; those in use mean the same to Python, save `\s`, which ASCII restores."""
    try:
        matches = re.compile(pattern, re.ASCII).fullmatch
    except re.error as error:
        raise CatalogueError(f"content model: {name}: {error}") from error
    identity = name if name in _IDENTITIES else None
    return SimpleType(
        name, _nothing if identity else matches, matches, preserves_space, pattern=pattern, identity=identity
    )


def _enumeration(name: str, base: SimpleType, codes: Sequence[str]) -> SimpleType:
    if wrong := [code for code in codes if not base.accepts(code)]:
        raise CatalogueError(f"content model: {name} lists {wrong[0]}, which is not a {base.name}")
    among = frozenset(codes).__contains__
    return SimpleType(name, among, among, base.preserves_space, codes=tuple(codes))


def _list(name: str, item: SimpleType, *, least: int) -> SimpleType:
    return SimpleType(name, item.quick, item.test, False, item.codes, is_list=True, least=least, identity=item.identity)


def _union(name: str, members: Sequence[SimpleType]) -> SimpleType:
    patterns = [member.pattern for member in members if member.pattern]
    spaces = {member.preserves_space for member in members}
    if len(patterns) < len(members) or len(spaces) > 1:
        raise CatalogueError(f"content model: {name}: a union of anything but patterns is not provided for")
    joined = _patterned(name, "|".join(f"(?:{pattern})" for pattern in patterns), preserves_space=spaces.pop())
    return replace(joined, quick=_remembering(joined.test)) if joined.preserves_space else joined


def _remembering(test: Test) -> Test:
    """The test, which remembers the OIDs it found right: documents use the same ones by the hundred."""
    seen: set[str] = set()

    def quick(text: str) -> bool:
        if text in seen:
            return True
        if not test(text):
            return False
        if len(text) <= _LONGEST_OID and _OID.fullmatch(text):
            if len(seen) >= _KEPT_OIDS:
                seen.clear()
            seen.add(text)
        return True

    return quick


def _longer(base: SimpleType, least: int) -> Test:
    return lambda text: base.test(text) and len(text) >= least


def _between(base: SimpleType, low: float, high: float) -> Test:
    return lambda text: base.test(text) and low <= float(text) <= high
