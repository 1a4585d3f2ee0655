"""The service user, the establishment, the software; professionals, structures and places."""

from __future__ import annotations

from typing import Any

from sidoba_engine.formats.fhir.reading_records.source import (
    Node,
    Source,
    address_of,
    contacts_of,
    extension_of,
    identifier_of,
    moment_of,
    object_of,
    objects,
    string_of,
    strings,
    whole_of,
)
from sidoba_engine.formats.fhir.record_names import (
    BIRTH_TIME,
    BIRTHPLACE,
    BUSINESS,
    CATEGORIES,
    GIVEN_NAMES,
    INS_AUTHORITIES,
    OID,
    PRACTITIONERS,
    SEXES,
    SOCIAL_SECURITY,
)
from sidoba_engine.records.record import Establishment, RecordSoftware, ServiceUser
from sidoba_engine.records.values import (
    STRUCTURE_AUTHORITY,
    Identifier,
    Moment,
    Organization,
    PersonName,
    Place,
    Practitioner,
)

_SEXES = {sex: code for code, sex in SEXES.items()} | {"other": "UN"}


def read_service_user(patient: Node) -> ServiceUser:
    """The service user of a Patient."""
    official = _name(patient, "official")
    used = next((name for name in objects(patient, "name") if name.get("use") == "usual"), None)
    birth = object_of(patient, "_birthDate")
    return ServiceUser(
        **_identifiers(patient),
        birth_name=string_of(official, "family"),
        used_name=string_of(used, "family"),
        given_names=string_of(extension_of(official, GIVEN_NAMES), "valueString"),
        first_given_name=string_of(official, "given"),
        used_given_name=" ".join(strings(used, "given")) or None,
        sex=_SEXES.get(string_of(patient, "gender") or ""),
        born_on=_born_on(patient, birth),
        birth_order=whole_of(extension_of(birth, "tddui-birth-order"), "valuePositiveInt"),
        birthplace=address_of(object_of(extension_of(patient, BIRTHPLACE), "valueAddress")),
        addresses=tuple(address for one in objects(patient, "address") if (address := address_of(one))),
        contacts=contacts_of(patient),
    )


def _name(patient: Node, use: str) -> Node:
    """The name of that use; else the first that is not the usual one."""
    names = objects(patient, "name")
    told = (name for name in names if name.get("use") == use)
    return next(told, next((name for name in names if name.get("use") != "usual"), {}))


def _born_on(patient: Node, birth: Node) -> Moment | None:
    time = moment_of(extension_of(birth, BIRTH_TIME), "valueDateTime")
    day = moment_of(patient, "birthDate")
    return time if time is not None and day is not None and time.startswith(day) else day


def _identifiers(patient: Node) -> dict[str, Any]:
    """The identifiers by what they are; a second one of a kind goes with the others."""
    found: dict[str, Any] = {}
    others: list[Identifier] = []
    for one in objects(patient, "identifier"):
        identifier = identifier_of(one)
        if identifier is None:
            continue
        role = _role_of(one)
        if role == "social_security" and identifier.authority in INS_AUTHORITIES:
            identifier = Identifier(SOCIAL_SECURITY, identifier.value)
        if role is None or role in found:
            others.append(identifier)
        else:
            found[role] = identifier
    return found | {"other_identifiers": tuple(others)}


def _role_of(identifier: Node) -> str | None:
    """What an identifier is: a NIR that is no INS shares the system of the INS, so its kind is looked at first."""
    kinds = {string_of(coding, "code") for coding in objects(object_of(identifier, "type"), "coding")}
    system = string_of(identifier, "system") or ""
    if "NH" in kinds:
        return "social_security"
    if system.removeprefix(OID) in INS_AUTHORITIES:
        return "ins"
    return "local_identifier" if system == BUSINESS["localusager"] else None


def read_establishment(source: Source, patient: Node, encounters: list[Node]) -> Establishment:
    """The establishment that manages the Patient; else the first that has one of their stays or care events."""
    found = source.find(object_of(patient, "managingOrganization"), "Organization")
    providers = (source.find(object_of(one, "serviceProvider"), "Organization") for one in encounters)
    found = found or next((one for one in providers if one is not None), None)
    if found is None:
        return Establishment()
    category = sector = None
    categories = source.terms.catalogue.value_sets[CATEGORIES]
    for concept in objects(found, "type"):
        code = source.code(concept)
        if code is not None and code.code in categories.labels:
            category = category or code
        elif code is not None:
            sector = sector or code
    return Establishment(read_organization(found) or Organization(), category, sector)


def read_software(source: Source, patient: Node) -> RecordSoftware:
    """The software that keeps the record: the first Device of that Patient."""
    device = next(iter(source.software.get(id(patient), ())), {})
    return RecordSoftware(
        identifier=identifier_of(object_of(device, "identifier")),
        maker=string_of(device, "manufacturer"),
        name=string_of(object_of(device, "deviceName"), "name"),
    )


def read_organization(found: Node | None) -> Organization | None:
    """The structure of an Organization; its national identifier when it has one."""
    if found is None:
        return None
    identifiers = [one for item in objects(found, "identifier") if (one := identifier_of(item))]
    organization = Organization(_national(identifiers, STRUCTURE_AUTHORITY), string_of(found, "name"))
    return None if organization == Organization() else organization


def organization_at(source: Source, reference: object) -> Organization | None:
    """The structure that a Reference leads to."""
    return read_organization(source.find(reference, "Organization"))


def practitioner_at(source: Source, reference: object) -> Practitioner | None:
    """Who a Reference leads to: a PractitionerRole, or a Practitioner with the one role it has in the lot."""
    role = source.find(reference, "PractitionerRole")
    person = source.find(object_of(role, "practitioner") if role is not None else reference, "Practitioner")
    if role is None and person is not None:
        role = source.roles.get(id(person))
    found = _practitioner(source, person, role)
    return None if found == Practitioner() else found


def _practitioner(source: Source, person: Node | None, role: Node | None) -> Practitioner:
    identifiers = [one for item in objects(person, "identifier") if (one := identifier_of(item))]
    held = object_of(role, "code")
    return Practitioner(
        identifier=_national(identifiers, PRACTITIONERS),
        name=_person_name(object_of(person, "name")),
        profession=source.code(object_of(extension_of(held, "tddui-profession"), "valueCodeableConcept")),
        role=source.code(held),
        organization=organization_at(source, object_of(role, "organization")),
    )


def _national(identifiers: list[Identifier], authority: str) -> Identifier | None:
    """The identifier of the national authority; else the first."""
    return next((one for one in identifiers if one.authority == authority), next(iter(identifiers), None))


def _person_name(found: Node) -> PersonName | None:
    name = PersonName(
        family=string_of(found, "family"),
        given=" ".join(strings(found, "given")) or None,
        prefix=string_of(found, "prefix"),
        suffix=string_of(found, "suffix"),
    )
    return None if name == PersonName() else name


def place_at(source: Source, reference: object) -> Place | None:
    """The place of a Location."""
    found = source.find(reference, "Location")
    place = Place(
        identifier=identifier_of(object_of(found, "identifier")),
        name=string_of(found, "name"),
        address=address_of(object_of(found, "address")),
    )
    return None if place == Place() else place
