"""What an import changes in the data of a package, said line by line: to be read before it is committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sidoba_server.ops.fhir_import.layout import Files

LONGEST = 120
"""Characters of a value that is quoted."""

_DEEPER = ("elements", "concepts")
"""Members whose own members are compared one by one, and these attribute by attribute."""


def changes(before: Files, after: Files) -> Iterator[str]:
    """Yield one line a difference, in the order of the files."""
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"+ {name}"
        elif name not in after:
            yield f"- {name}"
        else:
            yield from _inside(name, before[name], after[name])


def _inside(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict) and (name in _DEEPER or _holds_statements(old, new)):
            yield from _inside(f"{place} · {name}", old, new)
        else:
            yield f"~ {place} · {name} : {_quoted(old)} → {_quoted(new)}"


def _holds_statements(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both are what an element says: `min` and `max` are always among it."""
    return "min" in old and "min" in new


def _quoted(value: Any) -> str:
    if value is None:
        return "rien"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
