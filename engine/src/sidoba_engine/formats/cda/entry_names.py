"""Names of the entries of a TDDUI document: templates, codes and authorities that its reader and its writer share."""

from __future__ import annotations

from typing import Final

CISIS: Final = "1.2.250.1.213.1.1.4.322"
LOINC: Final = "2.16.840.1.113883.6.1"
SNOMED: Final = "2.16.840.1.113883.6.96"

SYSTEM_NAMES: Final = {CISIS: "TerminologieCISIS", LOINC: "LOINC"}
"""Names that the guide fixes for code systems, where it lets them be written."""

PRACTITIONER_AUTHORITY: Final = "1.2.250.1.71.4.2.1"
"""PS_idNat: professionals, and systems (`3` + FINESS + `/` + own identifier)."""
SOCIAL_SECURITY_AUTHORITIES: Final = frozenset({"1.2.250.1.213.1.4.13", "1.2.250.1.213.1.4.14"})

_SECTION = "1.2.250.1.213.1.1.2."
_ENTRY = "1.2.250.1.213.1.1.3."

COVERS_SECTION: Final = _SECTION + "79"
STAYS_SECTION: Final = _SECTION + "249"
CARE_EVENTS_SECTION: Final = _SECTION + "248"
ASSESSMENTS_SECTION: Final = _SECTION + "246"
ATTACHMENTS_SECTION: Final = _SECTION + "37"

STAY: Final = _ENTRY + "219"
STAY_ADMISSION: Final = _ENTRY + "218"
ENTRY_MODE: Final = _ENTRY + "48.6"
EXIT_MODE: Final = _ENTRY + "48.7"
CARE_EVENT: Final = _ENTRY + "215"
SERVICE_USER_TRANSPORT: Final = _ENTRY + "24"
PRACTITIONER_TRANSPORT: Final = _ENTRY + "216"
ASSESSMENT_GROUP: Final = _ENTRY + "95"
ASSESSMENT: Final = _ENTRY + "25"
ASSESSMENT_ITEM: Final = _ENTRY + "214"
ASSESSMENT_CRITERION: Final = _ENTRY + "220"
STATUS: Final = _ENTRY + "217"
OBSERVATION: Final = _ENTRY + "48"
COMMENT: Final = _ENTRY + "32"
INTERNAL_REFERENCE: Final = _ENTRY + "36"
SOCIAL_COVER: Final = _ENTRY + "61"
INSURER: Final = _ENTRY + "94"
ATTACHMENT: Final = _ENTRY + "18"
ATTACHMENT_TYPE: Final = _ENTRY + "48.18"

CCD_DONE: Final = "2.16.840.1.113883.10.20.1.21"
CCD_PLANNED: Final = "2.16.840.1.113883.10.20.1.25"

SSIAD_REFORM: Final = "GEN-364"
SERAFIN_REFORM: Final = "GEN-363"
CANCEL_REASON: Final = "GEN-348"
ENGINE: Final = "GEN-346"
NATURE: Final = "GEN-345"

OUTSIDE_PROVISION: Final = "GEN-347"
MEAL: Final = "GEN-350"
PRESENCE: Final = "38887-6"
RESOURCE: Final = "GEN-349"
LAST_UPDATE: Final = "106177-9"
DISTANCE: Final = "103208-5"
ACTUAL_BUDGET: Final = "ORG-200"
PLANNED_BUDGET: Final = "ORG-201"
DURATION: Final = "GEN-353"
COMPANION: Final = "MED-1124"
ASEPSIS: Final = "275827007"

OBSERVATIONS: Final = {
    OUTSIDE_PROVISION: (CISIS, "Evènement hors prestation"),
    MEAL: (CISIS, "Repas inclus"),
    PRESENCE: (LOINC, "Personne présente au moment de l'évènement"),
    RESOURCE: (CISIS, "Type de ressource utilisée"),
    LAST_UPDATE: (LOINC, "Date de dernière mise à jour"),
    DISTANCE: (LOINC, "Distance parcourue"),
    ACTUAL_BUDGET: (CISIS, "Budget réel"),
    PLANNED_BUDGET: (CISIS, "Budget prévisionnel"),
    DURATION: (CISIS, "Durée de transport théorique"),
    COMPANION: (CISIS, "Patient nécessitant un accompagnement par un tiers"),
    ASEPSIS: (SNOMED, "maintien de l'asepsie"),
}
"""Code of an observation → its code system and its label in the value sets of the guide."""

CRITERIA: Final = {
    "MED-1307": ("spontaneously", "fait spontanément"),
    "MED-1308": ("totally", "fait totalement"),
    "MED-1309": ("correctly", "fait correctement"),
    "MED-1310": ("usually", "fait habituellement"),
}
"""Code of a criterion → its name in a record, and its label."""

SEX_LABELS: Final = {"F": "Féminin", "M": "Masculin", "UN": "Inconnu"}
