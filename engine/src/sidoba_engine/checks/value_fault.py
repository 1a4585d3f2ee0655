"""What the check of one value answers when the value is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sidoba_engine.formats.json_text import UnstorableNumber

SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Replacement:
    """The value that the sender certainly (or probably) meant."""

    value: object
    certain: bool = True


@dataclass(frozen=True, slots=True)
class ValueFault:
    """One rule broken by one value.

    `facts` are the rule's placeholders beside `cle` and `valeur`, which the caller fills.
    """

    rule: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    replacement: Replacement | None = None


ValueCheck = Callable[[Any], ValueFault | None]


def shown(value: object) -> str:
    """A received value as a message may quote it: one line, at most `SHOWN_LENGTH` characters.

    >>> shown(True), shown("a\\nb"), shown([1])
    ('true', 'a\\ufffdb', '[…]')
    """
    match value:
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case dict():
            text = "{…}"
        case list():
            text = "[…]"
        case UnstorableNumber():
            text = value.text
        case Decimal() | int():
            text = str(value)
        case _:
            text = one_line(str(value)[: SHOWN_LENGTH + 1])
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def one_line(text: str) -> str:
    """The text without control characters, each replaced by U+FFFD."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
