"""The resources of an accepted lot, as a receiving system keeps them: named by the receiver, found again when resent.

Source: guide TDDUI 2.4.0, flow 1.2 (the receiver gives technical ids and rewrites references) and business identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.bundle import entries_of, index_of
from sidoba_engine.formats.fhir.definitions import Definitions
from sidoba_engine.formats.fhir.reading import FhirContent
from sidoba_engine.formats.fhir_users import LOCAL_FORM, identifiers_of, identity_of


class Lot:
    """The resources of a lot that was read, by the rank of their entry. Raises ValueError for anything else."""

    def __init__(self, document: Document) -> None:
        content = document.content
        if not isinstance(content, FhirContent) or not isinstance(content.value, dict):
            raise ValueError("not a lot of resources")
        self._definitions: Definitions = content.definitions
        self._index = index_of(content.value)
        self._urls: dict[int, object] = {}
        self.resources: dict[int, dict[str, Any]] = {}
        for rank, entry in enumerate(entries_of(content.value)):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                self.resources[rank], self._urls[rank] = resource, entry.get("fullUrl")

    def type_of(self, rank: int) -> str:
        """The resource type of an entry."""
        return str(self.resources[rank].get("resourceType"))

    def business_key(self, rank: int) -> str:
        """What tells that a resource is the one that was sent before: personal data, to be kept as a pseudonym.

        The service user for a person received; for the rest the guide's business identifier (written `3FINESS/…`), or
        any other; without any, the `fullUrl` that the sender gave.
        """
        resource = self.resources[rank]
        identity = identity_of(resource) if resource.get("resourceType") == "Patient" else None
        if identity is not None and identity.key is not None:
            return f"user|{identity.key}"
        former, systems = self._definitions.former_systems, self._definitions.identifier_systems
        given = [(former.get(system, system), value) for system, value in identifiers_of(resource)]
        of_guide = [one for one in given if one[0] in systems and systems[one[0]].kind == "metier"]
        whole = [one for one in of_guide if LOCAL_FORM.fullmatch(one[1])]
        for system, value in [*whole, *of_guide, *given]:
            return f"{system}|{value}"
        return f"url|{self._urls[rank]}"

    def kept_form(self, rank: int, names: Mapping[int, str]) -> dict[str, Any]:
        """A resource as it is kept: its id is the receiver's, references inside the lot lead to what is kept.

        `names` are `Type/id` by rank, for the resources that are kept.
        """

        def renamed(reference: str) -> str:
            target = None if reference.startswith("#") else self._index.find(reference)
            return reference if target is None else names.get(self._index.ranks[id(target)], reference)

        kept = _with_references(self.resources[rank], renamed)
        return {"resourceType": self.type_of(rank), "id": names[rank].rpartition("/")[2]} | {
            name: value for name, value in kept.items() if name not in ("resourceType", "id", "_id")
        }


def _with_references(node: Any, renamed: Callable[[str], str]) -> Any:
    if isinstance(node, dict):
        return {
            name: renamed(value) if name == "reference" and isinstance(value, str) else _with_references(value, renamed)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_with_references(one, renamed) for one in node]
    return node
