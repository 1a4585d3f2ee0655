"""The header: the document, the service user, the software (author, signatory, performer) and the establishment."""

from __future__ import annotations

from sidoba_engine.formats.cda.entry_names import SEX_LABELS
from sidoba_engine.formats.cda.names import SDTC, TDDUI_TEMPLATE
from sidoba_engine.formats.cda.writing.elements import (
    Element,
    Writing,
    add,
    add_code,
    add_identifier,
    add_period,
    add_templates,
    add_time,
    fixed_code,
)
from sidoba_engine.formats.cda.writing.export_header import ExportHeader
from sidoba_engine.formats.cda.writing.people import add_address, add_contacts, add_organization
from sidoba_engine.records.record import Establishment, Record, ServiceUser

GUIDE_VERSION = "1.0.1"
_DOCUMENT_TYPES = "1.2.250.1.213.1.1.4.12"
_ROLES = "1.2.250.1.213.1.1.4.6"
_SETTINGS = "1.2.250.1.213.1.1.4.9"
_SEXES = "2.16.840.1.113883.5.1"
_CONFIDENTIALITIES = "2.16.840.1.113883.5.25"


def write_header(root: Element, record: Record, header: ExportHeader, writing: Writing) -> None:
    """All that stands before the body, in the order of the schema."""
    _write_document(root, header)
    _write_service_user(root, record.service_user, writing)
    _write_author(root, record, header, writing)
    _write_custodian(root, record.establishment, writing)
    _write_signature(root, record, header)
    _write_export(root, record, header)
    _write_replaced(root, header, writing)
    _write_setting(root, record.establishment, header, writing)


def _write_document(root: Element, header: ExportHeader) -> None:
    add(root, "realmCode", code="FR")
    add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    add_templates(root, "2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1")
    add(root, "templateId", root=TDDUI_TEMPLATE, extension=GUIDE_VERSION)
    add_identifier(root, header.document)
    fixed_code(root, "EXPORT_DUI", "Export du Dossier Usager Informatisé", system=_DOCUMENT_TYPES)
    add(root, "title", header.title)
    add_time(root, header.written_at)
    fixed_code(root, "N", "normal", system=_CONFIDENTIALITIES, name="confidentialityCode")
    add(root, "languageCode", code="fr-FR")
    add(root, "setId", root=header.series.authority, extension=header.series.value)
    add(root, "versionNumber", value=str(header.version))


def _write_service_user(root: Element, user: ServiceUser, writing: Writing) -> None:
    role = add(add(root, "recordTarget"), "patientRole")
    identifiers = [user.ins, user.social_security, user.local_identifier, *user.other_identifiers]
    for identifier in writing.need([item for item in identifiers if item], "service_user/local_identifier") or ():
        add_identifier(role, identifier)
    for address in user.addresses:
        add_address(role, address)
    add_contacts(role, user.contacts)
    person = add(role, "patient")
    _write_names(person, user, writing)
    _write_birth(person, user, writing)


def _write_names(person: Element, user: ServiceUser, writing: Writing) -> None:
    name = add(person, "name")
    if not user.birth_name and not user.used_name:
        writing.missing.append("service_user/birth_name")
    if not user.given_names and not user.first_given_name and not user.used_given_name:
        writing.missing.append("service_user/given_names")
    for element, qualifier, text in (
        ("family", "BR", user.birth_name),
        ("given", None, user.given_names),
        ("given", "BR", user.first_given_name),
        ("family", "CL", user.used_name),
        ("given", "CL", user.used_given_name),
    ):
        if text:
            add(name, element, text, qualifier=qualifier)


