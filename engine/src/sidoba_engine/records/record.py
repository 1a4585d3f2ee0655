"""The record of one service user in one establishment: who, where, from which software, and all that is known."""

from __future__ import annotations

from dataclasses import dataclass, field

from sidoba_engine.records.activity import CareEvent, Stay
from sidoba_engine.records.assessments import Assessment
from sidoba_engine.records.values import Address, Code, Contact, Identifier, Moment, Organization


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """Whom the record is about. Personal data: never logged.

    `ins` carries its authority (production, test or demonstration); `social_security` is a NIR that is not an INS.
    `birth_order` is the order of registration, needed when there is no INS. `sex` is F, M or UN. `birthplace.county`
    is the code of the commune or country of birth.
    """

    ins: Identifier | None = None
    social_security: Identifier | None = None
    local_identifier: Identifier | None = None
    other_identifiers: tuple[Identifier, ...] = ()
    birth_name: str | None = None
    used_name: str | None = None
    given_names: str | None = None
    first_given_name: str | None = None
    used_given_name: str | None = None
    sex: str | None = None
    born_on: Moment | None = None
    birth_order: int | None = None
    birthplace: Address | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Establishment:
    """The establishment that holds the record. `category` is the FINESS category (354 for a SSIAD), `sector` the
    sector of activity (SA16, SA18 or SA41)."""

    organization: Organization = field(default_factory=Organization)
    category: Code | None = None
    sector: Code | None = None

    @property
    def finess(self) -> str | None:
        """The FINESS number of the establishment."""
        return self.organization.finess


@dataclass(frozen=True, slots=True)
class RecordSoftware:
    """The software that exports the record: its identifier (`3` + FINESS + `/` + its own), its maker and its name."""

    identifier: Identifier | None = None
    maker: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyHolder:
    """Who holds the policy, when it is not the service user."""

    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class CoveredPerson:
    """The service user as covered: the link with the holder (SELF, FAMDEP, STUD), numbers and name in the policy."""

    link: Code | None = None
    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SocialCover:
    """One social cover: its kind, the numbers of the contract, and the body that pays."""

    kind: Code | None = None
    identifiers: tuple[Identifier, ...] = ()
    insurer: Organization | None = None
    insurer_identifiers: tuple[Identifier, ...] = ()
    insurer_addresses: tuple[Address, ...] = ()
    insurer_contacts: tuple[Contact, ...] = ()
    covered: CoveredPerson | None = None
    holder: PolicyHolder | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document joined to the record, known by its content: `digest` (sha256, 64 hexadecimal characters), `size` in
    bytes. The content itself stays beside the record."""

    identifier: Identifier | None = None
    title: str | None = None
    kind: Code | None = None
    dated: Moment | None = None
    media_type: str | None = None
    digest: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that one export says of one service user.

    Stays, care events and attachments are in the order of their source; the assessments of one kind follow one another.
    """

    service_user: ServiceUser = ServiceUser()
    establishment: Establishment = Establishment()
    software: RecordSoftware = RecordSoftware()
    social_covers: tuple[SocialCover, ...] = ()
    stays: tuple[Stay, ...] = ()
    care_events: tuple[CareEvent, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
