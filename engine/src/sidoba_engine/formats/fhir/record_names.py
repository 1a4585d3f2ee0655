"""What the reader and the writer of records share: addresses of the guide, statuses, code systems, questionnaires.

Source: guide TDDUI 2.4.0 (profiles, extensions, business identifiers, status maps); FHIR R4 (4.0.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
import sidoba_catalogue

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.entry_names import CISIS, LOINC, SERAFIN_REFORM, SSIAD_REFORM
from sidoba_engine.formats.fhir.definitions import fhir_definitions
from sidoba_engine.records.assessments import AGGIR_PA, AGGIR_PH, SERAFIN, SSIAD_SITUATION
from sidoba_engine.records.values import Code

GUIDE: Final = "https://interop.esante.gouv.fr/ig/fhir/tddui/"
DEFINITION: Final = GUIDE + "StructureDefinition/"
FR_CORE: Final = "https://hl7.fr/ig/fhir/core/"
HL7: Final = "http://hl7.org/fhir/StructureDefinition/"
R5_ENCOUNTER: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter."
V2_IDENTIFIERS: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
FRENCH_IDENTIFIERS: Final = FR_CORE + "CodeSystem/fr-core-cs-v2-0203"
ENCOUNTER_IDENTIFIERS: Final = GUIDE + "CodeSystem/tddui-encounter-identifier"
TRANSPORT_INPUTS: Final = GUIDE + "CodeSystem/tddui-task-input-transport"
COMMUNES: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
UCUM: Final = "http://unitsofmeasure.org"
ANY_URI: Final = "urn:ietf:rfc:3986"
OID: Final = "urn:oid:"
UUID: Final = "urn:uuid:"

BIRTHPLACE: Final = HL7 + "patient-birthPlace"
BIRTH_TIME: Final = HL7 + "patient-birthTime"
CANONICAL_DISPLAY: Final = HL7 + "display"
ADDRESS_USE: Final = HL7 + "iso21090-AD-use"
HOUSE_NUMBER: Final = HL7 + "iso21090-ADXP-houseNumber"
STREET: Final = HL7 + "iso21090-ADXP-streetNameBase"
STREET_NAME: Final = HL7 + "iso21090-ADXP-streetName"
OTHER_LINE_PARTS: Final = tuple(HL7 + "iso21090-ADXP-" + name for name in ("careOf", "additionalLocator", "postBox"))
INSEE_CODE: Final = FR_CORE + "StructureDefinition/fr-core-address-insee-code"
GIVEN_NAMES: Final = FR_CORE + "StructureDefinition/fr-core-patient-birth-list-given-name"
RELIABILITY: Final = FR_CORE + "StructureDefinition/fr-core-identity-reliability"

INS_AUTHORITIES: Final = {
    "1.2.250.1.213.1.4.8": ("INS-NIR", "official"),
    "1.2.250.1.213.1.4.9": ("INS-NIA", "temp"),
    "1.2.250.1.213.1.4.10": ("INS-NIR-TEST", "official"),
    "1.2.250.1.213.1.4.11": ("INS-NIR-DEMO", "official"),
}
"""Authority of an INS → code of the kind of identifier and its use."""
SOCIAL_SECURITY: Final = "1.2.250.1.213.1.4.13"
"""NIR that is no INS. FHIR gives it the authority of the INS and tells it by its kind only."""
PRACTITIONERS: Final = "1.2.250.1.71.4.2.1"

BUSINESS: Final = {
    name: f"https://identifiant-medicosocial-{name}.esante.gouv.fr"
    for name in ("localusager", "sejour", "evenement", "evaluation", "transportusager", "transportprofessionnel")
}
SEXES: Final = {"F": "female", "M": "male", "UN": "unknown"}
CONTACT_USES: Final = {"H": "home", "WP": "work", "MC": "mobile", "TMP": "temp"}
ADDRESS_USES: Final = {"H": "home", "WP": "work", "TMP": "temp"}
FINER_ADDRESS_USES: Final = {"HP": "home", "HV": "temp"}
"""Uses that FHIR words less finely: the code itself goes into an extension."""
EVENT_STATUSES: Final = {"PLANIFIE": "planned", "VALIDE": "triaged", "REALISE": "finished", "ANNULE": "cancelled"}
ASSESSMENT_STATUSES: Final = {"TERMINE": "in-progress", "APPROUVE": "completed", "VALIDE": "amended"}
QUESTIONNAIRES: Final = {
    AGGIR_PA: GUIDE + "Questionnaire/tddui-questionnaire-aggir-pa-ssiad",
    AGGIR_PH: GUIDE + "Questionnaire/tddui-questionnaire-aggir-ph-ssiad",
    SSIAD_SITUATION: GUIDE + "Questionnaire/tddui-questionnaire-situation-ssiad",
    SERAFIN: GUIDE + "Questionnaire/tddui-questionnaire-serafin",
}
CRITERIA: Final = {
    "MED-1307": "spontaneously",
    "MED-1308": "totally",
    "MED-1309": "correctly",
    "MED-1310": "usually",
}
RESULT: Final = "resultat-eval"
CARE_EVENT_LINK: Final = Code("GEN-367", CISIS, "Agenda de l'usager")
ATTACHMENT_LINK: Final = Code("55107-7", LOINC, "Document attaché")
REFORMS: Final = {
    "type-evenement-ssiad": Code(SSIAD_REFORM, CISIS, "Réforme SSIAD"),
    "serafin": Code(SERAFIN_REFORM, CISIS, "Réforme SERAFIN"),
}
OTHER_KIND: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "code": "not-permitted",
    "display": "Not Permitted",
}
CATEGORIES: Final = "categorie-essms-ph"

INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
"""A time as complete as FHIR asks: seconds and offset."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One questionnaire: its items by `linkId`, and the question (code) that each asks."""

    items: Mapping[str, Mapping[str, Any]]
    parents: Mapping[str, str | None]
    questions: Mapping[str, str]
    criteria: Mapping[tuple[str, str], str]
    """`linkId` of a question and name of an adverb → `linkId` of that adverb."""
    names: Mapping[str, str]
    """`linkId` of an adverb → its name."""

    @property
    def links(self) -> Mapping[str, str]:
        """Code of a question → its `linkId`."""
        return {code: link for link, code in self.questions.items()}


