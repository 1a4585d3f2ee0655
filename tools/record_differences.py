"""Two records compared leaf by leaf: what one format has lost, by its path in the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from sidoba_engine.records import AssessmentItem, Record

TABLE = Path(__file__).resolve().parents[1] / "docs" / "editeur" / "cda-et-fhir.md"
_RANK = re.compile(r"(?<=/)[0-9]+(?=/|$)|(?<=/)«[^»]*»")
_ROW = re.compile(r"^\| (`[a-z_*/` ,]+`) \|")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Path → value of all that a record says. The questions of an assessment are known by their code, and their order
    is a leaf of its own."""
    if is_dataclass(value):
        for one in fields(value):
            yield from leaves(getattr(value, one.name), f"{path}/{one.name}" if path else one.name)
    elif isinstance(value, tuple):
        is_asked = bool(value) and all(isinstance(one, AssessmentItem) for one in value)
        for rank, one in enumerate(value):
            yield from leaves(one, f"{path}/«{one.code.code}»" if is_asked else f"{path}/{rank}")
        if is_asked:
            yield f"{path}/order", tuple(one.code.code for one in value)
    elif value is not None:
        yield path, value


def differences(before: Record, after: Record) -> dict[str, tuple[object, object]]:
    """Path of each leaf that changed, ranks as `*` → the value before and after."""
    old, new = dict(leaves(before)), dict(leaves(after))
    asked = {path for path in old.keys() & new.keys() if path.endswith("/order")}
    same = {path for path in asked if _is_kept(old[path], new[path])}
    return {
        _RANK.sub("*", path): (old.get(path), new.get(path))
        for path in old.keys() | new.keys()
        if path not in same and old.get(path) != new.get(path)
    }


def _is_kept(before: object, after: object) -> bool:
    """Whether the questions that are still there are in the order they had: what is lost has no order."""
    old, new = (list(one) if isinstance(one, tuple) else [] for one in (before, after))
    return [code for code in old if code in new] == new


def listed_losses() -> list[str]:
    """The paths of the first column of the tables of the guide for vendors; `**` stands for all that is under."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [found[1] for line in lines if (found := _ROW.match(line))]
    return [path for row in rows for path in re.findall(r"`([^`]+)`", row)]


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one that a row of the table names."""
    if pattern.endswith("/**"):
        return path.startswith(pattern.removesuffix("**")) or path == pattern.removesuffix("/**")
    return path == pattern
