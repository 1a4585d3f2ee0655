"""Types: R-KV-021 (type), R-KV-022 (number that cannot be stored), R-KV-023 (day that does not exist),
R-KV-030 (null character in a text).

Nothing is converted: a value of the wrong type is an anomaly, with a correction where it was only spelled as text.
"""

from __future__ import annotations

import re
from decimal import Decimal

from sidoba_engine.business_model import Indicator
from sidoba_engine.checks.dates import NoSuchDay, NotADate, read_date
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault
from sidoba_engine.formats.json_text import UnstorableNumber

TYPE = "R-KV-021"
NUMBER = "R-KV-022"
DAY = "R-KV-023"
NULL_CHARACTER = "R-KV-030"

LARGEST = 10**308
"""Numbers from this one up are refused: no receiver keeps them, and none is a count of anything."""

SMALLEST_POWER = -60
"""More decimals than this are refused: they come from a program's fault, and would be costly to work with."""

_SPELLED_NUMBER = re.compile(r"\s*(-?(?:0|[1-9][0-9]*))(?:[.,]([0-9]+))?\s*")


def type_check(indicator: Indicator) -> ValueCheck:
    """The check of the type of this indicator."""
    match indicator.type:
        case "entier":
            return _check_integer
        case "decimal":
            return _check_decimal
        case "booleen":
            return _check_boolean
        case "date":
            return _check_date_or_time if indicator.entity == "evenement" else _check_date
        case "code":
            return _code_check(indicator.codes)
        case _:
            return check_text


def received_type(value: object) -> str:
    """The label of R-KV-021 for what was received."""
    match value:
        case None:
            return "nul"
        case bool():
            return "booleen"
        case int() | UnstorableNumber():
            return "nombre"
        case Decimal():
            return "nombre" if _is_integral(value) else "nombre_a_virgule"
        case str():
            return "texte"
        case list():
            return "liste"
        case _:
            return "objet"


def _wrong_type(expected: str, value: object, replacement: Replacement | None = None) -> ValueFault:
    return ValueFault(TYPE, {"type_attendu": expected, "type_recu": received_type(value)}, replacement=replacement)


def _check_integer(value: object) -> ValueFault | None:
    if type(value) is int and -LARGEST < value < LARGEST:
        return None
    if _is_unstorable(value):
        return ValueFault(NUMBER)
    if isinstance(value, Decimal) and _is_integral(value):
        return None
    return _wrong_type("entier", value, _spelled(value, whole=True))


def _check_decimal(value: object) -> ValueFault | None:
    if _is_unstorable(value):
        return ValueFault(NUMBER)
    if type(value) is int or isinstance(value, Decimal):
        return None
    return _wrong_type("decimal", value, _spelled(value, whole=False))


def _check_boolean(value: object) -> ValueFault | None:
    if value is True or value is False:
        return None
    spelled = {"true": Replacement(True), "false": Replacement(False)}
    return _wrong_type("booleen", value, spelled.get(value.strip()) if isinstance(value, str) else None)


def _check_date(value: object, *, expected: str = "date", with_time: bool = False) -> ValueFault | None:
    if not isinstance(value, str):
        return _wrong_type(expected, value)
    try:
        read_date(value, with_time=with_time)
    except NoSuchDay:
        return ValueFault(DAY)
    except NotADate:
        trimmed = value.strip()
        is_only_spaced = trimmed != value and _check_date(trimmed, expected=expected, with_time=with_time) is None
        return _wrong_type(expected, value, Replacement(trimmed) if is_only_spaced else None)
    return None


def _check_date_or_time(value: object) -> ValueFault | None:
    return _check_date(value, expected="date_heure", with_time=True)


def _code_check(codes: tuple[str, ...] | None) -> ValueCheck:
    known = frozenset(codes or ())

    def check(value: object) -> ValueFault | None:
        if isinstance(value, str):
            return check_text(value)
        is_number_of_code = type(value) is int and str(value) in known
        return _wrong_type("code", value, Replacement(str(value)) if is_number_of_code else None)

    return check


def check_text(value: object) -> ValueFault | None:
    """A text; line breaks are kept, U+0000 is the one character that no database keeps."""
    if not isinstance(value, str):
        return _wrong_type("texte", value)
    return ValueFault(NULL_CHARACTER) if "\x00" in value else None


def _is_unstorable(value: object) -> bool:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return not isinstance(exponent, int) or exponent < SMALLEST_POWER or abs(value) >= LARGEST
    if type(value) is int:
        return not -LARGEST < value < LARGEST
    return isinstance(value, UnstorableNumber)


def _is_integral(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _spelled(value: object, *, whole: bool) -> Replacement | None:
    """The number that this text spells; to be confirmed when a comma may separate thousands."""
    match = _SPELLED_NUMBER.fullmatch(value) if isinstance(value, str) and len(value) <= 40 else None
    if match is None or not isinstance(value, str):
        return None
    units, decimals = match[1], match[2] or ""
    is_certain = "," not in value or len(decimals) != 3
    if not decimals.strip("0"):
        return Replacement(int(units), is_certain)
    return None if whole else Replacement(Decimal(f"{units}.{decimals}"), is_certain)
