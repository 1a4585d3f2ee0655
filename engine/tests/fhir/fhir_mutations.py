"""Faults made one by one in the synthetic lot: the rule and the place of each, and nothing else."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

TDDUI = "https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/"
UUID = "urn:uuid:5f0c1d2e-0000-4000-8000-00000000000"
DELETED = object()

Expected = set[tuple[str, str]]


@dataclass(frozen=True)
class Mutation:
    """`changes` are (JSON Pointer, value or DELETED); a last step `-` adds to a list. `found` are (rule, pointer)."""

    name: str
    changes: tuple[tuple[str, Any], ...]
    found: frozenset[tuple[str, str]]

    def apply(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """The lot with the fault."""
        changed = copy.deepcopy(bundle)
        for pointer, value in self.changes:
            put(changed, pointer, value)
        return changed


def put(root: Any, pointer: str, value: Any) -> None:
    """Write a value at a JSON Pointer."""
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        root = root[int(step)] if isinstance(root, list) else root[step]
    if isinstance(root, list):
        if value is DELETED:
            del root[int(last)]
        elif last == "-":
            root.append(value)
        else:
            root[int(last)] = value
    elif value is DELETED:
        del root[last]
    else:
        root[last] = value


def one(name: str, pointer: str, value: Any, *found: tuple[str, str]) -> Mutation:
    """One change of one value."""
    return Mutation(name, ((pointer, value),), frozenset(found))


def several(name: str, changes: dict[str, Any], *found: tuple[str, str]) -> Mutation:
    """Several changes that make one fault."""
    return Mutation(name, tuple(changes.items()), frozenset(found))


def of(rank: int, path: str = "") -> str:
    """The pointer of something in the resource of an entry."""
    return f"/entry/{rank}/resource{path}"


PATIENT, ORGANIZATION, PRACTITIONER, ROLE, STAY, EVENT, LATER, LAST = range(8)
TRANSPORT, MEAL, SCHEDULE, SLOT, GOAL, CONTACT, SCHOOL, SITUATION, AGGIR = range(8, 17)
ANSWERS = of(AGGIR, "/item/0/answer/0/item")

LOT = [
    one("type searchset", "/type", "searchset", ("R-FHIR-005", "/type")),
    one("type absent", "/type", DELETED, ("R-FHIR-005", "")),
    one("aucune entrée", "/entry", [], ("R-FHIR-006", "")),
    one("total", "/total", 17, ("R-FHIR-014", "/total")),
    one("réponse dans une entrée", "/entry/0/response", {"status": "201"}, ("R-FHIR-014", "/entry/0/response")),
    several(
        "entrée sans ressource",
        {"/entry/-": {"fullUrl": UUID + "9", "request": {"method": "POST", "url": "Goal"}}},
        ("R-FHIR-008", "/entry/17"),
        ("R-FHIR-012", "/entry/17/fullUrl"),
    ),
    one("sans request", "/entry/1/request", DELETED, ("R-FHIR-009", "/entry/1")),
    one("PUT", "/entry/1/request/method", "PUT", ("R-FHIR-009", "/entry/1/request/method")),
    one("verbe inconnu", "/entry/1/request/method", "post", ("R-FHIR-060", "/entry/1/request/method")),
    one("sans méthode", "/entry/1/request/method", DELETED, ("R-FHIR-040", "/entry/1/request")),
    several(
        "sans fullUrl",
        {"/entry/12/fullUrl": DELETED},
        ("R-FHIR-010", "/entry/12"),
    ),
    one("fullUrl relatif", "/entry/12/fullUrl", "Goal/1", ("R-FHIR-011", "/entry/12/fullUrl")),
    one("fullUrl en double", "/entry/12/fullUrl", UUID + "1", ("R-FHIR-012", "/entry/12/fullUrl")),
    several(
        "fullUrl d'un autre id",
        {"/entry/12/fullUrl": "https://dui.example/Goal/2", of(12, "/id"): "1"},
        ("R-FHIR-013", "/entry/12/fullUrl"),
    ),
    one("url d'un autre type", "/entry/12/request/url", "Patient", ("R-FHIR-016", "/entry/12/request/url")),
    one("url, nom de profil toléré", "/entry/12/request/url", "TDDUIGoalProjetVie"),
    one(
        "numéro en double",
        of(LATER, "/identifier/0/value"),
        "3019999994/5012-EVN-1",
        ("R-FHIR-017", of(LATER, "/identifier/0/value")),
    ),
    several(
        "historique trop long",
        {of(LAST, "/period"): {"start": "2024-11-12T08:30:00+01:00", "end": "2024-11-12T09:10:00+01:00"}},
        ("R-FHIR-018", of(PATIENT)),
    ),
    several(
        "historique court",
        {of(LAST, "/status"): "planned"},
        ("R-FHIR-019", of(PATIENT)),
    ),
]

RESOURCES = [
    one("type absent", of(GOAL, "/resourceType"), DELETED, ("R-FHIR-003", of(GOAL))),
    one("type inconnu", of(GOAL, "/resourceType"), "goal", ("R-FHIR-003", of(GOAL, "/resourceType"))),
    one("R5", of(GOAL, "/resourceType"), "NutritionIntake", ("R-FHIR-004", of(GOAL, "/resourceType"))),
    one("DSTU2", of(GOAL, "/resourceType"), "ReferralRequest", ("R-FHIR-004", of(GOAL, "/resourceType"))),
    one("hors guide", of(GOAL, "/resourceType"), "ImagingStudy", ("R-FHIR-015", of(GOAL, "/resourceType"))),
    one("sans profil", of(STAY, "/meta"), DELETED, ("R-FHIR-020", of(STAY))),
    one("profil inconnu", of(STAY, "/meta/profile/-"), TDDUI + "tddui-x", ("R-FHIR-021", of(STAY, "/meta/profile/1"))),
    one(
        "profil d'un autre type",
        of(STAY, "/meta/profile/-"),
        TDDUI + "tddui-patient",
        ("R-FHIR-022", of(STAY, "/meta/profile/1")),
    ),
    one("ressource texte", of(GOAL), "Goal/1", ("R-FHIR-031", of(GOAL))),
]

ELEMENTS = [
    one("nom inconnu", of(PATIENT, "/birthdate"), "1951", ("R-FHIR-030", of(PATIENT, "/birthdate"))),
    one("nom inconnu au fond", of(PATIENT, "/name/0/givne"), ["A"], ("R-FHIR-030", of(PATIENT, "/name/0/givne"))),
    one("objet attendu", of(GOAL, "/description"), "texte", ("R-FHIR-031", of(GOAL, "/description"))),
    one("liste attendue", of(PATIENT, "/name/0/given"), "Odette", ("R-FHIR-031", of(PATIENT, "/name/0/given"))),
    one("booléen en texte", of(PATIENT, "/active"), "true", ("R-FHIR-032", of(PATIENT, "/active"))),
    one("texte en nombre", of(ORGANIZATION, "/name"), 12, ("R-FHIR-032", of(ORGANIZATION, "/name"))),
    one("liste de trop", of(PATIENT, "/birthDate"), ["1951-06-08"], ("R-FHIR-032", of(PATIENT, "/birthDate"))),
    one("date à la française", of(PATIENT, "/birthDate"), "08/06/1951", ("R-FHIR-033", of(PATIENT, "/birthDate"))),
    one("heure sans fuseau", of(SLOT, "/start"), "2024-09-09T08:00:00", ("R-FHIR-033", of(SLOT, "/start"))),
    one("jour seul pour un instant", of(SLOT, "/end"), "2024-09-09", ("R-FHIR-033", of(SLOT, "/end"))),
    one("id trop long", of(GOAL, "/id"), "a" * 65, ("R-FHIR-033", of(GOAL, "/id"))),
    one(
        "décimal hors d'échelle",
        of(TRANSPORT, "/input/0/valueDistance/value"),
        10**400,
        ("R-FHIR-033", of(TRANSPORT, "/input/0/valueDistance/value")),
    ),
    one("jour inexistant", of(PATIENT, "/birthDate"), "1951-02-29", ("R-FHIR-034", of(PATIENT, "/birthDate"))),
    one("texte vide", of(ORGANIZATION, "/name"), "", ("R-FHIR-035", of(ORGANIZATION, "/name"))),
    one("texte d'espaces", of(ORGANIZATION, "/name"), "  ", ("R-FHIR-035", of(ORGANIZATION, "/name"))),
    one("liste vide", of(PATIENT, "/address"), [], ("R-FHIR-035", of(PATIENT, "/address"))),
    one("objet vide", of(PATIENT, "/address/0"), {}, ("R-FHIR-035", of(PATIENT, "/address/0"))),
    one(
        "null dans une liste", of(PATIENT, "/address/0/line/-"), None, ("R-FHIR-035", of(PATIENT, "/address/0/line/2"))
    ),
    one("texte immense", of(ORGANIZATION, "/name"), "a" * 1_048_577, ("R-FHIR-036", of(ORGANIZATION, "/name"))),
    one(
        "extensions de trop",
        of(PATIENT, "/address/0/_line/-"),
        {"id": "l3"},
        ("R-FHIR-037", of(PATIENT, "/address/0/_line")),
    ),
    one(
        "deux types",
        of(GOAL, "/extension"),
        [{"url": "https://dui.example/x", "valueString": "a", "valueCode": "a"}],
        ("R-FHIR-038", of(GOAL, "/extension/0")),
    ),
    one("statut absent", of(STAY, "/status"), DELETED, ("R-FHIR-040", of(STAY))),
    one("fin absente (profil)", of(EVENT, "/period/end"), DELETED, ("R-FHIR-040", of(EVENT, "/period"))),
    one("nom sans prénom (profil)", of(PATIENT, "/name/0/given"), DELETED, ("R-FHIR-040", of(PATIENT, "/name/0"))),
    one(
        "sans adresse d'extension",
        of(GOAL, "/extension"),
        [{"valueString": "a"}],
        ("R-FHIR-040", of(GOAL, "/extension/0")),
    ),
]

SLICES = [
    one(
        "tranche absente: numéro de séjour",
        of(STAY, "/identifier/0"),
        DELETED,
        ("R-FHIR-043", of(STAY, "/identifier")),
    ),
    one(
        "tranche par extension: lieu de naissance",
        of(PATIENT, "/extension/1"),
        DELETED,
        ("R-FHIR-043", of(PATIENT, "/extension")),
        ("R-FHIR-040", of(PATIENT, "/extension")),
    ),
    one(
        "sous-extension absente",
        of(PATIENT, "/extension/1/valueAddress/extension"),
        DELETED,
        ("R-FHIR-040", of(PATIENT, "/extension/1/valueAddress")),
    ),
    one(
        "tranche en trop",
        of(PATIENT, "/extension/-"),
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": {
                "extension": [
                    {
                        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
                        "valueCoding": {"code": "01999"},
                    }
                ]
            },
        },
        ("R-FHIR-044", of(PATIENT, "/extension/2")),
    ),
    one(
        "référence qui ne mène pas à la tranche",
        of(SCHOOL, "/performer/0/reference"),
        UUID + "3",
        ("R-FHIR-043", of(SCHOOL, "/performer")),
    ),
    one("motif du code", of(MEAL, "/code/coding/0/code"), "PERIODESCOL", ("R-FHIR-048", of(MEAL, "/code"))),
    one(
        "valeur imposée par la tranche",
        of(STAY, "/identifier/0/system"),
        "urn:oid:1.2.3",
        ("R-FHIR-048", of(STAY, "/identifier/0/system")),
    ),
]

REFERENCES = [
    one("forme inconnue", of(STAY, "/subject/reference"), "l'usager", ("R-FHIR-050", of(STAY, "/subject/reference"))),
    one(
        "contenue absente",
        of(AGGIR, "/author/reference"),
        "#x",
        ("R-FHIR-051", of(AGGIR, "/author/reference")),
        ("R-FHIR-080", of(AGGIR)),
    ),
    one("hors du lot", of(GOAL, "/subject/reference"), UUID + "0", ("R-FHIR-052", of(GOAL, "/subject/reference"))),
    one(
        "relative hors du lot",
        of(GOAL, "/subject/reference"),
        "Patient/1",
        ("R-FHIR-053", of(GOAL, "/subject/reference")),
    ),
    one("type de la cible", of(GOAL, "/subject/reference"), UUID + "3", ("R-FHIR-054", of(GOAL, "/subject/reference"))),
    one(
        "type de la cible absente",
        of(GOAL, "/subject/reference"),
        "Slot/1",
        ("R-FHIR-054", of(GOAL, "/subject/reference")),
    ),
    one(
        "profil de la cible",
        of(TRANSPORT, "/encounter/reference"),
        UUID + "5",
        ("R-FHIR-055", of(TRANSPORT, "/encounter/reference")),
    ),
]

EXTENSIONS = [
    one(
        "modificatrice inconnue",
        of(GOAL, "/modifierExtension"),
        [{"url": "https://dui.example/x", "valueString": "a"}],
        ("R-FHIR-056", of(GOAL, "/modifierExtension/0/url")),
    ),
    one("inconnue tolérée", of(GOAL, "/extension"), [{"url": "https://dui.example/x", "valueString": "a"}]),
    one(
        "hors contexte",
        of(GOAL, "/extension"),
        [{"url": TDDUI + "tddui-planned-absence", "valueBoolean": True}],
        ("R-FHIR-057", of(GOAL, "/extension/0/url")),
    ),
    one(
        "adresse relative",
        of(GOAL, "/extension"),
        [{"url": "commentaire", "valueString": "a"}],
        ("R-FHIR-058", of(GOAL, "/extension/0/url")),
    ),
    one(
        "type de la valeur",
        of(SLOT, "/extension/0"),
        {"url": TDDUI + "tddui-planned-absence", "valueString": "oui"},
        ("R-FHIR-039", of(SLOT, "/extension/0/valueString")),
    ),
    one(
        "valeur et sous-extension",
        of(SLOT, "/extension/0/extension"),
        [{"url": "x", "valueString": "a"}],
        ("R-FHIR-042", of(SLOT, "/extension/0/extension")),
        ("R-FHIR-080", of(SLOT, "/extension/0")),
    ),
    one(
        "contenue dans contenue",
        of(AGGIR, "/contained/0/contained"),
        [{"resourceType": "Patient"}],
        ("R-FHIR-059", of(AGGIR, "/contained/0/contained")),
    ),
]

CODES = [
    one("code hors liste de base", of(PATIENT, "/gender"), "F", ("R-FHIR-060", of(PATIENT, "/gender"))),
    one("code hors liste du profil", of(PATIENT, "/gender"), "other", ("R-FHIR-060", of(PATIENT, "/gender"))),
    one(
        "coding hors liste",
        of(EVENT, "/extension/0/extension/0/valueCodeableConcept/coding/0/code"),
        "ORG-999",
        ("R-FHIR-060", of(EVENT, "/extension/0/extension/0/valueCodeableConcept/coding/0/code")),
        ("R-FHIR-INV-MatDetailOnlyIfTypeOrg206", of(EVENT)),
    ),
    one(
        "sans code",
        of(EVENT, "/extension/0/extension/1/valueCodeableConcept"),
        {"text": "lit"},
        ("R-FHIR-061", of(EVENT, "/extension/0/extension/1/valueCodeableConcept")),
    ),
    one(
        "système relatif",
        of(GOAL, "/identifier/-"),
        {"system": "1.2.3", "value": "4"},
        ("R-FHIR-062", of(GOAL, "/identifier/1/system")),
    ),
    one(
        "oid mal écrit",
        of(GOAL, "/identifier/-"),
        {"system": "urn:oid:1.2.x", "value": "4"},
        ("R-FHIR-062", of(GOAL, "/identifier/1/system")),
    ),
    one(
        "clé de l'INS",
        of(PATIENT, "/identifier/0/value"),
        "251069912345699",
        ("R-FHIR-064", of(PATIENT, "/identifier/0/value")),
    ),
    one(
        "clé du FINESS",
        of(ORGANIZATION, "/identifier/0/value"),
        "1019999995",
        ("R-FHIR-064", of(ORGANIZATION, "/identifier/0/value")),
    ),
    one(
        "forme d'un numéro", of(EVENT, "/identifier/0/value"), "EVN-1", ("R-FHIR-065", of(EVENT, "/identifier/0/value"))
    ),
    one(
        "système ancien",
        of(PATIENT, "/identifier/1/system"),
        "https://identifiant-medicosocial-localusager.cnsa.fr",
        ("R-FHIR-066", of(PATIENT, "/identifier/1/system")),
    ),
]

CONSTRAINTS = [
    one(
        "période à l'envers",
        of(EVENT, "/period/end"),
        "2024-09-02T08:00:00+02:00",
        ("R-FHIR-080", of(EVENT, "/period")),
    ),
    one(
        "contenue non désignée",
        of(AGGIR, "/contained/-"),
        {"resourceType": "Location", "id": "l"},
        ("R-FHIR-080", of(AGGIR)),
    ),
    one(
        "unité sans système",
        of(TRANSPORT, "/input/0/valueDistance/system"),
        DELETED,
        ("R-FHIR-080", of(TRANSPORT, "/input/0/valueDistance")),
    ),
    one(
        "script",
        of(GOAL, "/text"),
        {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>a()</script></div>'},
        ("R-FHIR-080", of(GOAL, "/text/div")),
    ),
    one("motif d'absence", of(SLOT, "/appointmentType"), DELETED, ("R-FHIR-INV-motifAbsenceCardinality", of(SLOT))),
    one("absence prévue", of(SLOT, "/extension"), DELETED, ("R-FHIR-INV-absencePrevueCardinality", of(SLOT))),
    one(
        "forme du repas",
        of(MEAL, "/identifier/0/value"),
        "3019999994/5012-DINER-1",
        ("R-FHIR-INV-ObservationRepasIdentifierFormat", of(MEAL, "/identifier/0")),
        ("R-FHIR-065", of(MEAL, "/identifier/0/value")),
    ),
    one("casse du repas tolérée", of(MEAL, "/identifier/0/value"), "3019999994/5012-Repas-1"),
    one(
        "identité sans INS officiel",
        of(PATIENT, "/identifier/0/use"),
        "usual",
        ("R-FHIR-INV-fr-core-1", of(PATIENT)),
        ("R-FHIR-INV-fr-core-2", of(PATIENT)),
    ),
    one(
        "sans professionnel",
        of(AGGIR, "/source/reference"),
        UUID + "1",
    ),
]

QUESTIONNAIRES = [
    one(
        "questionnaire inconnu",
        of(SITUATION, "/questionnaire"),
        "https://dui.example/Questionnaire/1",
        ("R-FHIR-071", of(SITUATION, "/questionnaire")),
    ),
    one(
        "question inconnue",
        of(SITUATION, "/item/0/linkId"),
        "incontinance",
        ("R-FHIR-072", of(SITUATION, "/item/0/linkId")),
    ),
    one("mal emboîtée", of(AGGIR, "/item/-"), {"linkId": "manger"}, ("R-FHIR-073", of(AGGIR, "/item/1/linkId"))),
    one("répétée", of(SITUATION, "/item/1/linkId"), "incontinence", ("R-FHIR-075", of(SITUATION, "/item/1/linkId"))),
    one(
        "deux réponses",
        of(SITUATION, "/item/0/answer/-"),
        {"valueBoolean": True},
        ("R-FHIR-075", of(SITUATION, "/item/0/answer")),
    ),
    one(
        "type de réponse",
        of(SITUATION, "/item/0/answer/0"),
        {"valueString": "oui"},
        ("R-FHIR-076", of(SITUATION, "/item/0/answer/0/valueString")),
    ),
    one(
        "hors des réponses",
        ANSWERS + "/4/answer/0/valueCoding/code",
        "qf1",
        ("R-FHIR-077", ANSWERS + "/4/answer/0/valueCoding"),
    ),
    one(
        "GIR d'une autre personne",
        of(AGGIR, "/item/0/answer/0/valueCoding/code"),
        "MED-339",
        ("R-FHIR-079", of(AGGIR, "/item/0/answer/0/valueCoding")),
    ),
]

MUTATIONS = [*LOT, *RESOURCES, *ELEMENTS, *SLICES, *REFERENCES, *EXTENSIONS, *CODES, *CONSTRAINTS, *QUESTIONNAIRES]
