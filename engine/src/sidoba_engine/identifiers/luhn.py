"""The Luhn check (ISO/IEC 7812-1), shared by FINESS and RPPS numbers."""

from __future__ import annotations

_DOUBLED = str.maketrans("0123456789", "0246813579")
"""A digit → the sum of the digits of its double."""


def luhn_is_valid(digits: str) -> bool:
    """True when the last digit is the right key of the others.

    >>> luhn_is_valid("010001436"), luhn_is_valid("010001437")
    (True, False)
    """
    doubled = digits[-2::-2].translate(_DOUBLED)
    return sum(map(int, digits[::-2] + doubled)) % 10 == 0


def luhn_key(digits: str) -> str:
    """The digit to write after these ones.

    >>> luhn_key("01000143")
    '6'
    """
    return next(key for key in "0123456789" if luhn_is_valid(digits + key))
