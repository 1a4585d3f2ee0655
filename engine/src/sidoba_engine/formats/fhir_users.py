"""The service users of a lot of FHIR resources: whose each entry is, and what its verdict says of each of them.

A lot is judged whole; it is accepted by service user (API contract, WS09, `mode=partiel`). An entry belongs to the
service user it leads to by its references. What belongs to nobody (an establishment, a professional) is common: its
faults are those of the service users who refer to it, and its own when nobody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sidoba_engine.anomaly import Anomaly, Severity, anomaly_rank
from sidoba_engine.formats.cda.names import INS_ROOTS
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.bundle import entries_of, index_of
from sidoba_engine.formats.fhir.reading import FhirContent
from sidoba_engine.verdict import DocumentVerdict, ServiceUserIdentity

MOST_FOLLOWED = 100
"""Common entries whose users are looked for; beyond, what is wrong with common entries concerns everybody."""

MOST_COPIES = 50_000
"""Anomalies told again to another service user, because they are of entries that several of them have in common."""

_RANK = re.compile(r"Bundle\.entry\[([0-9]{1,9})\]")
_POINTER_RANK = re.compile(r"/entry/([0-9]{1,9})(?:/|$)")
_INS_SYSTEMS = frozenset(f"urn:oid:{root}" for root in INS_ROOTS)
LOCAL_FORM = re.compile(r"3[0-9AB]{9}/.+")
"""A business identifier of the guide: the establishment's number, then its own."""


@dataclass(frozen=True, slots=True)
class UserPart:
    """What a lot holds about one service user (or about nobody): the verdict, and the ranks of its entries."""

    verdict: DocumentVerdict
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UserParts:
    """A lot by service user. `common` are the ranks of the entries that are nobody's and have no blocking fault."""

    parts: tuple[UserPart, ...]
    common: tuple[int, ...] = ()


def user_parts(document: Document, verdict: DocumentVerdict) -> UserParts:
    """The verdict of a lot, by service user, in the order of the lot; what tells of no service user is one part."""
    bundle = document.content.value if isinstance(document.content, FhirContent) else None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return UserParts((UserPart(verdict, ()),))
    owners = _Owners(bundle)
    by_rank: dict[int | None, list[Anomaly]] = {}
    for anomaly in verdict.anomalies:
        by_rank.setdefault(_rank_of(anomaly), []).append(anomaly)
    if not owners.users:
        return UserParts((UserPart(verdict, tuple(owners.resources)),))
    return _Sharing(verdict, owners, by_rank).parts()


def identity_of(resource: dict[str, Any]) -> ServiceUserIdentity | None:
    """Who a Patient is: its INS and the establishment's own number, as in CDA documents of the same person."""
    ins = local = other = None
    for system, value in identifiers_of(resource):
        if system in _INS_SYSTEMS:
            ins = ins or value
        elif LOCAL_FORM.fullmatch(value):
            local = local or value
        else:
            other = other or f"{system}|{value}"
    if ins is None and local is None and other is None:
        return None
    return ServiceUserIdentity(ins=ins, local_identifier=local or other)


def identifiers_of(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """System and value of each whole identifier of a resource, in their order."""
    given = resource.get("identifier")
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict):
            system, value = one.get("system"), one.get("value")
            if isinstance(system, str) and isinstance(value, str) and value.strip():
                yield system, value.strip()


@dataclass(slots=True)
class _Owners:
    """Which service users each entry leads to. Service users who share an entry stand or fall together: one `head`."""

    bundle: dict[str, Any]
    resources: dict[int, dict[str, Any]] = field(default_factory=dict)
    users: list[int] = field(default_factory=list)
    callers: dict[int, set[int]] = field(default_factory=dict)
    owner: dict[int, int] = field(default_factory=dict)
    _parent: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rank, entry in enumerate(entries_of(self.bundle)):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                self.resources[rank] = resource
        self.users = [rank for rank, one in self.resources.items() if one.get("resourceType") == "Patient"]
        self._parent = {rank: rank for rank in self.users}
        self._read_references()
        self._join_same_people()
        for user in self.users:
            self._spread(user)

    def head(self, user: int) -> int:
        """The first of the service users who stand or fall together with this one."""
        while self._parent[user] != user:
            self._parent[user] = self._parent[self._parent[user]]
            user = self._parent[user]
        return user

    def users_of(self, rank: int) -> set[int]:
        """The heads of the service users whose entries lead to this one."""
        found, seen, waiting = set(), {rank}, [rank]
        while waiting:
            for caller in self.callers.get(waiting.pop(), ()):
                if caller in self.owner:
                    found.add(self.head(self.owner[caller]))
                elif caller not in seen:
                    seen.add(caller)
                    waiting.append(caller)
        return found

    def _read_references(self) -> None:
        index = index_of(self.bundle)
        for rank, resource in self.resources.items():
            for reference in references_of(resource):
                target = index.find(reference)
                if target is not None:
                    self.callers.setdefault(index.ranks[id(target)], set()).add(rank)

    def _join_same_people(self) -> None:
        first: dict[str, int] = {}
        for rank in self.users:
            identity = identity_of(self.resources[rank])
            if identity is not None and identity.key is not None:
                self._join(first.setdefault(identity.key, rank), rank)

    def _spread(self, user: int) -> None:
        """Give the service user every entry that leads to them; another service user is never gone through."""
        if user in self.owner:
            return
        self.owner[user] = user
        waiting = [user]
        while waiting:
            for caller in self.callers.get(waiting.pop(), ()):
                if caller in self._parent:
                    continue
                if caller in self.owner:
                    self._join(self.owner[caller], user)
                else:
                    self.owner[caller] = user
                    waiting.append(caller)

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self.head(one), self.head(other)))
        self._parent[second] = first


