"""`metadata`: the CapabilityStatement, made from the routes served and the definitions data are judged by.

The definitions change with the catalogue only, so the statement carries the catalogue's year as its date.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version
from typing import Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.definitions import GUIDE, fhir_definitions

FHIR_VERSION = "4.0.1"


def capability_statement(
    catalogue: Catalogue, *, base: str, served: Collection[str], media_type: str
) -> dict[str, Any]:
    """What the address `base` serves; `served` are FHIR's names of the interactions that have a route."""
    definitions = fhir_definitions(catalogue)
    guide = next(package for package in definitions.packages if package.name == GUIDE)
    resources = [_resource(name, definitions.profiles_of_guide.get(name, ())) for name in kept_types(catalogue)]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": catalogue.version.partition(".")[0],
        "publisher": "sidoba",
        "kind": "instance",
        "software": {"name": "sidoba", "version": version("sidoba-server")},
        "implementation": {"description": "Collecte de données d'usagers en FHIR (WS09)", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": [media_type],
        "implementationGuide": [f"{guide.canonical}|{guide.version}"],
        "rest": [
            {
                "mode": "server",
                "documentation": (
                    "Envoi d'un lot (Bundle de type transaction) en application/fhir+json ou application/fhir+xml, avec"
                    " l'en-tête Idempotency-Key ; seule la création (POST) y est admise. Un nouvel envoi remplace les"
                    " ressources de même identifiant métier. Lecture d'une ressource par son identifiant technique."
                    " Aucune recherche."
                ),
                "security": {
                    "service": [{"coding": [{"system": _SECURITY, "code": "OAuth", "display": "OAuth"}]}],
                    "description": "OAuth 2.0, client_credentials, sur POST /oauth/token.",
                },
                **({"resource": resources} if "read" in served else {}),
                **({"interaction": [{"code": "transaction"}]} if "transaction" in served else {}),
            }
        ],
    }


_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def kept_types(catalogue: Catalogue) -> list[str]:
    """The resource types a lot may hold, in alphabetical order."""
    types = fhir_definitions(catalogue).types.values()
    return sorted(one.name for one in types if one.kind == "resource" and not one.is_abstract and one.name != "Bundle")


def _resource(name: str, profiles: Collection[Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"type": name}
    if profiles:
        written["supportedProfile"] = sorted(profile.url for profile in profiles)
    return written | {"interaction": [{"code": "read"}], "versioning": "versioned", "readHistory": False}
