"""The DUI record of one service user in one establishment: one functional model for CDA and FHIR alike.

Readers fill it from a document (`formats.cda.reading`), writers make a document of it (`formats.cda.writing`). A place
in a record is a path: `care_events/3/starts_at`, `assessments/0/items/4/answer`.
"""

from sidoba_engine.records.activity import (
    CareEvent,
    CareEventKind,
    Reference,
    Resource,
    Status,
    Stay,
    StayStep,
    Transport,
)
from sidoba_engine.records.assessments import Assessment, AssessmentItem, Criteria
from sidoba_engine.records.record import (
    Attachment,
    CoveredPerson,
    Establishment,
    PolicyHolder,
    Record,
    RecordSoftware,
    ServiceUser,
    SocialCover,
)
from sidoba_engine.records.values import (
    Address,
    Code,
    Contact,
    Identifier,
    Moment,
    Organization,
    PersonName,
    Place,
    Practitioner,
    Quantity,
    day_of,
    finess_of,
    year_of,
)

__all__ = [
    "Address",
    "Assessment",
    "AssessmentItem",
    "Attachment",
    "CareEvent",
    "CareEventKind",
    "Code",
    "Contact",
    "CoveredPerson",
    "Criteria",
    "Establishment",
    "Identifier",
    "Moment",
    "Organization",
    "PersonName",
    "Place",
    "PolicyHolder",
    "Practitioner",
    "Quantity",
    "Record",
    "RecordSoftware",
    "Reference",
    "Resource",
    "ServiceUser",
    "SocialCover",
    "Status",
    "Stay",
    "StayStep",
    "Transport",
    "day_of",
    "finess_of",
    "year_of",
]
