"""The lot while it is written: its resources, each once, known by an id made from what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from sidoba_engine.formats.fhir.record_names import DEFINITION, Terms
from sidoba_engine.formats.fhir.writing_records.values import Json, made
from sidoba_engine.records.values import Organization

_Given = TypeVar("_Given")

_NAMESPACE: UUID = uuid5(NAMESPACE_OID, "sidoba/tddui/lot")


@dataclass(slots=True)
class Lot:
    """One transaction. `contents` are those of the attachments, by digest; `missing` what a record should have had."""

    terms: Terms
    base: str
    contents: Mapping[str, bytes]
    missing: list[str] = field(default_factory=list)
    entries: dict[str, Json] = field(default_factory=dict)
    structures: dict[Organization, str] = field(default_factory=dict)
    """The establishment of the record being written: its resource says more than one of the same structure would."""
    _given: Counter[str] = field(default_factory=Counter)

    def need(self, value: _Given | None, path: str) -> _Given | None:
        """The value; when there is none, note what is missing."""
        if value is None or value in ("", (), []):
            self.missing.append(path)
        return value

    def place(self, kind: str, *key: object) -> str:
        """The reference of a resource of that type; the same key gives the same one."""
        return f"{kind}/{uuid5(_NAMESPACE, repr((kind, *key)))}"

    def own(self, kind: str, *key: object) -> str:
        """The reference of one more resource of that type: the second of a key is not the first."""
        reference = self.place(kind, *key)
        self._given[reference] += 1
        rank = self._given[reference]
        return reference if rank == 1 else self.place(kind, *key, rank)

    def holds(self, reference: str) -> bool:
        """Whether that resource is already in the lot."""
        return reference in self.entries

    def add(self, reference: str, profile: str | None, **members: Any) -> str:
        """Put a resource in the lot, unless it is there; its reference."""
        kind, _, name = reference.partition("/")
        meta = members.pop("meta", None) or {}
        if profile is not None:
            meta["profile"] = [profile if ":" in profile else DEFINITION + profile]
        self.entries.setdefault(
            reference,
            {
                "fullUrl": f"{self.base}/{reference}",
                "resource": {"resourceType": kind, "id": name} | (made(meta=meta, **members) or {}),
                "request": {"method": "POST", "url": kind},
            },
        )
        return reference


def to(reference: str | None) -> Json | None:
    """A Reference to a resource of the lot."""
    return None if reference is None else {"reference": reference}
