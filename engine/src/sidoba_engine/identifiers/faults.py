"""What `validate` raises: one exception for all identifiers, with two causes."""

from __future__ import annotations


class InvalidIdentifier(ValueError):
    """An identifier that is not valid; the value itself is not in the message, it may be personal."""


class BadForm(InvalidIdentifier):
    """Wrong length or wrong characters."""


class BadKey(InvalidIdentifier):
    """The right form, and a check key that does not match."""
