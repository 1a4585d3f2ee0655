"""SIREN numbers: legal units of the French business register (INSEE). Nine digits, the last one a Luhn key."""

from __future__ import annotations

import re

from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier
from sidoba_engine.identifiers.luhn import luhn_is_valid

_FORM = re.compile(r"[0-9]{9}")


def compact(number: str) -> str:
    """Remove what people type between the digits.

    >>> compact("732 829 320")
    '732829320'
    """
    return re.sub(r"[\s.\-]", "", number)


def is_well_formed(number: str) -> bool:
    """True for nine digits, whatever the key.

    >>> is_well_formed("732829321"), is_well_formed("73282932")
    (True, False)
    """
    return _FORM.fullmatch(number) is not None


def validate(number: str) -> str:
    """Return the number, as given.

    Raises BadForm or BadKey. Nothing is repaired: call `compact` first for what people type.

    >>> validate("732829320")
    '732829320'
    """
    if not is_well_formed(number):
        raise BadForm("a SIREN number has nine digits")
    if not luhn_is_valid(number):
        raise BadKey("the last digit of this SIREN number does not check")
    return number


def is_valid(number: str) -> bool:
    """True when form and key are right.

    >>> is_valid("732829320"), is_valid("732829321")
    (True, False)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("732829320")
    '732 829 320'
    """
    number = compact(number)
    return " ".join(filter(None, (number[:3], number[3:6], number[6:])))
