"""The service user, the establishment, the software; professionals, structures and places."""

from __future__ import annotations

from sidoba_engine.formats.fhir.record_names import (
    BIRTH_TIME,
    BIRTHPLACE,
    BUSINESS,
    FR_CORE,
    FRENCH_IDENTIFIERS,
    GIVEN_NAMES,
    INS_AUTHORITIES,
    PRACTITIONERS,
    RELIABILITY,
    SEXES,
    V2_IDENTIFIERS,
)
from sidoba_engine.formats.fhir.writing_records.lot import Lot, to
from sidoba_engine.formats.fhir.writing_records.values import (
    Json,
    address,
    concept,
    contact,
    date_time,
    extension,
    identifier,
    made,
    part,
    parts,
    present,
    string,
)
from sidoba_engine.records.record import Establishment, RecordSoftware, ServiceUser
from sidoba_engine.records.values import STRUCTURE_AUTHORITY, Organization, PersonName, Place, Practitioner

_INS_SYSTEM = "urn:oid:1.2.250.1.213.1.4.8"
_STATUSES = FR_CORE + "CodeSystem/fr-core-cs-v2-0445"
_LOCATION = FR_CORE + "StructureDefinition/fr-core-location"
_DAY = 10


def write_service_user(lot: Lot, user: ServiceUser, *, establishment: str | None, path: str) -> str:
    """The Patient, with the profile that asks for an INS when there is one."""
    reference = lot.own("Patient", user, establishment)
    if user.ins is None:
        lot.need(user.birth_order, f"{path}/birth_order")
    else:
        lot.need(user.born_on, f"{path}/born_on")
        lot.need(user.birthplace, f"{path}/birthplace")
    return lot.add(
        reference,
        "tddui-patient" if user.ins is None else "tddui-patient-ins",
        extension=present(_reliability(user), _birthplace(user)),
        identifier=_identifiers(user),
        name=present(_official_name(lot, user, path), _used_name(user)),
        telecom=present(*map(contact, user.contacts)),
        gender=SEXES.get(user.sex or ""),
        birthDate=user.born_on[:_DAY] if user.born_on else None,
        _birthDate=_birth(user),
        address=present(*map(address, user.addresses)),
        managingOrganization=to(establishment),
    )


def _identifiers(user: ServiceUser) -> list[Json]:
    """Its identifiers. A qualified identity has one official number: the INS, so the NIR is said to be none."""
    ins = None
    if user.ins is not None:
        code, use = INS_AUTHORITIES.get(user.ins.authority, (None, "official"))
        ins = identifier(user.ins, kind=None if code is None else (FRENCH_IDENTIFIERS, code), use=use)
    return present(
        ins,
        identifier(user.social_security, system=_INS_SYSTEM, kind=(V2_IDENTIFIERS, "NH")),
        identifier(user.local_identifier, system=BUSINESS["localusager"], kind=(V2_IDENTIFIERS, "PI"), use="usual"),
        *map(identifier, user.other_identifiers),
    )


def _official_name(lot: Lot, user: ServiceUser, path: str) -> Json | None:
    family = lot.need(string(user.birth_name), f"{path}/birth_name")
    given = lot.need(string(user.first_given_name), f"{path}/first_given_name")
    if user.ins is not None:
        lot.need(user.given_names, f"{path}/given_names")
    listed = present(extension(GIVEN_NAMES, valueString=string(user.given_names)))
    return made(extension=listed, use="official", family=family, given=present(given))


def _used_name(user: ServiceUser) -> Json | None:
    found = made(family=string(user.used_name), given=present(string(user.used_given_name)))
    return None if found is None else {"use": "usual", **found}


def _birth(user: ServiceUser) -> Json | None:
    time = date_time(user.born_on) if user.born_on and len(user.born_on) > _DAY else None
    is_time = time is not None and len(time) > _DAY
    return made(
        extension=present(
            extension("tddui-birth-order", valuePositiveInt=user.birth_order),
            extension(BIRTH_TIME, valueDateTime=time) if is_time else None,
        )
    )


def _birthplace(user: ServiceUser) -> Json | None:
    return extension(BIRTHPLACE, valueAddress=address(user.birthplace, is_birthplace=True))


