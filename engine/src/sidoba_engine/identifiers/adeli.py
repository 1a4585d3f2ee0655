"""ADELI numbers: health professionals of the former registers of the departments, replaced little by little by RPPS.

Nine characters, digits save for the letter of a Corsican department; no check key is published. Source: general
knowledge which no official text at hand confirms.
"""

from __future__ import annotations

import re

from sidoba_engine.identifiers.faults import BadForm, InvalidIdentifier

_FORM = re.compile(r"[0-9AB]{9}")


def compact(number: str) -> str:
    """Remove what people type between the characters, and put letters in upper case.

    >>> compact("2a 93 0001 2")
    '2A9300012'
    """
    return re.sub(r"[\s.\-]", "", number).upper()


def is_well_formed(number: str) -> bool:
    """True for nine characters of the right kind.

    >>> is_well_formed("019300012"), is_well_formed("01930001"), is_well_formed("01930001C")
    (True, False, False)
    """
    return _FORM.fullmatch(number) is not None


def validate(number: str) -> str:
    """Return the number, as given; raises BadForm. Nothing is repaired: call `compact` first for what people type.

    >>> validate("019300012")
    '019300012'
    """
    if not is_well_formed(number):
        raise BadForm("an ADELI number has nine characters: digits, save for the letter of a Corsican department")
    return number


def is_valid(number: str) -> bool:
    """True when the form is right: there is no key to check.

    >>> is_valid("2A9300012"), is_valid("2a9300012")
    (True, False)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("019300012")
    '01 930 001 2'
    """
    number = compact(number)
    return " ".join(filter(None, (number[:2], number[2:5], number[5:8], number[8:])))
