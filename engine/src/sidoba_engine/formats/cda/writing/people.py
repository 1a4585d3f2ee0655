"""People, structures and places as participants."""

from __future__ import annotations

from collections.abc import Iterable

from sidoba_engine.formats.cda.names import SDTC
from sidoba_engine.formats.cda.writing.elements import Element, Writing, add, add_code, add_identifier, add_time
from sidoba_engine.records.values import Address, Contact, Moment, Organization, PersonName, Place, Practitioner

_PARTS = (
    ("houseNumber", "house_number"),
    ("streetName", "street"),
    ("postalCode", "postal_code"),
    ("city", "city"),
    ("county", "county"),
    ("state", "state"),
    ("country", "country"),
)


def add_address(parent: Element, address: Address | None) -> Element:
    """An address; with a null flavor when there is none."""
    if address is None:
        return add(parent, "addr", nullFlavor="UNK")
    element = add(parent, "addr", use=address.use)
    for line in address.lines:
        add(element, "streetAddressLine", line)
    for name, part in _PARTS:
        if text := getattr(address, part):
            add(element, name, text)
    return element


def add_contacts(parent: Element, contacts: Iterable[Contact]) -> None:
    """Ways to reach someone."""
    for contact in contacts:
        add(parent, "telecom", value=contact.value, use=contact.use)


def add_organization(parent: Element, organization: Organization, *, name: str = "representedOrganization") -> Element:
    """A structure, by identifier and name."""
    element = add(parent, name)
    if organization.identifier is not None:
        add_identifier(element, organization.identifier)
    if organization.name:
        add(element, "name", organization.name)
    return element


def add_performer(parent: Element, practitioner: Practitioner, writing: Writing, path: str) -> None:
    """Who does the act; the guide wants the identifiers of the person, and of the structure when it is told."""
    performer = add(parent, "performer", typeCode="PRF")
    if practitioner.role is not None:
        add_code(performer, practitioner.role, name=f"{{{SDTC}}}functionCode")
    entity = add(performer, "assignedEntity")
    add_identifier(entity, writing.need(practitioner.identifier, f"{path}/identifier"))
    if practitioner.profession is not None:
        add_code(entity, practitioner.profession)
    if practitioner.name is not None:
        _add_person(entity, practitioner.name)
    if practitioner.organization is not None:
        writing.need(practitioner.organization.identifier, f"{path}/organization/identifier")
        add_organization(entity, practitioner.organization)


def add_author(parent: Element, practitioner: Practitioner, at: Moment | None, writing: Writing, path: str) -> None:
    """Who wrote it, and when; a name, when it is told, has a family name."""
    author = add(parent, "author")
    if practitioner.role is not None:
        add_code(author, practitioner.role, name="functionCode")
    add_time(author, at, name="time", unknown="UNK")
    entity = add(author, "assignedAuthor")
    add_identifier(entity, writing.need(practitioner.identifier, f"{path}/identifier"))
    if practitioner.profession is not None:
        add_code(entity, practitioner.profession)
    if practitioner.name is not None:
        writing.need(practitioner.name.family, f"{path}/name/family")
        _add_person(entity, practitioner.name)
    if practitioner.organization is not None:
        writing.need(practitioner.organization.identifier, f"{path}/organization/identifier")
        add_organization(entity, practitioner.organization)


def add_participant(parent: Element, kind: str, practitioner: Practitioner, writing: Writing, path: str) -> None:
    """Who takes part (RCV, RESP), with the structure."""
    role = add(add(parent, "participant", typeCode=kind), "participantRole", classCode="ROL")
    add_identifier(role, writing.need(practitioner.identifier, f"{path}/identifier"))
    if practitioner.organization is not None:
        _add_scoping(role, practitioner.organization, writing, f"{path}/organization")


def add_responsible_structure(parent: Element, organization: Organization, writing: Writing, path: str) -> None:
    """The structure responsible for a stay or a care event."""
    role = add(add(parent, "participant", typeCode="RESP"), "participantRole")
    _add_scoping(role, organization, writing, path)


def add_place(parent: Element, kind: str, place: Place) -> None:
    """The place of an act (LOC), the start (ORG) or the end (DST) of a journey."""
    role = add(add(parent, "participant", typeCode=kind), "participantRole", classCode="SDLOC")
    if place.identifier is not None:
        add_identifier(role, place.identifier)
    if place.address is not None:
        add_address(role, place.address)
    playing = add(role, "playingEntity", classCode="PLC", determinerCode="INSTANCE")
    add(playing, "name", place.name, nullFlavor=None if place.name else "NA")


def _add_scoping(role: Element, organization: Organization, writing: Writing, path: str) -> None:
    entity = add(role, "scopingEntity", classCode="ENT", determinerCode="INSTANCE")
    add_identifier(entity, writing.need(organization.identifier, f"{path}/identifier"))
    if organization.name:
        add(entity, "desc", organization.name)


def _add_person(parent: Element, name: PersonName) -> None:
    element = add(add(parent, "assignedPerson"), "name")
    for part in ("prefix", "given", "family", "suffix"):
        if text := getattr(name, part):
            add(element, part, text)