def _reliability(user: ServiceUser) -> Json | None:
    """An INS is an identity that was validated: the profile asks to say so."""
    if user.ins is None:
        return None
    return parts(RELIABILITY, part("identityStatus", valueCoding={"system": _STATUSES, "code": "VALI"}))


def write_establishment(lot: Lot, found: Establishment) -> str | None:
    """The Organization that holds the record; its category and its sector are its types."""
    if found.organization == Organization():
        return None
    types = present(concept(found.category, lot.terms), concept(found.sector, lot.terms))
    reference = _organization(lot, lot.place("Organization", found), found.organization, types)
    lot.structures = {found.organization: reference}
    return reference


def write_organization(lot: Lot, found: Organization | None) -> str | None:
    """The Organization of a structure; None when nothing is known of it."""
    if found is None or found == Organization():
        return None
    return lot.structures.get(found) or _organization(lot, lot.place("Organization", found), found, [])


def _organization(lot: Lot, reference: str, found: Organization, types: list[Json]) -> str:
    is_national = found.identifier is not None and found.identifier.authority == STRUCTURE_AUTHORITY
    kind = (FRENCH_IDENTIFIERS, "IDNST") if is_national else None
    return lot.add(
        reference,
        "tddui-organization",
        identifier=present(identifier(found.identifier, kind=kind)),
        type_=types,
        name=string(found.name),
    )


def write_software(lot: Lot, found: RecordSoftware, patient: str) -> str | None:
    """The software that keeps the record, as the Device of that service user; None when nothing is known of it."""
    if found == RecordSoftware():
        return None
    name = string(found.name)
    return lot.add(
        lot.place("Device", patient, found),
        None,
        identifier=present(identifier(found.identifier)),
        manufacturer=string(found.maker),
        deviceName=[{"name": name, "type": "user-friendly-name"}] if name else None,
        patient=to(patient),
    )


def write_practitioner(lot: Lot, found: Practitioner | None) -> str | None:
    """The Practitioner, with a PractitionerRole for trade, function and structure.

    A person met in two functions is written twice: so one Practitioner has one role, and nothing is mixed.
    """
    if found is None or found == Practitioner():
        return None
    is_national = found.identifier is not None and found.identifier.authority == PRACTITIONERS
    reference = lot.place("Practitioner", found)
    if lot.holds(reference):
        return reference
    kind = (FRENCH_IDENTIFIERS, "IDNPS") if is_national else None
    lot.add(
        reference,
        "tddui-practitioner",
        identifier=present(identifier(found.identifier, kind=kind)),
        name=present(_person_name(found.name)),
    )
    _write_role(lot, found, reference)
    return reference


def _write_role(lot: Lot, found: Practitioner, practitioner: str) -> None:
    if found.profession is None and found.role is None and found.organization is None:
        return
    trade = present(extension("tddui-profession", valueCodeableConcept=concept(found.profession, lot.terms)))
    held = made(extension=trade, **(concept(found.role, lot.terms) or {}))
    lot.add(
        lot.place("PractitionerRole", found),
        "tddui-practitioner-role",
        practitioner=to(practitioner),
        organization=to(write_organization(lot, found.organization)),
        code=present(held),
    )


def role_of(lot: Lot, found: Practitioner | None) -> str | None:
    """The PractitionerRole of someone when there is one, else the Practitioner."""
    reference = write_practitioner(lot, found)
    role = None if found is None else lot.place("PractitionerRole", found)
    return role if role is not None and lot.holds(role) else reference


def _person_name(found: PersonName | None) -> Json | None:
    if found is None:
        return None
    return made(
        family=string(found.family),
        given=present(string(found.given)),
        prefix=present(string(found.prefix)),
        suffix=present(string(found.suffix)),
    )


def write_place(lot: Lot, found: Place | None) -> str | None:
    """The Location where a care event happens."""
    if found is None or found == Place():
        return None
    return lot.add(
        lot.place("Location", found),
        _LOCATION,
        identifier=present(identifier(found.identifier)),
        name=string(found.name),
        address=address(found.address),
    )