def _write_birth(person: Element, user: ServiceUser, writing: Writing) -> None:
    """Sex, birth, order and place. What an INS makes compulsory is asked for when there is one."""
    if user.ins is not None:
        for part in ("birth_name", "first_given_name", "given_names", "sex", "born_on"):
            writing.need(getattr(user, part), f"service_user/{part}")
        writing.need(user.birthplace and user.birthplace.county, "service_user/birthplace/county")
    else:
        writing.need(user.birth_order, "service_user/birth_order")
    if user.sex is None:
        add(person, "administrativeGenderCode", nullFlavor="UNK")
    else:
        label = SEX_LABELS.get(user.sex)
        add(person, "administrativeGenderCode", code=user.sex, displayName=label, codeSystem=_SEXES)
    add_time(person, user.born_on, name="birthTime", unknown="UNK")
    if user.birth_order is not None:
        add(person, f"{{{SDTC}}}multipleBirthOrderNumber", value=str(user.birth_order))
    if user.birthplace is not None:
        add_address(add(add(person, "birthplace"), "place"), user.birthplace)


def _write_author(root: Element, record: Record, header: ExportHeader, writing: Writing) -> None:
    software = record.software
    author = add(root, "author")
    add_time(author, header.exported_at or header.written_at, name="time")
    assigned = add(author, "assignedAuthor")
    add_identifier(assigned, writing.need(software.identifier, "software/identifier"))
    _add_software_code(assigned)
    device = add(assigned, "assignedAuthoringDevice")
    add(device, "manufacturerModelName", writing.need(software.maker, "software/maker"))
    add(device, "softwareName", writing.need(software.name, "software/name"))
    _add_establishment(assigned, record.establishment)


def _write_custodian(root: Element, establishment: Establishment, writing: Writing) -> None:
    writing.need(establishment.organization.identifier, "establishment/organization/identifier")
    custodian = add(add(root, "custodian"), "assignedCustodian")
    add_organization(custodian, establishment.organization, name="representedCustodianOrganization")


def _write_signature(root: Element, record: Record, header: ExportHeader) -> None:
    """The software stands for the establishment: it is whom the document is signed by."""
    signatory = add(root, "legalAuthenticator")
    add_time(signatory, header.signed_at or header.written_at, name="time")
    add(signatory, "signatureCode", code="S")
    entity = add(signatory, "assignedEntity")
    add_identifier(entity, record.software.identifier)
    _add_software_code(entity)
    _add_establishment(entity, record.establishment)


def _write_export(root: Element, record: Record, header: ExportHeader) -> None:
    service = add(add(root, "documentationOf"), "serviceEvent")
    add_period(service, header.period_start, header.period_end)
    entity = add(add(service, "performer", typeCode="PRF"), "assignedEntity")
    add_identifier(entity, record.software.identifier)
    _add_software_code(entity)
    organization = add_organization(entity, record.establishment.organization)
    label = "Etablissement ou Service Social ou Médico-Social"
    fixed_code(organization, "ESSMS", label, system=_SETTINGS, name="standardIndustryClassCode")


def _write_replaced(root: Element, header: ExportHeader, writing: Writing) -> None:
    if header.version > 1:
        writing.need(header.replaces, "header/replaces")
    if header.replaces is not None:
        parent = add(add(root, "relatedDocument", typeCode="RPLC"), "parentDocument")
        add_identifier(parent, header.replaces)


def _write_setting(root: Element, establishment: Establishment, header: ExportHeader, writing: Writing) -> None:
    encounter = add(add(root, "componentOf"), "encompassingEncounter")
    add_period(encounter, header.period_start, None)
    facility = add(add(encounter, "location"), "healthCareFacility")
    code = add_code(facility, writing.need(establishment.sector, "establishment/sector"))
    add_code(code, writing.need(establishment.category, "establishment/category"), name="translation")


def _add_software_code(parent: Element) -> None:
    fixed_code(parent, "LOGICIEL_DUI", "Logiciel de Dossier Usager Informatisé", system=_ROLES)


def _add_establishment(parent: Element, establishment: Establishment) -> None:
    """The structure by its identifier alone: its name is told once, by the custodian."""
    organization = add(parent, "representedOrganization")
    add_identifier(organization, establishment.organization.identifier)
