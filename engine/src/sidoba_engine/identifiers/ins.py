"""INS: the national health identity number of a service user, written as a NIR (or a NIA).

Fifteen characters: sex, year, month (or a fictitious month from 20), department and commune of birth (`2A`, `2B` for
Corsica), rank, and a key of two digits: 97 minus the rest of the division of the first thirteen by 97, with 2A read as
19 and 2B as 18. Personal datum: never logged, shown masked. Source: INS reference (ANS), rule of the NIR (INSEE).
"""

from __future__ import annotations

import re
from itertools import pairwise

from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier

_FORM = re.compile(
    r"[1-478][0-9]{2}"  # sex (3, 4, 7 and 8: numbers being assigned), year
    r"(?:0[1-9]|1[0-2]|[2-9][0-9])"  # month
    r"(?:[0-9]{2}|2[AB])[0-9]{3}"  # department, commune
    r"[0-9]{3}[0-9]{2}"  # rank, key
)


def compact(number: str) -> str:
    """Remove what people type between the characters, and put letters in upper case.

    >>> compact("2 53 07 2a 073 004 43")
    '253072A07300443'
    """
    return re.sub(r"[\s.\-]", "", number).upper()


def is_well_formed(number: str) -> bool:
    """True for fifteen characters of the right kind, whatever the key.

    >>> is_well_formed("253072A07300443"), is_well_formed("253072A073004")
    (True, False)
    """
    return _FORM.fullmatch(number) is not None


def key_of(thirteen: str) -> str:
    """The two digits that close these thirteen characters.

    >>> key_of("253072A073004")
    '43'
    """
    digits = thirteen.replace("2A", "19").replace("2B", "18")
    return f"{97 - int(digits) % 97:02d}"


def validate(number: str) -> str:
    """Return the number, as given.

    Raises BadForm or BadKey. Nothing is repaired: call `compact` first for what people type.

    >>> validate("295109912611193")
    '295109912611193'
    """
    if not is_well_formed(number):
        raise BadForm("an INS number has fifteen characters: thirteen of the NIR and two of its key")
    if key_of(number[:13]) != number[13:]:
        raise BadKey("the key of this INS number does not check")
    return number


def is_valid(number: str) -> bool:
    """True when form and key are right.

    >>> is_valid("253072B07300470"), is_valid("253072A07300444")
    (True, False)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("295109912611193")
    '2 95 10 99 126 111 93'
    """
    number = compact(number)
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    return " ".join(filter(None, (number[start:end] for start, end in pairwise(cuts))))
