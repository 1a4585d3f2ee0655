"""Regular expressions matched in a time proportional to the text, whatever the pattern: an automaton, no backtracking.

The syntax is that of FHIRPath (PCRE) without what an automaton cannot do: back references, look-around, word limits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from sidoba_engine.formats.fhir.path.outcome import NotEvaluatedError

Test = Callable[[str], bool]

MAX_SIZE = 4_000
"""Instructions of the largest automaton; `{0,254}` takes two per repetition."""

MAX_MOVES = 4_000
"""Moves kept per pattern before they are worked out again."""

_DIGITS = frozenset("0123456789")
_WORDS = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACES = frozenset(" \t\n\r\f\v")
_CLASSES: dict[str, Test] = {"d": _DIGITS.__contains__, "w": _WORDS.__contains__, "s": _SPACES.__contains__}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}


def _not(test: Test) -> Test:
    return lambda character: not test(character)


def _any(_character: str) -> bool:
    return True


class _Compiler:
    """Pattern → instructions: ("char", test), ("fork", a, b), ("jump", a), ("start",), ("end",), ("match",)."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0
        self.code: list[tuple[object, ...]] = []

    def compile(self) -> list[tuple[object, ...]]:
        self.alternatives()
        if self.position < len(self.pattern):
            raise self.refusal("unbalanced parenthesis")
        self.emit("match")
        return self.code

    def refusal(self, why: str) -> NotEvaluatedError:
        return NotEvaluatedError("matches", why)

    def emit(self, *instruction: object) -> int:
        if len(self.code) >= MAX_SIZE:
            raise self.refusal("regular expression too large")
        self.code.append(instruction)
        return len(self.code) - 1

    def peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise self.refusal("unfinished regular expression")
        self.position += 1
        return character

    def alternatives(self) -> None:
        """Each alternative but the last is preceded by a fork and followed by a jump to the end."""
        jumps = []
        start = len(self.code)
        self.sequence()
        while self.peek() == "|":
            self.position += 1
            self.shift(start)
            jumps.append(self.emit("jump", 0))
            self.code[start] = ("fork", start + 1, len(self.code))
            start = len(self.code)
            self.sequence()
        for jump in jumps:
            self.code[jump] = ("jump", len(self.code))

    def shift(self, start: int) -> None:
        """Make room for one instruction at `start`."""
        self.emit("jump", 0)
        moved = [_relocated(instruction, 1) for instruction in self.code[start:-1]]
        self.code[start:] = [("jump", 0), *moved]

    def sequence(self) -> None:
        while self.peek() not in ("", "|", ")"):
            start = len(self.code)
            self.atom()
            self.repeated(start)

    def atom(self) -> None:
        character = self.take()
        if character == "(":
            self.group()
        elif character == "^":
            self.emit("start")
        elif character == "$":
            self.emit("end")
        elif character == "[":
            self.emit("char", self.character_class())
        elif character == ".":
            self.emit("char", _any)
        elif character == "\\":
            self.emit("char", self.escape())
        elif character in "*+?":
            raise self.refusal("nothing to repeat")
        else:
            self.emit("char", character.__eq__)

    def group(self) -> None:
        self.depth += 1
        if self.depth > 50:
            raise self.refusal("too many groups inside one another")
        if self.peek() == "?":
            if self.pattern[self.position : self.position + 2] != "?:":
                raise self.refusal("look-around or named group")
            self.position += 2
        self.alternatives()
        if self.take() != ")":
            raise self.refusal("unbalanced parenthesis")
        self.depth -= 1

    def repeated(self, start: int) -> None:
        low, high = self.bounds()
        if (low, high) == (1, 1):
            return
        body = [_relocated(instruction, -start) for instruction in self.code[start:]]
        del self.code[start:]
        for _ in range(low):
            self.copy(body)
        if high is None:
            fork = self.emit("fork", 0, 0)
            self.copy(body)
            self.emit("jump", fork)
            self.code[fork] = ("fork", fork + 1, len(self.code))
            return
        forks = []
        for _ in range(high - low):
            forks.append(self.emit("fork", 0, 0))
            self.copy(body)
        for fork in forks:
            self.code[fork] = ("fork", fork + 1, len(self.code))

    def copy(self, body: list[tuple[object, ...]]) -> None:
        start = len(self.code)
        for instruction in body:
            self.emit(*_relocated(instruction, start))

    def bounds(self) -> tuple[int, int | None]:
        bounds = self.quantifier()
        if bounds != (1, 1) and self.peek() in ("?", "+"):
            self.position += 1  # lazy or possessive: the same for a yes or no, except that possessive may refuse
            if self.pattern[self.position - 1] == "+":
                raise self.refusal("possessive repetition")
        if self.peek() in ("*", "+", "?") and bounds != (1, 1):
            raise self.refusal("repetition of a repetition")
        return bounds

    def quantifier(self) -> tuple[int, int | None]:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in simple:
            return simple[self.take()]
        if self.peek() != "{":
            return 1, 1
        inside, closed, _ = self.pattern[self.position + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdecimal() or (high and not high.isdecimal()) or len(inside) > 11:
            raise self.refusal("repetition that cannot be read")
        self.position += len(inside) + 2
        least, most = int(low), (int(high) if high else None if comma else int(low))
        if max(least, most or 0) > MAX_SIZE or (most is not None and most < least):
            raise self.refusal("repetition out of bounds")
        return least, most

    def escape(self) -> Test:
        character = self.take()
        if character.lower() in _CLASSES:
            test = _CLASSES[character.lower()]
            return test if character.islower() else _not(test)
        if character in "pP":
            return self.category(character == "P")
        return self.escaped_character(character).__eq__

    def escaped_character(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in "xu":
            digits = self.pattern[self.position : self.position + (2 if character == "x" else 4)]
            self.position += len(digits)
            try:
                return chr(int(digits, 16))
            except ValueError as error:
                raise self.refusal("escape that cannot be read") from error
        if character.isalnum():
            raise self.refusal(f"escape \\{character}")
        return character

    def category(self, is_negated: bool) -> Test:
        match = self.pattern[self.position :].partition("}")
        name = match[0][1:]
        if self.peek() != "{" or not match[1] or not name.isalpha() or len(name) > 2:
            raise self.refusal("category of characters")
        self.position += len(name) + 2
        test: Test = lambda character: unicodedata.category(character).startswith(name)  # noqa: E731
        return _not(test) if is_negated else test

    def character_class(self) -> Test:
        is_negated = self.peek() == "^"
        self.position += is_negated
        tests: list[Test] = []
        while self.peek() != "]" or not tests:
            tests.append(self.class_member())
        self.position += 1
        test: Test = lambda character: any(member(character) for member in tests)  # noqa: E731
        return _not(test) if is_negated else test

    def class_member(self) -> Test:
        low = self.take()
        if low == "[" and self.peek() == ":":
            raise self.refusal("named class of characters")
        if low == "\\":
            if self.peek() and self.peek() in "dwsDWSpP":
                return self.escape()
            low = self.escaped_character(self.take())
        if self.peek() != "-" or self.pattern[self.position + 1 : self.position + 2] in ("]", ""):
            return low.__eq__
        self.position += 1
        high = self.take()
        if high == "\\":
            high = self.escaped_character(self.take())
        return lambda character: low <= character <= high


def _relocated(instruction: tuple[object, ...], by: int) -> tuple[object, ...]:
    if instruction[0] in ("fork", "jump"):
        return (instruction[0], *(target + by for target in instruction[1:] if isinstance(target, int)))
    return instruction


class _State:
    __slots__ = ("is_found", "is_found_at_end", "moves", "points")

    def __init__(self, points: frozenset[int], is_found: bool, is_found_at_end: bool) -> None:
        self.points = points
        self.moves: dict[str, _State] = {}
        self.is_found = is_found
        self.is_found_at_end = is_found_at_end


class Pattern:
    """A compiled regular expression; `search` looks for it anywhere in a text. Raises NotEvaluatedError."""

    def __init__(self, pattern: str) -> None:
        self._code = _Compiler(pattern).compile()
        self._reset()

    def _reset(self) -> None:
        self._states: dict[frozenset[int], _State] = {}
        self._moves = 0
        self._again = self._closure({0})
        self._first = self._state(self._closure({0}, at_start=True))

    def search(self, text: str, spend: Callable[[int], None]) -> bool:
        """Whether a part of the text matches; `spend` is told what it costs."""
        state = self._first
        if not text:
            return state.is_found or self._matches_empty()
        spend(len(text))
        for character in text:
            if state.is_found:
                return True
            following = state.moves.get(character)
            if following is None:
                following = self._moved(state, character, spend)
            elif not following.points:
                return False
            state = following
        return state.is_found_at_end

    def _matches_empty(self) -> bool:
        last = len(self._code) - 1
        return last in self._closure({0}, at_start=True, at_end=True)

    def _moved(self, state: _State, character: str, spend: Callable[[int], None]) -> _State:
        spend(len(state.points))
        if self._moves >= MAX_MOVES:
            self._reset()
        reached = set()
        for point in state.points:
            instruction = self._code[point]
            test = instruction[1] if instruction[0] == "char" else None
            if callable(test) and test(character) is True:
                reached.add(point + 1)
        following = self._state(self._closure(reached) | self._again)
        state.moves[character] = following
        self._moves += 1
        return following

    def _state(self, points: frozenset[int]) -> _State:
        found = self._states.get(points)
        if found is None:
            last = len(self._code) - 1
            at_end = last in self._closure(set(points), at_end=True)
            useful = points if any(self._code[point][0] == "char" for point in points) or at_end else frozenset[int]()
            found = self._states[points] = _State(useful, last in points, at_end)
        return found

    def _closure(self, points: set[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        """The points reached without consuming a character."""
        seen = set[int]()
        waiting = list(points)
        while waiting:
            point = waiting.pop()
            if point in seen:
                continue
            seen.add(point)
            instruction = self._code[point]
            kind = instruction[0]
            if kind in ("fork", "jump"):
                waiting += [target for target in instruction[1:] if isinstance(target, int)]
            elif (kind == "start" and at_start) or (kind == "end" and at_end):
                waiting.append(point + 1)
        return frozenset(seen)


@lru_cache(maxsize=256)
def pattern_of(text: str) -> Pattern:
    """The pattern of a regular expression written in a constraint; raises NotEvaluatedError."""
    return Pattern(text)
