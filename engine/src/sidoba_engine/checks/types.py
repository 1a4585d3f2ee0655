"""Types: R-KV-021 (type), R-KV-022 (number that cannot be stored), R-KV-023 (day that does not exist),
R-KV-030 (null character in a text).

Nothing is converted: a value of the wrong type is an anomaly, with a correction where it was only spelled as text.
"""

from __future__ import annotations

from decimal import Decimal

from sidoba_engine.business_model import Indicator
from sidoba_engine.checks.dates import NoSuchDay, NotADate, read_date
from sidoba_engine.checks.identifier_formats import from_number
from sidoba_engine.checks.spellings import spelled_boolean, spelled_date, spelled_number
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


def type_check(indicator: Indicator, codes: tuple[str, ...] | None) -> ValueCheck:
    """The check of the type of this indicator; `codes` are those that it admits, when they are known."""
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
            return _code_check(codes)
        case _ if indicator.format is not None:
            return _identifier_check(indicator.format)
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
    return _wrong_type("entier", value, spelled_number(value, whole=True))


def _check_decimal(value: object) -> ValueFault | None:
    if _is_unstorable(value):
        return ValueFault(NUMBER)
    if type(value) is int or isinstance(value, Decimal):
        return None
    return _wrong_type("decimal", value, spelled_number(value, whole=False))


def _check_boolean(value: object) -> ValueFault | None:
    if value is True or value is False:
        return None
    return _wrong_type("booleen", value, spelled_boolean(value))


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
        meant = Replacement(trimmed) if is_only_spaced else spelled_date(value, with_time=with_time)
        return _wrong_type(expected, value, meant)
    return None


def _check_date_or_time(value: object) -> ValueFault | None:
    return _check_date(value, expected="date_heure", with_time=True)


def _code_check(codes: tuple[str, ...] | None) -> ValueCheck:
    known = frozenset(codes or ())

    def check(value: object) -> ValueFault | None:
        if isinstance(value, str):
            return check_text(value)
        return _wrong_type("code", value, _code_of_number(value, known))

    return check


def _code_of_number(value: object, known: frozenset[str]) -> Replacement | None:
    """The code that was written without quotes; to be confirmed when its first zeros are gone."""
    if type(value) is not int or not 0 <= value < LARGEST:
        return None
    written = str(value)
    if written in known:
        return Replacement(written)
    padded = [code for code in known if code.lstrip("0") == written]
    return Replacement(padded[0], certain=False) if len(padded) == 1 else None


def _identifier_check(format_name: str) -> ValueCheck:
    def check(value: object) -> ValueFault | None:
        if type(value) is int:
            return _wrong_type("texte", value, from_number(format_name, value))
        return check_text(value)

    return check


def check_text(value: object) -> ValueFault | None:
    """A text; line breaks are kept, U+0000 is the one character that no database keeps.

    Null characters at the end only fill a field of fixed length: without them the text is the same.
    """
    if not isinstance(value, str):
        return _wrong_type("texte", value)
    if "\x00" not in value:
        return None
    filled = value.rstrip("\x00")
    return ValueFault(NULL_CHARACTER, replacement=Replacement(filled) if filled and "\x00" not in filled else None)


def _is_unstorable(value: object) -> bool:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return not isinstance(exponent, int) or exponent < SMALLEST_POWER or value.copy_abs() >= LARGEST
    if type(value) is int:
        return not -LARGEST < value < LARGEST
    return isinstance(value, UnstorableNumber)


def _is_integral(value: Decimal) -> bool:
    return value == value.to_integral_value()
