"""Entries of one envelope about the same service user (R-ENV-025), known before the first of them is judged.

Who a document is about stands at its beginning: only that much is decoded and parsed. Entries that seem to meet are
then opened whole, because a document that is refused at the door is no second document of anybody.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from lxml import etree

from sidoba_engine.formats.cda.door import CdaTree, doctype_in, open_tree
from sidoba_engine.formats.cda.encoding import DoorFault, to_utf8
from sidoba_engine.formats.cda.identity import service_user_of
from sidoba_engine.formats.cda.limits import Limits
from sidoba_engine.formats.cda.names import RECORD_TARGET
from sidoba_engine.formats.envelope import member, members
from sidoba_engine.verdict import ServiceUserIdentity

_HEAD = 32 * 1024  # bytes of the document; the official example says who it is about in its first 10 000
_STEP = 8 * 1024


def twins_of(entries: Sequence[object], limits: Limits) -> dict[int, int]:
    """For the rank of each entry whose service user is also another entry's: the first such rank.

    The INS tells service users apart; without it on one side, the identifier of the establishment's own record.
    """
    known = {rank: user for rank, entry in enumerate(entries) if (user := _user_of(entry, limits)) is not None}
    seeming = _met(known)
    whole = {rank: user for rank in seeming if (user := _user_of_whole(entries[rank], limits)) is not None}
    return _met(whole)


def _met(users: Mapping[int, ServiceUserIdentity]) -> dict[int, int]:
    """Linear, whatever the number of entries about one person."""
    by_ins = _ranks_by(users, lambda user: user.ins)
    by_local = _ranks_by(users, lambda user: user.local_identifier)
    without_ins = _ranks_by(users, lambda user: None if user.ins else user.local_identifier)
    met: dict[int, int] = {}
    for rank, user in users.items():
        others = [*_first_others(by_ins, user.ins, rank)]
        others += _first_others(without_ins if user.ins else by_local, user.local_identifier, rank)
        if others:
            met[rank] = min(others)
    return met


def _ranks_by(
    users: Mapping[int, ServiceUserIdentity], key: Callable[[ServiceUserIdentity], str | None]
) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rank, user in users.items():
        if identifier := key(user):
            found.setdefault(identifier, []).append(rank)
    return found


def _first_others(ranks: Mapping[str, list[int]], identifier: str | None, rank: int) -> list[int]:
    return list(islice((other for other in ranks.get(identifier or "", ()) if other != rank), 1))


def _user_of(entry: object, limits: Limits) -> ServiceUserIdentity | None:
    """Who the entry's document is about, from its beginning; from the whole of it when the beginning does not tell."""
    data = _data_of(entry)
    head = _decoded(data[: _HEAD * 2])[:_HEAD]
    source = to_utf8(head)
    if isinstance(source, DoorFault) or doctype_in(source):
        return None
    parser = etree.XMLPullParser(
        events=("end",),
        tag=RECORD_TARGET,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )
    try:
        for start in range(0, len(source), _STEP):
            parser.feed(source[start : start + _STEP])
            for _, element in parser.read_events():
                if isinstance(element, etree._Element):
                    return service_user_of(element.getroottree().getroot())
    except etree.XMLSyntaxError:
        return None
    return _user_of_whole(entry, limits) if len(head) == _HEAD else None


def _user_of_whole(entry: object, limits: Limits) -> ServiceUserIdentity | None:
    opened = open_tree(_decoded(_data_of(entry)), limits)
    return service_user_of(opened.root) if isinstance(opened, CdaTree) else None


def _data_of(entry: object) -> str:
    contents = members(member(entry, "resource"), "content")
    data = member(member(contents[0], "attachment"), "data") if len(contents) == 1 else None
    return data if isinstance(data, str) else ""


def _decoded(data: str) -> bytes:
    """What these characters decode to; nothing when they are not base64 (another rule says so)."""
    compact = "".join(data.split())
    try:
        return binascii.a2b_base64(compact[: len(compact) // 4 * 4])
    except ValueError:
        return b""
