"""Strict JSON from bytes: exact values, every fault named from a closed list, places on demand.

UTF-8 only. Integers are exact, numbers with a fraction or an exponent are `Decimal` (a control compares decimals, never
binary floats), a key written twice is kept with its pointer. A correct text goes through a native parser; only one that
it refuses is read again, more slowly, by `json_reader`, which knows what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import jiter

from sidoba_engine.anomaly import Location
from sidoba_engine.formats.json_places import JsonPlaces
from sidoba_engine.formats.json_reader import MAX_DEPTH, JsonCause, JsonFault, UnstorableNumber, read_slowly
from sidoba_engine.formats.text_encoding import check_utf8

__all__ = ["MAX_DEPTH", "JsonCause", "JsonFault", "JsonText", "UnstorableNumber", "read_json"]


@dataclass(slots=False)
class JsonText:
    """A JSON text as read: its value, the keys written twice, and the place of anything in it.

    `value` is made of dict, list, str, int, `Decimal`, bool and None, plus `UnstorableNumber` for NaN, Infinity and
    numbers too large to be written out. `duplicates` gives, for the JSON Pointer of each key written more than once in
    one object, how many times; `value` holds the last one.
    """

    value: object
    content: bytes = field(repr=False)
    duplicates: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def _places(self) -> JsonPlaces:
        return JsonPlaces(self.content.decode())

    def locate(self, pointer: str) -> Location:
        """Place of the value that a JSON Pointer names; of its nearest existing ancestor when there is none."""
        return self._places.value(pointer)

    def locate_key(self, pointer: str) -> Location:
        """Place of the key of the member that a JSON Pointer names."""
        return self._places.key(pointer)


def read_json(content: bytes) -> JsonText:
    """Read a whole JSON text.

    Raises JsonFault (cause, line, column) when it is not UTF-8 or not JSON, when it holds half a character, or when it
    is nested deeper than `MAX_DEPTH`. NaN and Infinity are not JSON either, but they are named with their key by the
    checks: they are given as `UnstorableNumber`.
    """
    try:
        value = jiter.from_json(
            content, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True, float_mode="decimal"
        )
    except ValueError:
        check_utf8(content)
        reading = read_slowly(content.decode())
        return JsonText(reading.value, content, reading.duplicates)
    return JsonText(value, content)
