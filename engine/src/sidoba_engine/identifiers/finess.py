"""FINESS numbers: establishments (ET) and legal entities (EJ) of the French health and social sector.

Nine characters: the department (`2A` and `2B` for Corsica), six digits, a Luhn key worked out with A as 1 and B as 2.
Source: rule checked by its authors on 63 public numbers; FINESS documentation of the SNDS.
"""

from __future__ import annotations

import re

from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier
from sidoba_engine.identifiers.luhn import luhn_is_valid

_FORM = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}")
_LETTERS = str.maketrans("AB", "12")


def compact(number: str) -> str:
    """Remove what people type between the characters, and put letters in upper case.

    >>> compact(" 2a 000 017-0 ")
    '2A0000170'
    """
    return re.sub(r"[\s.\-]", "", number).upper()


def is_well_formed(number: str) -> bool:
    """True for nine characters of the right kind, whatever the key.

    >>> is_well_formed("480787529"), is_well_formed("01000143"), is_well_formed("2C0000020")
    (True, False, False)
    """
    return _FORM.fullmatch(number) is not None


def validate(number: str) -> str:
    """Return the number, as given.

    Raises BadForm or BadKey. Nothing is repaired: call `compact` first for what people type.

    >>> validate("010001436")
    '010001436'
    """
    if not is_well_formed(number):
        raise BadForm("a FINESS number has nine characters: nine digits, or 2A or 2B and seven digits")
    if not luhn_is_valid(number.translate(_LETTERS)):
        raise BadKey("the last digit of this FINESS number does not check")
    return number


def is_valid(number: str) -> bool:
    """True when form and key are right.

    >>> is_valid("2B0000020"), is_valid("480787529")
    (True, False)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("010001436")
    '01 000 143 6'
    """
    number = compact(number)
    return " ".join(filter(None, (number[:2], number[2:5], number[5:8], number[8:])))
