"""People, structures and places, as the participants of header and entries give them."""

from __future__ import annotations

from sidoba_engine.formats.cda.reading.source import (
    Element,
    Source,
    children,
    code_of,
    first,
    identifier_of,
    text_of,
)
from sidoba_engine.records.values import (
    Address,
    Code,
    Contact,
    Identifier,
    Organization,
    PersonName,
    Place,
    Practitioner,
)

_ADDRESS_PARTS = {
    "houseNumber": "house_number",
    "streetName": "street",
    "postalCode": "postal_code",
    "city": "city",
    "county": "county",
    "state": "state",
    "country": "country",
}


def address_of(element: Element | None) -> Address | None:
    """The address of an `addr`; None when it says nothing."""
    if element is None or element.get("nullFlavor"):
        return None
    lines: list[str] = []
    parts: dict[str, str] = {}
    for name, found in children(element).items():
        texts = [text for item in found if (text := text_of(item))]
        if name == "streetAddressLine":
            lines += texts
        elif name in _ADDRESS_PARTS and texts:
            parts[_ADDRESS_PARTS[name]] = texts[0]
    if not lines and not parts:
        return None
    return Address(tuple(lines), **parts, use=element.get("use"))


def addresses_of(found: dict[str, list[Element]]) -> tuple[Address, ...]:
    """All the addresses among these children."""
    return tuple(address for item in found.get("addr", ()) if (address := address_of(item)))


def contacts_of(found: dict[str, list[Element]]) -> tuple[Contact, ...]:
    """All the ways to reach someone among these children."""
    return tuple(
        Contact(value, item.get("use"))
        for item in found.get("telecom", ())
        if not item.get("nullFlavor") and (value := item.get("value", "").strip())
    )


def identifiers_of(found: dict[str, list[Element]]) -> tuple[Identifier, ...]:
    """All the identifiers among these children."""
    return tuple(identifier for item in found.get("id", ()) if (identifier := identifier_of(item)))


def organization_of(element: Element | None, name: str = "name") -> Organization | None:
    """The structure that an element describes by `id` and by `name` (or `desc`); None when it says nothing."""
    found = children(element)
    organization = Organization(identifier_of(first(found, "id")), text_of(first(found, name)))
    return None if organization == Organization() else organization


def performer_of(source: Source, element: Element | None, path: str) -> Practitioner | None:
    """Who a `performer` is; its identifier is placed under `path`."""
    found = children(element)
    return _practitioner(source, first(found, "assignedEntity"), code_of(first(found, "functionCode")), path)


def author_of(source: Source, element: Element | None, path: str) -> Practitioner | None:
    """Who an `author` of an entry is."""
    found = children(element)
    return _practitioner(source, first(found, "assignedAuthor"), code_of(first(found, "functionCode")), path)


def participant_of(source: Source, element: Element | None, path: str) -> Practitioner | None:
    """Who a `participant` is: the identifier of the role, the structure it belongs to."""
    role = first(children(element), "participantRole")
    found = children(role)
    practitioner = Practitioner(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        organization=organization_of(first(found, "scopingEntity"), "desc"),
    )
    return None if practitioner == Practitioner() else practitioner


def responsible_structure(element: Element | None) -> Organization | None:
    """The structure of a `participant` RESP: its scoping entity."""
    return organization_of(first(children(first(children(element), "participantRole")), "scopingEntity"), "desc")


def place_of(element: Element | None) -> Place | None:
    """The place of a `participant` LOC, ORG or DST."""
    found = children(first(children(element), "participantRole"))
    place = Place(
        identifier=identifier_of(first(found, "id")),
        name=text_of(first(children(first(found, "playingEntity")), "name")),
        address=address_of(first(found, "addr")),
    )
    return None if place == Place() else place


def by_type(participants: list[Element]) -> dict[str, Element]:
    """The first participant of each `@typeCode`."""
    found: dict[str, Element] = {}
    for participant in participants:
        found.setdefault(participant.get("typeCode", ""), participant)
    return found


def _practitioner(source: Source, element: Element | None, role: Code | None, path: str) -> Practitioner | None:
    found = children(element)
    practitioner = Practitioner(
        identifier=source.identifier(first(found, "id"), f"{path}/identifier"),
        name=_person_name(first(children(first(found, "assignedPerson")), "name")),
        profession=code_of(first(found, "code")),
        role=role,
        organization=organization_of(first(found, "representedOrganization")),
    )
    return None if practitioner == Practitioner() else practitioner


def _person_name(element: Element | None) -> PersonName | None:
    found = children(element)
    name = PersonName(
        family=text_of(first(found, "family")),
        given=text_of(first(found, "given")),
        prefix=text_of(first(found, "prefix")),
        suffix=text_of(first(found, "suffix")),
    )
    return None if name == PersonName() else name
