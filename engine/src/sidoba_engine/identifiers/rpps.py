"""RPPS numbers: health professionals of the French shared register.

Eleven digits, the last one a Luhn key. The key is general knowledge that no official text confirms, and the official
example of the TDDUI guide does not satisfy it: a wrong key is a warning at most.
"""

from __future__ import annotations

import re
from itertools import pairwise

from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier
from sidoba_engine.identifiers.luhn import luhn_is_valid

_FORM = re.compile(r"[0-9]{11}")


def compact(number: str) -> str:
    """Remove what people type between the digits.

    >>> compact("101 034 412 33")
    '10103441233'
    """
    return re.sub(r"[\s.\-]", "", number)


def is_well_formed(number: str) -> bool:
    """True for eleven digits, whatever the key.

    >>> is_well_formed("10103441234"), is_well_formed("1010344123")
    (True, False)
    """
    return _FORM.fullmatch(number) is not None


def validate(number: str) -> str:
    """Return the number, as given.

    Raises BadForm or BadKey. Nothing is repaired: call `compact` first for what people type.

    >>> validate("10103441233")
    '10103441233'
    """
    if not is_well_formed(number):
        raise BadForm("an RPPS number has eleven digits")
    if not luhn_is_valid(number):
        raise BadKey("the last digit of this RPPS number does not check")
    return number


def is_valid(number: str) -> bool:
    """True when form and key are right.

    >>> is_valid("10103441233"), is_valid("10103441234")
    (True, False)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("10103441233")
    '10 10 34 412 33'
    """
    number = compact(number)
    cuts = (0, 2, 4, 6, 9, 11)
    return " ".join(filter(None, (number[start:end] for start, end in pairwise(cuts))))
