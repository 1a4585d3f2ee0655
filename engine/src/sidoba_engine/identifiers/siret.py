"""SIRET numbers: establishments of the French business register (INSEE).

Fourteen digits: the SIREN of the legal unit and five more, the last one a Luhn key. The establishments of La Poste
(SIREN 356000000) outgrew that key: for them, the sum of the digits is a multiple of five. That exception is general
knowledge which no official text at hand confirms.
"""

from __future__ import annotations

import re

from sidoba_engine.identifiers import siren
from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier
from sidoba_engine.identifiers.luhn import luhn_is_valid

_FORM = re.compile(r"[0-9]{14}")
LA_POSTE = "356000000"


def compact(number: str) -> str:
    """Remove what people type between the digits.

    >>> compact("732 829 320 00074")
    '73282932000074'
    """
    return siren.compact(number)


def is_well_formed(number: str) -> bool:
    """True for fourteen digits, whatever the key.

    >>> is_well_formed("73282932000075"), is_well_formed("732829320")
    (True, False)
    """
    return _FORM.fullmatch(number) is not None


def validate(number: str) -> str:
    """Return the number, as given.

    Raises BadForm or BadKey. Nothing is repaired: call `compact` first for what people type.

    >>> validate("73282932000074")
    '73282932000074'
    """
    if not is_well_formed(number):
        raise BadForm("a SIRET number has fourteen digits")
    if not (luhn_is_valid(number) or (number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0)):
        raise BadKey("the last digit of this SIRET number does not check")
    return number


def is_valid(number: str) -> bool:
    """True when form and key are right.

    >>> is_valid("73282932000074"), is_valid("73282932000075"), is_valid("35600000049837")
    (True, False, True)
    """
    try:
        validate(number)
    except InvalidIdentifier:
        return False
    return True


def format(number: str) -> str:  # noqa: A001 (the four verbs of every identifier)
    """Write the number as people read it.

    >>> format("73282932000074")
    '732 829 320 00074'
    """
    number = compact(number)
    return " ".join(filter(None, (siren.format(number[:9]), number[9:])))
