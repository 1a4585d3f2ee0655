"""Places in a JSON text: from a JSON Pointer to a line and a column.

Worked out only for texts with anomalies, and only for the objects and lists on the way to what is asked: the members of
one container are found in one scan and kept, what they hold is skipped.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import cached_property

from sidoba_engine.anomaly import Location

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(r'[^,\]}" \t\n\r]*')
_UP_TO_MARK = re.compile(r'[^"\[\]{}]*')


class JsonPlaces:
    """Places in one text, which is known to be JSON (NaN and Infinity aside)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def value(self, pointer: str) -> Location:
        """Where the value named by `pointer` starts; its nearest existing ancestor when there is none."""
        return self._location(pointer, self._find(pointer)[1])

    def key(self, pointer: str) -> Location:
        """Where the key of the member named by `pointer` starts."""
        return self._location(pointer, self._find(pointer)[0])

    def _location(self, pointer: str, offset: int) -> Location:
        line = bisect_left(self._line_ends, offset)
        start = self._line_ends[line - 1] + 1 if line else 0
        return Location(pointer, line + 1, offset - start + 1)

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def _find(self, pointer: str) -> tuple[int, int]:
        """Offsets of the key and of the value (the same for an element of a list, and for the root)."""
        start = self._skip_space(0)
        found = (start, start)
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            offset = found[1]
            if self._text[offset] not in "{[":
                break
            if offset not in self._members:
                self._members[offset] = self._scan(offset)
            if name not in self._members[offset]:
                break
            found = self._members[offset][name]
        return found

    def _scan(self, opening: int) -> dict[str, tuple[int, int]]:
        """The members of the object or list that opens there; of a key written twice, the last."""
        is_object = self._text[opening] == "{"
        found: dict[str, tuple[int, int]] = {}
        position = self._skip_space(opening + 1)
        while self._text[position] not in "]}":
            key = position
            name = str(len(found))
            if is_object:
                position = self._skip_value(key)
                name = _unquoted(self._text[key:position])
                position = self._skip_space(self._skip_space(position) + 1)
            found[name] = (key, position)
            position = self._skip_space(self._skip_value(position))
            if self._text[position] == ",":
                position = self._skip_space(position + 1)
        return found

    def _skip_space(self, position: int) -> int:
        return _end(_SPACE, self._text, position)

    def _skip_value(self, position: int) -> int:
        character = self._text[position]
        if character == '"':
            return _end(_STRING, self._text, position)
        if character not in "{[":
            return _end(_SCALAR, self._text, position)
        depth = 0
        while True:
            position = _end(_UP_TO_MARK, self._text, position)
            character = self._text[position]
            if character == '"':
                position = _end(_STRING, self._text, position)
                continue
            depth += 1 if character in "{[" else -1
            position += 1
            if depth == 0:
                return position


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _unquoted(written: str) -> str:
    return str(json.loads(written)) if "\\" in written else written[1:-1]
