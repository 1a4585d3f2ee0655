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

_BLANK, _QUOTED, _BARE = r"[ \t\n\r]*+", r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', r'[^][{},:" \t\n\r]++'
_SPACE = re.compile(_BLANK)
_STRING = re.compile(_QUOTED, re.DOTALL)
_SCALAR = re.compile(_BARE)
_SIMPLE = f"({_QUOTED}|{_BARE})?{_BLANK}"  # nothing: an object or a list, which starts where the match ends
_MEMBER = re.compile(f"{_BLANK}({_QUOTED}){_BLANK}:{_BLANK}{_SIMPLE}", re.DOTALL)
_ELEMENT = re.compile(f"{_BLANK}{_SIMPLE}", re.DOTALL)
_UP_TO_MARK = re.compile(r'[^"\[\]{}]*')


class JsonPlaces:
    """Places in one text, which is known to be JSON (NaN and Infinity aside)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[str, dict[str, tuple[int, int]]] = {}

    def value(self, pointer: str) -> Location:
        """Where the value named by `pointer` starts; its nearest existing ancestor when there is none."""
        return self._location(pointer, self._find(pointer)[1])

    def key(self, pointer: str) -> Location:
        """Where the key of the member named by `pointer` starts."""
        return self._location(pointer, self._find(pointer)[0])

    def spans(self, pointer: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Offsets, start and end, of the key and of the value that `pointer` names; None when there is no such value.

        The value of a list's element has no key: both are then the value's.
        """
        key, value = self._find(pointer, is_exact=True)
        return None if value < 0 else ((key, self._skip_value(key)), (value, self._skip_value(value)))

    def _location(self, pointer: str, offset: int) -> Location:
        line = bisect_left(self._line_ends, offset)
        start = self._line_ends[line - 1] + 1 if line else 0
        return Location(pointer, line + 1, offset - start + 1)

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def _find(self, pointer: str, *, is_exact: bool = False) -> tuple[int, int]:
        """Offsets of the key and of the value (the same for an element of a list, and for the root).

        When there is no such value: those of its nearest existing ancestor, or (-1, -1) when `is_exact`.
        """
        if not pointer:
            return self._root
        parent, _, token = pointer.rpartition("/")
        found = self._members_of(parent).get(token.replace("~1", "/").replace("~0", "~"))
        if found is None:
            return (-1, -1) if is_exact else self._find(parent)
        return found

    @cached_property
    def _root(self) -> tuple[int, int]:
        start = self._skip_space(0)
        return start, start

    def _members_of(self, pointer: str) -> dict[str, tuple[int, int]]:
        """The members of the object or list that `pointer` names; none when there is no such thing."""
        if pointer not in self._members:
            offset = self._find(pointer, is_exact=True)[1]
            self._members[pointer] = self._scan(offset) if offset >= 0 and self._text[offset] in "{[" else {}
        return self._members[pointer]

    def _scan(self, opening: int) -> dict[str, tuple[int, int]]:
        """The members of the object or list that opens there; of a key written twice, the last."""
        text = self._text
        found: dict[str, tuple[int, int]] = {}
        position = self._skip_space(opening + 1)
        if text[position] in "]}":
            return found
        is_object = text[opening] == "{"
        pattern = _MEMBER if is_object else _ELEMENT
        while member := pattern.match(text, position):
            position = member.end()
            value = member.start(pattern.groups)
            if value < 0:
                value = position
                position = self._skip_space(self._skip_value(position))
            if is_object:
                found[_unquoted(member[1])] = (member.start(1), value)
            else:
                found[str(len(found))] = (value, value)
            if text[position] != ",":
                break
            position += 1
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
