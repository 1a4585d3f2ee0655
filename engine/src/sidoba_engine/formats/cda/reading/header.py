"""The header: whom the record is about, the establishment and the software; and what belongs to the document itself."""

from __future__ import annotations

import re
from typing import Any

from sidoba_engine.formats.cda.entry_names import SOCIAL_SECURITY_AUTHORITIES
from sidoba_engine.formats.cda.names import INS_ROOTS, hl7
from sidoba_engine.formats.cda.reading.people import address_of, addresses_of, contacts_of, organization_of
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, first, identifier_of, text_of
from sidoba_engine.records.record import Establishment, RecordSoftware, ServiceUser
from sidoba_engine.records.values import Identifier, Organization

_CUSTODIAN = hl7("custodian", "assignedCustodian", "representedCustodianOrganization")
_FACILITY_CODE = hl7("componentOf", "encompassingEncounter", "location", "healthCareFacility", "code")
_LOCAL_FORM = re.compile(r"3[0-9AB]{9}/.+")


def read_service_user(source: Source) -> ServiceUser:
    """The service user of `recordTarget`."""
    role = children(source.root.find(hl7("recordTarget", "patientRole")))
    person = children(first(role, "patient"))
    names = _names(first(person, "name"))
    birthplace = source.root.find(hl7("recordTarget", "patientRole", "patient", "birthplace", "place", "addr"))
    return ServiceUser(
        **_identifiers(source, role.get("id", [])),
        birth_name=names.get("family BR"),
        used_name=names.get("family CL"),
        given_names=names.get("given "),
        first_given_name=names.get("given BR"),
        used_given_name=names.get("given CL"),
        sex=source.value(first(person, "administrativeGenderCode"), "service_user/sex", "code"),
        born_on=source.moment(first(person, "birthTime"), "service_user/born_on"),
        birth_order=source.whole(first(person, "multipleBirthOrderNumber"), "service_user/birth_order"),
        birthplace=address_of(birthplace),
        addresses=addresses_of(role),
        contacts=contacts_of(role),
    )


def read_establishment(source: Source) -> Establishment:
    """The establishment: the custodian, with the sector and the category of `componentOf`."""
    sector = source.root.find(_FACILITY_CODE)
    return Establishment(
        organization=organization_of(source.root.find(_CUSTODIAN)) or Organization(),
        category=code_of(first(children(sector), "translation")),
        sector=code_of(sector),
    )


def read_software(source: Source) -> RecordSoftware:
    """The software that wrote the document: its author."""
    author = children(source.root.find(hl7("author", "assignedAuthor")))
    device = children(first(author, "assignedAuthoringDevice"))
    return RecordSoftware(
        identifier=identifier_of(first(author, "id")),
        maker=text_of(first(device, "manufacturerModelName")),
        name=text_of(first(device, "softwareName")),
    )


def _identifiers(source: Source, elements: list[Element]) -> dict[str, Any]:
    """The identifiers by what they are; a second one of a kind goes with the others."""
    found: dict[str, Any] = {}
    others: list[Identifier] = []
    for element in elements:
        identifier = identifier_of(element)
        if identifier is None:
            continue
        name = _role_of(identifier)
        if name is None or name in found:
            others.append(identifier)
        else:
            found[name] = identifier
            source.places[f"service_user/{name}"] = (element, "extension")
    found["other_identifiers"] = tuple(others)
    return found


def _role_of(identifier: Identifier) -> str | None:
    if identifier.authority in INS_ROOTS:
        return "ins"
    if identifier.authority in SOCIAL_SECURITY_AUTHORITIES:
        return "social_security"
    return "local_identifier" if _LOCAL_FORM.fullmatch(identifier.value or "") else None


def _names(element: Element | None) -> dict[str, str]:
    """`family BR`, `given CL`, `given ` (without qualifier) … → text, the first of each."""
    found: dict[str, str] = {}
    for name in ("family", "given"):
        for item in children(element).get(name, ()):
            text = text_of(item)
            if text:
                found.setdefault(f"{name} {item.get('qualifier', '')}", text)
    return found
