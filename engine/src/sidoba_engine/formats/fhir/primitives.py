"""The values of the FHIR R4 primitive types: what each admits, compiled once.

A check gives None, or the fault as (rule, facts). Sizes are bounded, dates must exist, nothing is quadratic.
Source: FHIR R4 (4.0.1), data types.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

WRONG_TYPE = "R-FHIR-032"
FORMAT = "R-FHIR-033"
NO_SUCH_DAY = "R-FHIR-034"
EMPTY = "R-FHIR-035"
TOO_LONG = "R-FHIR-036"

LONGEST_TEXT = 1_048_576
"""Characters of a `string` (FHIR R4: 1 MiB)."""

LARGEST = 2**31 - 1
_MOST_EXPONENT = 308

Fault = tuple[str, dict[str, Any]]
Judge = Callable[[object], Fault | None]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_YEAR = r"(?!0000)[0-9]{4}"
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PATTERNS = {
    "code": r"\S+(?: \S+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "uri": r"\S+",
    "url": r"\S+",
    "canonical": r"\S+",
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    "uuid": r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date": rf"({_YEAR})(?:-({_MONTH})(?:-({_DAY}))?)?",
    "dateTime": rf"({_YEAR})(?:-({_MONTH})(?:-({_DAY})(?:T{_TIME}{_ZONE})?)?)?",
    "instant": rf"({_YEAR})-({_MONTH})-({_DAY})T{_TIME}{_ZONE}",
    "time": _TIME,
}
_DATES = frozenset({"date", "dateTime", "instant"})
_BOUNDS = {"integer": -LARGEST - 1, "unsignedInt": 0, "positiveInt": 1}


def judge_of(name: str) -> Judge:
    """The check of a primitive type; raises KeyError for a type that FHIR R4 does not have."""
    return _JUDGES[name]


def _text_fault(value: object, name: str) -> Fault | None:
    """What is wrong with a value that must be a text, whatever the text."""
    if not isinstance(value, str):
        return WRONG_TYPE, {"attendu": name, "recu": json_kind(value)}
    if not value or value.isspace():
        return EMPTY, {"quoi": "texte"}
    return None


def json_kind(value: object) -> str:
    """What a value is in JSON, as a code of the rules' labels."""
    match value:
        case None:
            return "null"
        case bool():
            return "booleen"
        case int() | Decimal():
            return "nombre"
        case str():
            return "texte"
        case dict():
            return "objet"
        case list():
            return "liste"
        case _:
            return "nombre"


def _string(value: object) -> Fault | None:
    if type(value) is str and value and len(value) <= LONGEST_TEXT and not _CONTROL.search(value):
        return (EMPTY, {"quoi": "texte"}) if value[0].isspace() and value.isspace() else None
    fault = _text_fault(value, "string")
    if fault is None and isinstance(value, str):
        too_long = len(value) > LONGEST_TEXT
        fault = (TOO_LONG, {"limite": LONGEST_TEXT}) if too_long else (FORMAT, {"attendu": "string"})
    return fault


def _patterned(name: str) -> Judge:
    matches = re.compile(_PATTERNS[name]).fullmatch

    def judge(value: object) -> Fault | None:
        if type(value) is str and matches(value):
            return None
        return _text_fault(value, name) or (FORMAT, {"attendu": name})

    return judge


def _dated(name: str) -> Judge:
    matches = re.compile(_PATTERNS[name]).fullmatch

    def judge(value: object) -> Fault | None:
        found = matches(value) if type(value) is str else None
        if found is None:
            return _text_fault(value, name) or (FORMAT, {"attendu": name})
        year, month, day = found.groups()
        if day is not None and day > "28" and not _exists(int(year), int(month), int(day)):
            return NO_SUCH_DAY, {}
        return None

    return judge


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _boolean(value: object) -> Fault | None:
    return None if value is True or value is False else (WRONG_TYPE, {"attendu": "boolean", "recu": json_kind(value)})


def _whole(name: str) -> Judge:
    least = _BOUNDS[name]

    def judge(value: object) -> Fault | None:
        if type(value) is int:
            return None if least <= value <= LARGEST else (FORMAT, {"attendu": name})
        if isinstance(value, Decimal):
            return FORMAT, {"attendu": name}
        return WRONG_TYPE, {"attendu": name, "recu": json_kind(value)}

    return judge


def _decimal(value: object) -> Fault | None:
    if type(value) is int:
        return None if value.bit_length() <= 1024 else (FORMAT, {"attendu": "decimal"})
    if isinstance(value, Decimal):
        return None if abs(value.adjusted()) <= _MOST_EXPONENT else (FORMAT, {"attendu": "decimal"})
    if isinstance(value, str) or value is None or isinstance(value, bool | dict | list):
        return WRONG_TYPE, {"attendu": "decimal", "recu": json_kind(value)}
    return FORMAT, {"attendu": "decimal"}  # NaN, Infinity


def _base64(value: object) -> Fault | None:
    if not isinstance(value, str) or not value:
        return _text_fault(value, "base64Binary")
    try:
        binascii.a2b_base64("".join(value.split()).encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        return FORMAT, {"attendu": "base64Binary"}
    return None


_JUDGES: dict[str, Judge] = {
    **{name: _patterned(name) for name in _PATTERNS if name not in _DATES},
    **{name: _dated(name) for name in _DATES},
    **{name: _whole(name) for name in _BOUNDS},
    "string": _string,
    "markdown": _string,
    "xhtml": _string,
    "boolean": _boolean,
    "decimal": _decimal,
    "base64Binary": _base64,
}
