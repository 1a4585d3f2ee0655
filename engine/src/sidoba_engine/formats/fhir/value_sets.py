"""Value sets of FHIR: whether a code is in one, out of it, or cannot be known here.

A value set may be made of whole code systems, of fragments of them, or of value sets that are not held. A code is only
told out of a value set when everything it is made of is known: logic of three values, `UNKNOWN` being the third.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Any

from sidoba_engine.value_set import ValueSet


class Membership(Enum):
    """`OUT` is certain; `UNKNOWN` is nobody's fault."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system: its codes with their displays, all of them when `is_complete`."""

    url: str
    version: str | None
    label: str
    codes: Mapping[str, str] = field(repr=False)
    is_complete: bool

    def holds(self, code: str) -> Membership:
        """Whether the system has this code."""
        if code in self.codes:
            return Membership.IN
        return Membership.OUT if self.is_complete else Membership.UNKNOWN


Test = Callable[[str | None, str], Membership]
"""From the system (None: a bare code, of any system) and the code."""


@dataclass(frozen=True, slots=True, eq=False)
class FhirValueSet:
    """A value set. `unheld` names what it is made of that is not held here.

    `is_open` when what is not held is a system that nobody lists (units, media types, languages): nothing is to be said
    of an unknown code then.
    """

    url: str
    version: str | None
    label: str
    unheld: tuple[str, ...]
    is_open: bool
    _test: Test = field(repr=False)
    _listed: Callable[[], Iterator[tuple[str, str]]] = field(repr=False)

    def holds(self, system: str | None, code: str) -> Membership:
        """Whether the code of that system is in the value set; without system, whether some system makes it so."""
        return self._test(system, code)

    def sample(self, count: int) -> tuple[tuple[str, str], ...]:
        """The first codes with their displays, to be quoted in a message."""
        return tuple(islice(self._listed(), count))


def either(tests: Sequence[Test]) -> Test:
    """In when one says in, out when all say out."""

    def test(system: str | None, code: str) -> Membership:
        answer = Membership.OUT
        for one in tests:
            found = one(system, code)
            if found is Membership.IN:
                return found
            if found is Membership.UNKNOWN:
                answer = found
        return answer

    return tests[0] if len(tests) == 1 else test


def every(tests: Sequence[Test]) -> Test:
    """Out when one says out, in when all say in."""

    def test(system: str | None, code: str) -> Membership:
        answer = Membership.IN
        for one in tests:
            found = one(system, code)
            if found is Membership.OUT:
                return found
            if found is Membership.UNKNOWN:
                answer = found
        return answer

    return tests[0] if len(tests) == 1 else test


def without(kept: Test, excluded: Test) -> Test:
    """What is in the first and not in the second."""

    def test(system: str | None, code: str) -> Membership:
        found = kept(system, code)
        if found is Membership.OUT:
            return found
        left_out = excluded(system, code)
        if left_out is Membership.IN:
            return Membership.OUT
        return Membership.UNKNOWN if left_out is Membership.UNKNOWN else found

    return test


def listed_codes(system: str | None, codes: Iterable[str]) -> Test:
    """The codes listed one by one, of one system."""
    known = frozenset(codes)

    def test(given: str | None, code: str) -> Membership:
        return Membership.IN if code in known and (given is None or given == system) else Membership.OUT

    return test


def whole_system(url: str, system: CodeSystem | None) -> Test:
    """All the codes of a system, which may be held in part or not at all."""

    def test(given: str | None, code: str) -> Membership:
        if given is not None and given != url:
            return Membership.OUT
        return Membership.UNKNOWN if system is None else system.holds(code)

    return test


def unknown_part(system: str | None) -> Test:
    """A part that cannot be worked out here: a value set not held, a filter on a system."""

    def test(given: str | None, code: str) -> Membership:
        return Membership.UNKNOWN if system is None or given is None or given == system else Membership.OUT

    return test


def shared_list(value_set: ValueSet, addresses: Mapping[str, Sequence[str]]) -> Test:
    """A list that the catalogue holds with the OIDs of its systems; a system without address is not compared."""
    systems: dict[str, list[Sequence[str] | None]] = {}
    for row in value_set.rows:
        systems.setdefault(row["code"], []).append(addresses.get(row.get("systeme", "")))

    def test(given: str | None, code: str) -> Membership:
        for known in systems.get(code, ()):
            if given is None or known is None or given in known:
                return Membership.IN
        return Membership.OUT

    return test


def codes_of(part: Mapping[str, Any], systems: Mapping[str, CodeSystem]) -> Iterator[tuple[str, str]]:
    """The codes that a part lists itself, or those held of the system it takes whole."""
    if "concepts" in part:
        yield from part["concepts"].items()
    elif "filter" not in part and (system := systems.get(part.get("system", ""))):
        yield from system.codes.items()