def references_of(resource: Any) -> Iterator[str]:
    """Every text of a `reference` in a resource."""
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            reference = node.get("reference")
            if isinstance(reference, str) and not reference.startswith("#"):
                yield reference
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


@dataclass(slots=True)
class _Share:
    """The anomalies of one entry, or of the lot, and the one that refuses (None when none does)."""

    anomalies: list[Anomaly]
    refusing: Anomaly | None


@dataclass(slots=True)
class _Sharing:
    """The anomalies of a lot, handed out to its service users."""

    verdict: DocumentVerdict
    owners: _Owners
    by_rank: dict[int | None, list[Anomaly]]
    everybody: list[_Share] = field(default_factory=list)
    of_head: dict[int, list[_Share]] = field(default_factory=dict)
    nobody: list[_Share] = field(default_factory=list)
    nobodys: set[int] = field(default_factory=set)
    room: int = MOST_COPIES

    def parts(self) -> UserParts:
        self.room += len(self.verdict.anomalies)
        self._share_out()
        entries: dict[int, list[int]] = {}
        for rank, owner in sorted(self.owners.owner.items()):
            entries.setdefault(self.owners.head(owner), []).append(rank)
        parts = []
        for index, user in enumerate(self.owners.users):
            shares = [*self.of_head.get(self.owners.head(user), ()), *self.everybody, *self._of_the_lot(index)]
            parts.append(self._part(index, shares, entries.get(user, []), user))
        if self.nobody:
            parts.append(self._part(len(parts), self.nobody, sorted(self.nobodys), None))
        blocked = {rank for rank, found in self.by_rank.items() if any(map(_is_blocking, found))}
        common = [rank for rank in self.owners.resources if rank not in self.owners.owner and rank not in self.nobodys]
        return UserParts(tuple(parts), tuple(rank for rank in common if rank not in blocked))

    def _share_out(self) -> None:
        """Give the anomalies of each entry to whom they concern."""
        followed = 0
        for rank, anomalies in self.by_rank.items():
            if rank is None:
                continue
            share = _Share(anomalies, next(filter(_is_blocking, anomalies), None))
            if rank in self.owners.owner:
                self.of_head.setdefault(self.owners.head(self.owners.owner[rank]), []).append(share)
                continue
            followed += 1
            if followed > MOST_FOLLOWED:
                self.everybody.append(share)
                continue
            concerned = self.owners.users_of(rank)
            for head in concerned:
                self.of_head.setdefault(head, []).append(share)
            if not concerned:
                self.nobody.append(share)
                self.nobodys.add(rank)

    def _of_the_lot(self, index: int) -> list[_Share]:
        """What is wrong with the lot refuses everybody; what is only worth knowing is told once."""
        told = [one for one in self.by_rank.get(None, ()) if index == 0 or _is_blocking(one)]
        return [_Share(told, next(filter(_is_blocking, told), None))]

    def _part(self, index: int, shares: list[_Share], entries: list[int], user: int | None) -> UserPart:
        """Past `MOST_COPIES`, a service user is told only one anomaly that refuses them."""
        self.room -= sum(len(share.anomalies) for share in shares)
        if self.room >= 0:
            anomalies = [anomaly for share in shares for anomaly in share.anomalies]
        else:
            anomalies = [share.refusing for share in shares if share.refusing is not None][:1]
        identity = identity_of(self.owners.resources[user]) if user is not None else None
        ordered = tuple(sorted(anomalies, key=anomaly_rank))
        return UserPart(replace(self.verdict, index=index, anomalies=ordered, service_user=identity), tuple(entries))


def _rank_of(anomaly: Anomaly) -> int | None:
    found = _RANK.match(anomaly.location.expression or "") or _POINTER_RANK.match(anomaly.location.path)
    return int(found[1]) if found else None


def _is_blocking(anomaly: Anomaly) -> bool:
    return anomaly.severity is Severity.BLOCKING
