"""The section of social covers: one act, with one insurer for each."""

from __future__ import annotations

from collections.abc import Sequence

from sidoba_engine.formats.cda.entry_names import INSURER, LOINC, SOCIAL_COVER
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_code,
    add_derived_id,
    add_identifier,
    add_status,
    add_templates,
    fixed_code,
)
from sidoba_engine.formats.cda.writing.narrative import Narrative
from sidoba_engine.formats.cda.writing.people import add_address, add_contacts, add_organization
from sidoba_engine.records.record import CoveredPerson, PolicyHolder, SocialCover
from sidoba_engine.records.values import Address, Contact, Organization

_ROLE_CLASSES = "2.16.840.1.113883.5.110"


def write_covers(
    section: Element, covers: Sequence[SocialCover], *, owner: str, narrative: Narrative, writing: Writing
) -> None:
    """All the social covers; `owner` tells whose they are."""
    element = add(add(section, "entry"), "act", classCode="ACT", moodCode="DEF")
    add_templates(element, "1.3.6.1.4.1.19376.1.5.3.1.4.17", "2.16.840.1.113883.10.20.1.20", SOCIAL_COVER)
    add_derived_id(element, owner, "social covers")
    fixed_code(element, "48768-6", "Couverture sociale", system=LOINC)
    add_status(element)
    for rank, cover in enumerate(covers):
        relation = add(element, "entryRelationship", typeCode="COMP")
        _write_cover(relation, cover, narrative=narrative, writing=writing, path=f"social_covers/{rank}")


def _write_cover(parent: Element, cover: SocialCover, *, narrative: Narrative, writing: Writing, path: str) -> None:
    element = add(parent, "act", classCode="ACT", moodCode="EVN")
    add_templates(element, "1.3.6.1.4.1.19376.1.5.3.1.4.18", "2.16.840.1.113883.10.20.1.26", INSURER)
    for identifier in writing.need(cover.identifiers, f"{path}/identifiers") or ():
        add_identifier(element, identifier)
    kind = writing.need(cover.kind, f"{path}/kind")
    add_code(element, kind)
    add_status(element)
    insurer = _write_insurer(element, cover, writing, path)
    narrative.cite(f"Couverture {path.rpartition('/')[2]}", (kind and kind.label) or "Organisme", insurer.name)
    if cover.covered is not None:
        _write_covered(element, cover.covered, writing, path)
    if cover.holder is not None:
        _write_holder(element, cover.holder, writing, path)


def _write_insurer(element: Element, cover: SocialCover, writing: Writing, path: str) -> Organization:
    """The body that pays. The assertion on performers wants its identifier, though its own template has none."""
    insurer = writing.need(cover.insurer, f"{path}/insurer") or Organization()
    entity = add(add(element, "performer", typeCode="PRF"), "assignedEntity", classCode="ASSIGNED")
    for identifier in cover.insurer_identifiers or (None,):
        add_identifier(entity, identifier, unknown="NA")
    fixed_code(entity, "GUAR", "Garant", system=_ROLE_CLASSES).set("codeSystemName", "HL7_RoleClass")
    _add_reach(entity, cover.insurer_addresses, cover.insurer_contacts)
    writing.need(insurer.identifier, f"{path}/insurer/identifier")
    writing.need(insurer.name, f"{path}/insurer/name")
    add_organization(entity, insurer)
    return insurer


def _write_covered(element: Element, covered: CoveredPerson, writing: Writing, path: str) -> None:
    role = add(add(element, "participant", typeCode="COV"), "participantRole", classCode="PAT")
    for identifier in covered.identifiers:
        add_identifier(role, identifier)
    add_code(role, writing.need(covered.link, f"{path}/covered/link"))
    _add_played_name(role, covered.name)


def _write_holder(element: Element, holder: PolicyHolder, writing: Writing, path: str) -> None:
    role = add(add(element, "participant", typeCode="HLD"), "participantRole", classCode="INDIV")
    for identifier in writing.need(holder.identifiers, f"{path}/holder/identifiers") or ():
        add_identifier(role, identifier)
    _add_reach(role, holder.addresses, holder.contacts)
    _add_played_name(role, holder.name)


def _add_reach(parent: Element, addresses: Sequence[Address], contacts: Sequence[Contact]) -> None:
    """Addresses and contacts; said to be unknown when there is none."""
    for address in addresses or (None,):
        add_address(parent, address)
    add_contacts(parent, contacts)
    if not contacts:
        add(parent, "telecom", nullFlavor="UNK")


def _add_played_name(role: Element, name: str | None) -> None:
    if name:
        add(add(role, "playingEntity"), "name", name)
