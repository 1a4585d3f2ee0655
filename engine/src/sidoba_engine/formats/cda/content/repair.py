"""What is wrong with the elements of one parent: read again with care, once the automaton said no.

One fault each, and nothing that only follows from it: an element named wrongly stands for the one it looks like; one
that comes too late is not missing as well; once the order is wrong, one element out of place is enough to say so.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sidoba_engine.checks.near_keys import slips_between
from sidoba_engine.formats.cda.content.compile import ContentType, State
from sidoba_engine.formats.cda.names import local_name

UNKNOWN, MISPLACED, REPEATED, EXCLUDED, MISSING = "inconnu", "ordre", "repete", "exclu", "manquant"
_LONGEST_NAME = 40
"""Names of the model have 33 letters at most; a longer one is not compared."""


@dataclass(frozen=True, slots=True)
class ContentFault:
    """One fault: `rank` is that of the child, None when one is missing. `expected` are tags; `near` the one meant.

    `before` is, for an element out of place, the tag of the sibling it should precede.
    """

    kind: str
    rank: int | None
    expected: tuple[str, ...]
    near: str | None = None
    before: str | None = None


class Guesses:
    """The names meant by unknown ones, over a whole document: a bounded number of comparisons, each made once."""

    def __init__(self, most: int = 500) -> None:
        self._left = most
        self._made: dict[tuple[str, str], str | None] = {}

    def tag(self, kind: ContentType, tag: str, expected: Sequence[str]) -> str | None:
        """The element that one means in a parent of that type: one expected there, or any one of its type."""
        key = kind.name, tag
        if key not in self._made:
            if not self._left:
                return None
            self._left -= 1
            self._made[key] = nearest(tag, expected) or nearest(tag, tuple(kind.known))
        return self._made[key]

    def name(self, name: str, known: Sequence[str]) -> str | None:
        """The attribute or type that one means."""
        if not self._left:
            return None
        self._left -= 1
        return nearest(name, known)


def content_faults(
    kind: ContentType, tags: Sequence[str], *, guesses: Guesses, admits: Callable[[str], bool]
) -> list[ContentFault]:
    """The faults of a parent of that type with children of these tags, in their order; linear in their number.

    `admits` tells whether a tag is of another namespace, where a state takes one.
    """
    return _Reading(kind, tags, guesses, admits).read()


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The one tag of `known` that a tag means: the same local name, or two slips of the keyboard away at most."""
    wanted = local_name(name)
    if len(wanted) > _LONGEST_NAME:
        return None
    slips = {tag: slips_between(wanted.casefold(), local_name(tag).casefold(), most=2) for tag in known}
    for number in range(1 if len(wanted) < 3 else 2 if len(wanted) < 5 else 3):
        if found := [tag for tag, slip in slips.items() if slip == number]:
            return found[0] if len({local_name(tag) for tag in found}) == 1 else None
    return None


