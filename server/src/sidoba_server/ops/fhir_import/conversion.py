"""A package of FHIR definitions, turned into the files that the catalogue keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.value_set import ValueSet

from sidoba_server.ops.exit_codes import Refused
from sidoba_server.ops.fhir_import.base import CORE, BaseTypes
from sidoba_server.ops.fhir_import.layout import Files, file_name
from sidoba_server.ops.fhir_import.overlay import Overlays
from sidoba_server.ops.fhir_import.package_reading import Package
from sidoba_server.ops.fhir_import.statements import Data, statements
from sidoba_server.ops.fhir_import.terminology import short_code_system, short_questionnaire, short_value_set

DESCRIPTION = "paquet.json"
TYPES, PROFILES, EXTENSIONS = "types", "profils", "extensions"
VALUE_SETS, CODE_SYSTEMS, QUESTIONNAIRES = "jeux-de-valeurs", "systemes-de-codes", "questionnaires"

_TYPE_KINDS = ("primitive-type", "complex-type", "resource")


@dataclass(frozen=True, slots=True)
class Held:
    """What the catalogue holds already: the files of each other package, and its published lists by OID."""

    packages: Mapping[str, Files]
    published: Mapping[str, ValueSet]

    def of_folder(self, folder: str) -> Iterator[Data]:
        """The files of one kind, of all packages."""
        for files in self.packages.values():
            yield from (content for name, content in files.items() if name.startswith(f"{folder}/"))


@dataclass(slots=True)
class Converted:
    """The files of a package, and the definitions left out: `(address, why)`."""

    files: Files = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def add(self, folder: str, resource: Mapping[str, Any], content: Data) -> None:
        """Keep the content of a resource. Raises Refused for two resources of one id."""
        name = f"{folder}/{file_name(resource.get('id'), resource['url'])}"
        if name.lower() in {known.lower() for known in self.files}:
            raise Refused(f"{resource['url']} : un autre fichier du paquet a le même identifiant.")
        self.files[name] = content


def convert(package: Package, held: Held) -> Converted:
    """Raises Refused for definitions that do not hold together, or whose base is not held."""
    made = Converted()
    made.files[DESCRIPTION] = _description(package.description)
    definitions = package.resources["StructureDefinition"]
    for definition in definitions:
        if _is_type(definition):
            made.add(TYPES, definition, _type(definition))
    _add_profiles(made, definitions, held)
    for resource in package.resources["ValueSet"]:
        made.add(VALUE_SETS, resource, short_value_set(resource, held.published))
    for resource in package.resources["CodeSystem"]:
        made.add(CODE_SYSTEMS, resource, short_code_system(resource))
    for resource in package.resources["Questionnaire"]:
        made.add(QUESTIONNAIRES, resource, short_questionnaire(resource))
    return Converted(dict(sorted(made.files.items())), made.left_out)


def _add_profiles(made: Converted, definitions: tuple[Mapping[str, Any], ...], held: Held) -> None:
    types = {content["name"]: content for content in held.of_folder(TYPES)}
    types |= {content["name"]: content for name, content in made.files.items() if name.startswith(f"{TYPES}/")}
    base = BaseTypes(types)
    known = {
        content["url"]: content["elements"] for folder in (PROFILES, EXTENSIONS) for content in held.of_folder(folder)
    }
    profiles = {entry["url"]: entry for entry in definitions if entry.get("derivation") == "constraint"}
    overlays = Overlays(base, known, profiles)
    for url, definition in profiles.items():
        if str(definition.get("type")) not in base:
            made.left_out.append((url, f"le type {definition.get('type')} n'est pas dans le catalogue"))
            continue
        folder = EXTENSIONS if definition["type"] == "Extension" else PROFILES
        made.add(folder, definition, {**_profile_head(definition), "elements": overlays.of(url)})


def _is_type(definition: Mapping[str, Any]) -> bool:
    return definition.get("derivation") != "constraint" and definition.get("kind") in _TYPE_KINDS


def _type(definition: Mapping[str, Any]) -> Data:
    parent = str(definition.get("baseDefinition", "")).removeprefix(CORE)
    elements = {entry.get("id", entry["path"]): statements(entry) for entry in _snapshot(definition)}
    head: Data = {"name": definition["type"], "kind": definition["kind"]}
    if parent:
        head["base"] = parent
    if definition.get("abstract"):
        head["abstract"] = True
    return {**head, "elements": elements}


def _snapshot(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    elements: list[Mapping[str, Any]] = definition.get("snapshot", {}).get("element", [])
    if not elements:
        raise Refused(f"{definition['url']} : un type de base se lit de son « snapshot », qui manque.")
    return elements


def _profile_head(definition: Mapping[str, Any]) -> Data:
    said: Data = {
        name: definition[name] for name in ("url", "id", "name", "version", "type", "kind") if definition.get(name)
    }
    said["base"] = definition["baseDefinition"]
    if definition.get("abstract"):
        said["abstract"] = True
    if contexts := [[entry["type"], entry["expression"]] for entry in definition.get("context", ())]:
        said["context"] = contexts
    return said


def _description(description: Mapping[str, Any]) -> Data:
    kept = ("name", "version", "canonical", "license", "fhirVersions", "description", "author", "dependencies")
    return {name: description[name] for name in kept if description.get(name)}
