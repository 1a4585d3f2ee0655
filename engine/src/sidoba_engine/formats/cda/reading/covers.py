"""The section of social covers."""

from __future__ import annotations

from collections.abc import Iterator

from sidoba_engine.formats.cda.entry_names import INSURER, SOCIAL_COVER
from sidoba_engine.formats.cda.reading.people import (
    addresses_of,
    by_type,
    contacts_of,
    identifiers_of,
    organization_of,
)
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, entries, first, text_of
from sidoba_engine.records.record import CoveredPerson, PolicyHolder, SocialCover


def read_covers(source: Source, section: Element) -> list[SocialCover]:
    """The social covers of one section: one per insurer."""
    return [_cover(source, element, f"social_covers/{rank}") for rank, element in enumerate(_insurer_entries(section))]


def _insurer_entries(section: Element) -> Iterator[Element]:
    for cover, cover_templates in entries(section, "entry"):
        if SOCIAL_COVER in cover_templates:
            for held, templates in entries(cover, "entryRelationship"):
                if INSURER in templates:
                    yield held


def _cover(source: Source, element: Element, path: str) -> SocialCover:
    source.places[path] = (element, None)
    found = children(element)
    insurer = children(first(children(first(found, "performer")), "assignedEntity"))
    participants = by_type(found.get("participant", []))
    return SocialCover(
        kind=source.code(first(found, "code"), f"{path}/kind"),
        identifiers=identifiers_of(found),
        insurer=organization_of(first(insurer, "representedOrganization")),
        insurer_identifiers=identifiers_of(insurer),
        insurer_addresses=addresses_of(insurer),
        insurer_contacts=contacts_of(insurer),
        covered=_covered(participants.get("COV")),
        holder=_holder(participants.get("HLD")),
    )


def _covered(element: Element | None) -> CoveredPerson | None:
    role = children(first(children(element), "participantRole"))
    covered = CoveredPerson(code_of(first(role, "code")), identifiers_of(role), _played_name(role))
    return None if covered == CoveredPerson() else covered


def _holder(element: Element | None) -> PolicyHolder | None:
    role = children(first(children(element), "participantRole"))
    holder = PolicyHolder(identifiers_of(role), _played_name(role), addresses_of(role), contacts_of(role))
    return None if holder == PolicyHolder() else holder


def _played_name(role: dict[str, list[Element]]) -> str | None:
    return text_of(first(children(first(role, "playingEntity")), "name"))