class _Reading:
    def __init__(self, kind: ContentType, tags: Sequence[str], guesses: Guesses, admits: Callable[[str], bool]) -> None:
        self.kind = kind
        self.guesses = guesses
        self.tags = tags
        self.admits = admits
        self.state = kind.start
        self.coming = Counter(tags)
        self.taken: Counter[str] = Counter()
        self.misplaced: Counter[str] = Counter()
        self.passed: dict[State, str] = {}
        self.faults: list[ContentFault] = []
        self.told: set[str] = set()
        self.is_disordered = False

    def read(self) -> list[ContentFault]:
        for rank, tag in enumerate(self.tags):
            self.coming[tag] -= 1
            if tag in self.state.moves:
                self._take(tag)
            elif self.state.other is not None and self.admits(tag):
                self.state = self.state.other
            elif tag in self.kind.known:
                self._out_of_turn(rank, tag)
            else:
                self._unknown(rank, tag)
        if not self.state.final:
            self._missing(_way(self.state, None) or ())
        return self.faults

    def _take(self, tag: str) -> None:
        self.passed.setdefault(self.state, tag)
        self.taken[tag] += 1
        self.state = self.state.moves[tag][0]

    def _unknown(self, rank: int, tag: str) -> None:
        expected = tuple(self.state.moves)
        near = self.guesses.tag(self.kind, tag, expected)
        self.faults.append(ContentFault(UNKNOWN, rank, expected, near))
        if near is not None and self.coming[near] > 0:
            return
        if near in self.state.moves:
            self._take(near)
        elif near is not None:
            self.misplaced[near] += 1
            way = _way(self.state, near)
            if way is not None:
                self._skip(way, near)
                self._take(near)

    def _out_of_turn(self, rank: int, tag: str) -> None:
        way = _way(self.state, tag)
        if way is not None:
            self._skip(way, tag)
            self._take(tag)
            return
        self.misplaced[tag] += 1
        if tag in self.told:
            return
        self.told.add(tag)
        before = self._passed_by(tag)
        if self.taken[tag] and not _repeats(self.kind, tag):
            self.faults.append(ContentFault(REPEATED, rank, tuple(self.state.moves)))
        elif before is None:
            self.faults.append(ContentFault(EXCLUDED, rank, tuple(self.state.moves)))
        elif not self.is_disordered:
            self.is_disordered = True
            self.faults.append(ContentFault(MISPLACED, rank, tuple(self.state.moves), before=before))

    def _passed_by(self, tag: str) -> str | None:
        """The first element met where that one could have stood, and before which it could have."""
        for state, passed in self.passed.items():
            if passed != tag and tag in state.moves:
                after = state.moves[tag][0]
                if _way(after, passed) is not None:
                    return passed
        return None

    def _skip(self, way: tuple[str, ...], tag: str) -> None:
        """Go on to that tag as if the elements of the way were there; those that are nowhere are missing."""
        self._missing(way)
        for name in way:
            self.passed.setdefault(self.state, tag)
            self.state = self.state.moves[name][0]

    def _missing(self, way: tuple[str, ...]) -> None:
        state = self.state
        for rank, tag in enumerate(way):
            if not (self.misplaced[tag] or self.coming[tag] > 0):
                others = (other for other in state.moves if _leads_as_well(state, other, way[rank:]))
                self.faults.append(ContentFault(MISSING, None, tuple(dict.fromkeys((tag, *others)))))
            state = state.moves[tag][0]


def _leads_as_well(state: State, tag: str, way: tuple[str, ...]) -> bool:
    """Whether taking that element instead of the first one of the way leaves no more to add."""
    after, chosen = state.moves[tag][0], state.moves[way[0]][0]
    return after is chosen or (len(way) == 1 and after.final and chosen.final and not state.final)


def _repeats(kind: ContentType, tag: str) -> bool:
    """Whether the type ever admits two elements of that name."""
    seen: set[int] = set()
    todo = [kind.start]
    while todo:
        state = todo.pop()
        if id(state) in seen:
            continue
        seen.add(id(state))
        after = state.moves.get(tag)
        if after is not None and (tag in after[0].moves or _way(after[0], tag) is not None):
            return True
        todo += [reached for reached, _ in state.moves.values()]
    return False


def _way(state: State, tag: str | None) -> tuple[str, ...] | None:
    """The fewest elements to add before one of that tag is admitted (None: before the content may end); kept.

    Only elements that must be there are added: an optional one is never the reason why the next was refused.
    """
    key = tag or ""
    if key not in state.ways:
        state.ways[key] = _searched(state, tag)
    return state.ways[key]


def _searched(start: State, tag: str | None) -> tuple[str, ...] | None:
    seen = {id(start)}
    queue: deque[tuple[State, tuple[str, ...]]] = deque([(start, ())])
    while queue:
        state, way = queue.popleft()
        if state.final if tag is None else tag in state.moves:
            return way
        for name, (reached, _) in state.moves.items():
            if id(reached) not in seen:
                seen.add(id(reached))
                queue.append((reached, (*way, name)))
    return None