@dataclass(frozen=True, slots=True)
class Terms:
    """Codes as records name them, and as FHIR does."""

    catalogue: Catalogue
    addresses: Mapping[str, str]
    """OID of a code system → its address."""
    oids: Mapping[str, str]
    grids: Mapping[str, Grid]
    """Code of a kind of assessment → its questionnaire."""

    def code(self, value_set: str, code: str) -> Code:
        """A code of the catalogue, with its label; bare when the value set has not got it."""
        found = self.catalogue.value_sets[value_set]
        return Code(code, found.systems.get(code), found.labels.get(code))


class _Compiled(msgspec.Struct):
    """What is needed of the compiled definitions."""

    systemes: dict[str, list[str]] = {}


@lru_cache(maxsize=4)
def terms_of(catalogue: Catalogue) -> Terms:
    """The terms of a catalogue, made once per process."""
    systems = msgspec.json.decode(sidoba_catalogue.read_fhir(), type=_Compiled).systemes
    questionnaires = fhir_definitions(catalogue).questionnaires
    return Terms(
        catalogue,
        {oid: urls[0] for oid, urls in systems.items()},
        {url: oid for oid, urls in systems.items() for url in urls},
        {kind: _grid(questionnaires[url]) for kind, url in QUESTIONNAIRES.items() if url in questionnaires},
    )


def _grid(questionnaire: Mapping[str, Any]) -> Grid:
    items: dict[str, Mapping[str, Any]] = {}
    parents: dict[str, str | None] = {}
    questions: dict[str, str] = {}
    criteria: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    for parent, item in _items(questionnaire.get("item", []), None):
        link = str(item["linkId"])
        items[link], parents[link] = item, parent
        codes = [str(coding["code"]) for coding in item.get("code", ())] or [str(item.get("prefix", ""))]
        name = CRITERIA.get(codes[0])
        if name is not None and parent is not None:
            criteria[parent, name], names[link] = link, name
        elif codes[0] and link != RESULT:
            questions[link] = codes[0]
    return Grid(items, parents, questions, criteria, names)


def _items(items: list[Any], parent: str | None) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    for item in items:
        yield parent, item
        yield from _items(item.get("item", []), str(item["linkId"]))
