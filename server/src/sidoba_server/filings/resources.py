"""Writes of the resources received in FHIR. Each version is kept, sealed; the latest received stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from sidoba_server.core import clock
from sidoba_server.core.ids import new_id
from sidoba_server.core.payloads import seal
from sidoba_server.filings.actions import Source
from sidoba_server.filings.models import Filing, ResourceVersion, UserResource


@dataclass(frozen=True, slots=True)
class NamedResource:
    """A resource to keep: the rank of its entry, its type, the pseudonym of its business identifier."""

    position: int
    type: str
    key_pseudonym: str


def identify_resources(filing: Filing, named: Sequence[NamedResource]) -> dict[int, UUID]:
    """The id of each resource by position: that of the first time it was received. The filing is locked."""
    now = clock.now()
    keys = {(one.type, one.key_pseudonym) for one in named}
    UserResource.objects.bulk_create(
        (
            UserResource(id=new_id(), filing=filing, type=kind, key_pseudonym=key, created_at=now)
            for kind, key in sorted(keys)
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    rows = UserResource.objects.filter(filing=filing, key_pseudonym__in=[key for _, key in keys])
    ids = {(row.type, row.key_pseudonym): row.pk for row in rows}
    return {one.position: ids[one.type, one.key_pseudonym] for one in named}


def record_versions(source: Source, ids: Mapping[int, UUID], contents: Mapping[int, bytes]) -> None:
    """A new version of each resource, by position. A version received earlier than the one that stands is history."""
    now = clock.now()
    before = UserResource.objects.filter(pk__in=set(ids.values())).annotate(last=Max("versions__number"))
    numbers = {pk: last or 0 for pk, last in before.values_list("pk", "last")}
    versions = []
    for position, content in contents.items():
        resource_id = ids[position]
        numbers[resource_id] += 1
        versions.append(
            ResourceVersion(
                resource_id=resource_id,
                number=numbers[resource_id],
                run_id=source.run_id,
                position=position,
                received_at=source.received_at,
                accepted_at=now,
                sealed=seal(content, about=str(resource_id)),
            )
        )
    ResourceVersion.objects.bulk_create(versions, batch_size=500)
