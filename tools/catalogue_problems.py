"""The faults found in the catalogue's data, in words; each names its file or its element."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Data = dict[str, Any]

QUOTED = 12
"""Above this number of admitted values, the fault names the nearest ones only."""


class Problems(list[str]):
    """The faults found so far, in words."""

    def add(self, place: str, fault: str) -> None:
        self.append(f"{place}: {fault}")

    def unless_among(self, place: str, what: str, value: object, allowed: Iterable[object]) -> None:
        """Add a fault when `value` is not one of `allowed`."""
        if value in (known := tuple(allowed)):
            return
        names = sorted(map(str, known))
        if len(names) > QUOTED:
            names = difflib.get_close_matches(str(value), names, n=3) or ["…"]
        self.add(place, f"{what} {value!r} is not among {', '.join(names) or 'none'}")


def require(problems: Problems, place: str, element: Mapping[str, Any], members: Iterable[str]) -> bool:
    """Tell whether `element` has all `members`, none of them empty; what is missing becomes a fault."""
    missing = [name for name in members if element.get(name) in (None, "", [], {})]
    if missing:
        problems.add(place, f"missing: {', '.join(missing)}")
    return not missing


def allow(problems: Problems, place: str, element: Mapping[str, Any], members: Iterable[str]) -> None:
    """Add a fault for each attribute of `element` that is not one of `members`."""
    for name in element.keys() - set(members):
        problems.unless_among(place, "attribute", name, members)


def check_unique(problems: Problems, place: str, names: Iterable[object]) -> None:
    """Each name may be used once."""
    for name, count in Counter(names).items():
        if count > 1:
            problems.add(place, f"{name} is used {count} times")
