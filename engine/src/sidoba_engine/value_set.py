"""A value set of the catalogue: its codes at one version, and the states that this version replaced.

What is read of a set is worked out the first time it is asked for: a process judges with few of the sets it loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Couple = tuple[str, str | None]
"""A code and its code system (an OID); a code alone may mean different things in two systems."""


@dataclass(frozen=True, eq=False)
class ValueSet:
    """A value set at one version; `oid` when it is a published one, and not a table made for our models.

    `rows` is the list as the catalogue gives it: `code`, `libelle`, often `systeme`, and whatever else a row says.
    `former` holds the states that this version replaced, the latest first.
    """

    name: str
    version: str
    label: str
    source: str
    licence: str
    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    oid: str | None = None
    former: tuple[ValueSet, ...] = field(default=(), repr=False)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Code → label."""
        return {row["code"]: row["libelle"] for row in self.rows}

    @cached_property
    def systems(self) -> Mapping[str, str]:
        """Code → code system, for the codes that have one."""
        return {row["code"]: row["systeme"] for row in self.rows if "systeme" in row}

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """Code → its whole row: what a filter of `valeurs_de` reads."""
        return {row["code"]: row for row in self.rows}

    @cached_property
    def couples(self) -> frozenset[Couple]:
        """The codes with their systems."""
        return frozenset((row["code"], row.get("systeme")) for row in self.rows)

    @cached_property
    def withdrawn(self) -> frozenset[Couple]:
        """The couples that a former state had and this one has no more."""
        return frozenset(couple for state in self.former for couple in state.couples) - self.couples

    @cached_property
    def added(self) -> tuple[str, ...]:
        """The codes that the latest former state had not, in the order of the list; none without former state."""
        before: frozenset[Couple] = self.former[0].couples if self.former else self.couples
        return tuple(row["code"] for row in self.rows if (row["code"], row.get("systeme")) not in before)

    def codes(self, filter_text: str | None = None) -> tuple[str, ...]:
        """The codes whose row satisfies `column=value` (`*` for any ending); all of them without filter."""
        if filter_text is None:
            return tuple(self.labels)
        column, _, wanted = filter_text.partition("=")
        return tuple(code for code, row in self.columns.items() if _satisfies(row.get(column), wanted))


def value_set_from_data(name: str, versions: Mapping[str, Mapping[str, Any]]) -> ValueSet:
    """The latest version of a value set, with the others as its former states. Versions sort as texts.

    Raises KeyError when an entry lacks one of its members.
    """
    *older, latest = sorted(versions)
    former = tuple(_at(name, version, versions[version], ()) for version in reversed(older))
    return _at(name, latest, versions[latest], former)


def official_labels(value_sets: Iterable[ValueSet]) -> Mapping[tuple[str, str], frozenset[str]]:
    """The labels that published value sets give, as they stand, to each code of a code system.

    Two sets may word the same code differently: both wordings are official. Our own tables have no say.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for value_set in value_sets:
        for row in value_set.rows if value_set.oid else ():
            if "systeme" in row:
                found.setdefault((row["code"], row["systeme"]), set()).add(row["libelle"])
    return {couple: frozenset(labels) for couple, labels in found.items()}


def _at(name: str, version: str, entry: Mapping[str, Any], former: tuple[ValueSet, ...]) -> ValueSet:
    return ValueSet(
        name=name,
        version=version,
        label=entry["libelle"],
        source=entry["source"],
        licence=entry["licence"],
        rows=entry["codes"],
        oid=entry.get("oid"),
        former=former,
    )


def _satisfies(cell: object, wanted: str) -> bool:
    """Whether a cell (or one of the values of a list) is the wanted one; `*` stands for any ending."""
    written = [str(value) for value in (cell if isinstance(cell, list) else [cell]) if value is not None]
    if wanted.endswith("*"):
        return any(value.startswith(wanted[:-1]) for value in written)
    return wanted in written
