"""Small lots of FHIR resources (Bundle, transaction), about invented people."""

from __future__ import annotations

from typing import Any

import msgspec

LOCAL = "https://identifiant-medicosocial-localusager.esante.gouv.fr"
STAY = "https://identifiant-medicosocial-sejour.esante.gouv.fr"
STRUCTURE = "urn:oid:1.2.250.1.71.4.2.2"
GUIDE = "https://interop.esante.gouv.fr/ig/fhir/tddui"
HL7_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
NATIONAL = "urn:oid:1.2.250.1.71.4.2.1"


def url(name: str) -> str:
    """The `fullUrl` of a resource of a lot."""
    return f"https://dui.exemple.fr/fhir/{name}"


def resource(kind: str, name: str, /, **members: Any) -> dict[str, Any]:
    """An entry that creates a resource."""
    return {
        "fullUrl": url(f"{kind}/{name}"),
        "resource": {"resourceType": kind, "id": name, **members},
        "request": {"method": "POST", "url": kind},
    }


def reference(name: str) -> dict[str, str]:
    """A reference to `Type/id` of the same lot."""
    return {"reference": name}


def person(number: int, **members: Any) -> dict[str, Any]:
    """A service user, known by the establishment's own number."""
    given = {
        "meta": profile("patient"),
        "identifier": [
            {"type": {"coding": [{"system": HL7_TYPES, "code": "PI"}]}, "system": LOCAL, "value": code(number)}
        ],
        "name": [{"use": "official", "family": f"FICTIF-{number}", "given": ["Camille"]}],
        "birthDate": "1947-04-03",
        "_birthDate": {"extension": [{"url": f"{GUIDE}/StructureDefinition/tddui-birth-order", "valuePositiveInt": 1}]},
    }
    return resource("Patient", f"usager-{number}", **{**given, **members})


def stay(number: int, *, practitioner: str | None = None, **members: Any) -> dict[str, Any]:
    """A stay of that service user in `organization`, with a professional or not."""
    kind = {
        "system": f"{GUIDE}/CodeSystem/tddui-encounter-identifier",
        "code": "SEJ",
        "display": "Identifiant du séjour",
    }
    given: dict[str, Any] = {
        "meta": profile("encounter-sejour"),
        "identifier": [{"type": {"coding": [kind]}, "system": STAY, "value": f"{code(number)}-SEJOUR-1"}],
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "subject": {"reference": url(f"Patient/usager-{number}")},
        "serviceProvider": reference("Organization/service"),
    }
    if practitioner is not None:
        given["participant"] = [{"individual": reference(practitioner)}]
    return resource("Encounter", f"sejour-{number}", **{**given, **members})


def professional(name: str, number: str) -> dict[str, Any]:
    """A professional, known by their national number."""
    identifier = {"system": NATIONAL, "value": number}
    return resource("Practitioner", name, meta=profile("practitioner"), identifier=[identifier])


def organization(finess: str = "019999994") -> dict[str, Any]:
    """The establishment."""
    kind = {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "IDNST"}
    identifier = {"type": {"coding": [kind]}, "system": STRUCTURE, "value": f"1{finess}"}
    return resource("Organization", "service", meta=profile("organization"), identifier=[identifier])


def code(number: int) -> str:
    """The business identifier of a service user."""
    return f"3019999994/{number:06d}"


def profile(name: str) -> dict[str, list[str]]:
    """The `meta` of a resource that follows that profile of the guide."""
    return {"profile": [f"{GUIDE}/StructureDefinition/tddui-{name}"]}


def lot(*entries: dict[str, Any]) -> bytes:
    """The body of WS09."""
    return msgspec.json.encode({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)})
