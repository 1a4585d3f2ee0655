"""The definitions that FHIR data are judged by: base R4, FR Core, the TDDUI guide, their terminology.

    definitions = fhir_definitions(catalogue)

They are in a file of their own (`fhir.json` of `sidoba-catalogue`), read the first time FHIR is judged: other formats
do not wait for it. The catalogue holds its digest, so that a verdict's digest speaks of these data too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import sidoba_catalogue

from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.formats.fhir.structure_reading import read_profile, read_types
from sidoba_engine.formats.fhir.structures import (
    UNBOUNDED,
    AllowedType,
    Binding,
    Constraint,
    Context,
    Contradiction,
    Discriminator,
    Element,
    ExactValue,
    IdentifierSystem,
    Package,
    Profile,
    ProfileElement,
    Slicing,
    TypeDefinition,
)
from sidoba_engine.formats.fhir.terminology import Terminology
from sidoba_engine.formats.fhir.type_model import TypeModel
from sidoba_engine.formats.fhir.value_sets import CodeSystem, FhirValueSet, Membership

__all__ = [
    "UNBOUNDED",
    "AllowedType",
    "Binding",
    "CodeSystem",
    "Constraint",
    "Context",
    "Contradiction",
    "Definitions",
    "Discriminator",
    "Element",
    "ExactValue",
    "FhirValueSet",
    "IdentifierSystem",
    "Membership",
    "Package",
    "Profile",
    "ProfileElement",
    "Slicing",
    "TypeDefinition",
    "TypeModel",
    "fhir_definitions",
    "load_definitions",
]

GUIDE = "ans.fhir.fr.tddui"
"""The package whose profiles a resource without declared profile is judged by."""

RESOURCE_TYPES = "http://hl7.org/fhir/ValueSet/resource-types"
ABSTRACT = frozenset({"Resource", "DomainResource"})


@dataclass(frozen=True, slots=True, eq=False)
class Definitions:
    """Everything FHIR data are judged by. `profiles` holds the extensions too; `extensions` only them.

    `resource_types` names every concrete resource of R4, of which `types` defines those that the guide can meet.
    `former_systems`: identifier systems of the guide's older hosts → the systems that replaced them.
    """

    digest: str
    packages: tuple[Package, ...]
    types: Mapping[str, TypeDefinition] = field(repr=False)
    resource_types: frozenset[str] = field(repr=False)
    profiles: Mapping[str, Profile] = field(repr=False)
    extensions: Mapping[str, Profile] = field(repr=False)
    profiles_of_guide: Mapping[str, tuple[Profile, ...]] = field(repr=False)
    value_sets: Mapping[str, FhirValueSet] = field(repr=False)
    code_systems: Mapping[str, CodeSystem] = field(repr=False)
    questionnaires: Mapping[str, Mapping[str, Any]] = field(repr=False)
    identifier_systems: Mapping[str, IdentifierSystem] = field(repr=False)
    former_systems: Mapping[str, str] = field(repr=False)
    contradictions: tuple[Contradiction, ...] = field(repr=False)
    model: TypeModel = field(repr=False)

    def element_at(self, path: str) -> Element:
        """The element of base R4 at that path (`Questionnaire.item`), as content references say. Raises KeyError."""
        name, *steps = path.split(".")
        children, element = self.types[name].elements, None
        for step in steps:
            element = children[step.removesuffix("[x]")]
            children = element.children
        if element is None:
            raise KeyError(path)
        return element

    def tolerated(self, kind: str, target: str) -> Contradiction | None:
        """The contradiction of the guide that makes this check unfair to this target (`*` ends a family of names)."""
        for contradiction in self.contradictions:
            if contradiction.kind == kind and any(_names(named, target) for named in contradiction.targets):
                return contradiction
        return None


@lru_cache(maxsize=4)
def fhir_definitions(catalogue: Catalogue) -> Definitions:
    """The definitions that go with a catalogue, loaded once per process.

    Raises CatalogueError when the catalogue has none, or when the installed ones are not those it was compiled with.
    """
    return load_definitions(sidoba_catalogue.read_fhir(), catalogue)


def load_definitions(compiled: bytes, catalogue: Catalogue) -> Definitions:
    """Load compiled definitions. Raises CatalogueError when they are not those of the catalogue."""
    digest = "sha256:" + hashlib.sha256(compiled).hexdigest()
    if digest != catalogue.fhir_digest:
        raise CatalogueError(f"the definitions of FHIR are {digest}, the catalogue was compiled with others")
    data = msgspec.json.decode(compiled)
    types = read_types(data["types"])
    profiles = {url: read_profile(entry) for url, entry in data["profils"].items()}
    terminology = Terminology(data, catalogue)
    return Definitions(
        digest=digest,
        packages=tuple(map(_package, data["paquets"])),
        types=types,
        resource_types=frozenset(data["jeux_de_valeurs"][RESOURCE_TYPES]["include"][0]["concepts"]) - ABSTRACT,
        profiles=profiles,
        extensions={url: profile for url, profile in profiles.items() if profile.type == "Extension"},
        profiles_of_guide=_of_guide(profiles),
        value_sets=terminology.value_sets(),
        code_systems=terminology.code_systems,
        questionnaires=data["questionnaires"],
        identifier_systems={entry["systeme"]: _identifier(entry) for entry in data.get("identifiants", ())},
        former_systems=_former_systems(data),
        contradictions=tuple(map(_contradiction, data.get("contradictions", ()))),
        model=TypeModel(types),
    )


def _of_guide(profiles: Mapping[str, Profile]) -> Mapping[str, tuple[Profile, ...]]:
    found: dict[str, list[Profile]] = {}
    for profile in profiles.values():
        if profile.package == GUIDE and profile.kind == "resource":
            found.setdefault(profile.type, []).append(profile)
    return {name: tuple(several) for name, several in found.items()}


def _package(entry: Mapping[str, Any]) -> Package:
    return Package(
        name=entry["nom"],
        version=entry.get("version"),
        canonical=entry.get("canonical"),
        licence=entry.get("license"),
        description=entry.get("description", ""),
    )


def _identifier(entry: Mapping[str, Any]) -> IdentifierSystem:
    return IdentifierSystem(
        entry["systeme"], entry["nature"], entry["libelle"], code=entry.get("code"), usage=entry.get("usage")
    )


def _former_systems(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The identifier systems of the guide's older hosts → those that replaced them."""
    return {
        entry["systeme"].replace(host["actuel"], host["ancien"], 1): entry["systeme"]
        for host in data.get("anciens_hotes", ())
        for entry in data.get("identifiants", ())
        if entry["systeme"].startswith(host["prefixe"]) and host["actuel"] in entry["systeme"]
    }


def _contradiction(entry: Mapping[str, Any]) -> Contradiction:
    return Contradiction(
        code=entry["code"],
        kind=entry["nature"],
        targets=tuple(entry["cibles"]),
        reason=entry["raison"],
        source=entry["source"],
        example=entry["exemple"],
        parameters=entry.get("parametres", {}),
    )


def _names(named: str, target: str) -> bool:
    return target.startswith(named[:-1]) if named.endswith("*") else target == named
