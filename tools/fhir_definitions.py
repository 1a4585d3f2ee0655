"""Assemble ``fhir.json``: the packages of ``formats/fhir/``, the lists they share with CDA, what the guide contradicts.

It is a file of its own, which only the judgement of FHIR loads; ``catalogue.json`` holds its digest, so that the digest
of a verdict changes whenever these data do. Checked here: what is named exists, and nothing is defined twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalogue_problems import Data, Problems, check_unique, require

FOLDER = Path("formats", "fhir")
COMPILED = Path("src", "sidoba_catalogue", "fhir.json")

KINDS = {
    "types": ("types", "name"),
    "profils": ("profils", "url"),
    "extensions": ("profils", "url"),
    "jeux-de-valeurs": ("jeux_de_valeurs", "url"),
    "systemes-de-codes": ("systemes_de_codes", "url"),
    "questionnaires": ("questionnaires", "url"),
}
"""Folder of a package → part of the compiled file, and the member that names an element there."""

NATURES = {"ins", "rpps", "finess", "sirene", "professionnel", "structure", "metier", "local"}
CONTRADICTION = ("code", "nature", "cibles", "raison", "source", "exemple")
CORE = "http://hl7.org/fhir/StructureDefinition/"


def compile_fhir(root: Path, value_sets: Data, problems: Problems, load: Any) -> Data | None:
    """Return what ``fhir.json`` holds; None when the catalogue has no package of FHIR."""
    packages = sorted(path for path in (root / FOLDER).glob("*/") if (path / "paquet.json").is_file())
    if not packages:
        return None
    compiled: Data = {"paquets": [], **{part: {} for part, _ in KINDS.values()}}
    for package in packages:
        add_package(compiled, package, problems)
    for name in ("terminologie", "identifiants", "contradictions"):
        path = root / FOLDER / f"{name}.yaml"
        compiled |= load(path, root, problems) if path.exists() else {}
    check(problems, compiled, value_sets)
    return compiled


def rendered(compiled: Data) -> bytes:
    """The bytes of ``fhir.json``, the same on every machine."""
    return json.dumps(compiled, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def digest(content: bytes) -> str:
    """What ``catalogue.json`` holds of ``fhir.json``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def add_package(compiled: Data, package: Path, problems: Problems) -> None:
    """Add the definitions of one package; one that another package has too is a problem."""
    described = read(package / "paquet.json")
    compiled["paquets"].append({"nom": package.name, **described})
    for folder, (part, naming) in KINDS.items():
        for path in sorted((package / folder).glob("*.json")):
            content = read(path)
            if part == "profils":
                content["paquet"] = package.name
            if content[naming] in compiled[part]:
                problems.add(f"{package.name}/{folder}/{path.name}", f"{content[naming]} is already defined")
            compiled[part][content[naming]] = content


def read(path: Path) -> Data:
    content: Data = json.loads(path.read_text(encoding="utf-8"))
    return content


def check(problems: Problems, compiled: Data, value_sets: Data) -> None:
    """What is named exists."""
    for url, named in compiled.get("memes_listes", {}).items():
        problems.unless_among("terminologie.yaml", f"the value set of {url}", named, value_sets)
    for url, profile in compiled["profils"].items():
        check_profile(problems, url, profile, compiled)
    oids = {version.get("oid") for versions in value_sets.values() for version in versions.values()}
    for url, value_set in compiled["jeux_de_valeurs"].items():
        if "nomenclature" in value_set:
            problems.unless_among(url, "the value set", value_set["nomenclature"], oids - {None})
    for entry in compiled.get("identifiants", ()):
        problems.unless_among("identifiants.yaml", "the nature", entry.get("nature"), NATURES)
    check_unique(problems, "identifiants.yaml", [entry.get("systeme") for entry in compiled.get("identifiants", ())])
    for entry in compiled.get("contradictions", ()):
        require(problems, f"contradictions.yaml {entry.get('code')}", entry, CONTRADICTION)
    check_unique(problems, "contradictions.yaml", [entry.get("code") for entry in compiled.get("contradictions", ())])


def check_profile(problems: Problems, url: str, profile: Data, compiled: Data) -> None:
    """The type of a profile, and the profiles that its types have to follow, are held."""
    problems.unless_among(url, "the type", profile["type"], compiled["types"])
    for place, named in profiles_named(profile):
        if named not in compiled["profils"] and named.removeprefix(CORE) not in compiled["types"]:
            problems.add(f"{url} {place}", f"{named} is not held: import the package that defines it")


def profiles_named(profile: Data) -> Iterator[tuple[str, str]]:
    """Yield each profile that a type of an element has to follow, with its place."""
    for place, said in profile["elements"].items():
        for entry in said.get("types", ()):
            if isinstance(entry, dict):
                yield from ((place, named.partition("|")[0]) for named in entry.get("profile", ()))
