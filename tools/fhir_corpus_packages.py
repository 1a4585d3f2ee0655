"""Turn the FHIR corpus into packages that `sidoba-server catalogue import` reads, as a publisher would give them.

    python tools/fhir_corpus_packages.py ../shared/corpus/fhir <folder>     write one folder a package there
    sidoba-server catalogue import <folder>/<package> --vers catalogue      for each, in the order printed

The corpus holds reconstructed definitions in a form of its own (see its README): base R4 as short elements, the guide
as differentials, terminology apart. Here they only become StructureDefinitions, ValueSets and CodeSystems again, each
in the package of its publisher; the import command does the rest, as it will with the publishers' own packages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Data = dict[str, Any]

CORE = "http://hl7.org/fhir/StructureDefinition/"
RECONSTRUCTED = "Définitions reconstituées, pas le paquet de l'éditeur."

R4, UV, MHD, FR_CORE = "hl7.fhir.r4.core", "hl7.fhir.uv.extensions", "ihe.iti.mhd", "hl7.fhir.fr.core"
ANNUAIRE, TERMINOLOGY, TDDUI = "ans.fhir.fr.annuaire", "ans.fr.terminologies", "ans.fhir.fr.tddui"

PACKAGES: dict[str, Data] = {
    R4: {"version": "4.0.1", "canonical": "http://hl7.org/fhir", "license": "CC0-1.0"},
    UV: {"version": "5.1.0", "canonical": "http://hl7.org/fhir/5.0", "license": "CC0-1.0"},
    FR_CORE: {"version": "2.1.0", "canonical": "https://hl7.fr/ig/fhir/core", "license": "CC0-1.0"},
    MHD: {"version": "4.2.0", "canonical": "https://profiles.ihe.net/ITI/MHD", "license": "CC-BY-4.0"},
    ANNUAIRE: {"version": "1.0.0", "canonical": "https://interop.esante.gouv.fr/ig/fhir/annuaire", "license": "MIT"},
    TERMINOLOGY: {"version": "2025", "canonical": "https://smt.esante.gouv.fr/fhir", "license": "etalab-2.0"},
    TDDUI: {"version": "2.4.0", "canonical": "https://interop.esante.gouv.fr/ig/fhir/tddui", "license": "MIT"},
}
"""The packages in the order of import: what one builds on comes before it."""


def write_packages(corpus: Path, target: Path) -> list[Path]:
    """Write the packages and return their folders, in the order of import."""
    by_package: dict[str, list[Data]] = {name: [] for name in PACKAGES}
    for resource in resources(corpus):
        by_package[package_of(resource["url"])].append(resource)
    for name, described in PACKAGES.items():
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "package.json", {"name": name, **described, "description": RECONSTRUCTED})
        for resource in by_package[name]:
            write(folder / f"{resource['resourceType']}-{resource['id']}.json", resource)
    return [target / name for name in PACKAGES]


def resources(corpus: Path) -> Iterator[Data]:
    """Every resource of the corpus, base R4 included."""
    r4 = read(corpus / "definitions" / "r4-elements.json")
    yield from (base_type(name, entry) for name, entry in r4["types"].items())
    yield from (core_profile(url, entry) for url, entry in r4["coreProfiles"].items())
    yield from (value_set(url, codes) for url, codes in r4["valueSets"].items())
    for folder in ("definitions/tddui", "definitions/reduced", "terminology", "questionnaires"):
        yield from (read(path) for path in sorted((corpus / folder).glob("*.json")))


def package_of(url: str) -> str:
    """The package that an address belongs to: the longest canonical it starts with; base R4 for shared systems."""
    owners = [name for name, described in PACKAGES.items() if url.startswith(described["canonical"] + "/")]
    return max(owners, key=lambda name: len(PACKAGES[name]["canonical"]), default=R4)


def base_type(name: str, entry: Data) -> Data:
    """A type of base R4 as a StructureDefinition with its snapshot."""
    definition = {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": CORE + name,
        "kind": entry["kind"],
        "abstract": entry["abstract"],
        "type": name,
        "derivation": "specialization",
        "snapshot": {"element": [element(short) for short in entry["elements"]]},
    }
    return definition | ({"baseDefinition": CORE + entry["base"]} if entry["base"] else {})


def core_profile(url: str, entry: Data) -> Data:
    """A profile of base R4 as a StructureDefinition; the corpus lists what it changes, which a differential says."""
    head = {name: entry[name] for name in entry if name != "elements"}
    elements = [element(short) for short in entry["elements"]]
    return {"resourceType": "StructureDefinition", "url": url, **head, "differential": {"element": elements}}


def element(short: Data) -> Data:
    """A short element of the corpus as an ElementDefinition."""
    renamed = {"types": "type", "constraints": "constraint"}
    plain = {
        renamed.get(name, name): value
        for name, value in short.items()
        if name not in ("regex", "fixed", "pattern", "binding")
    }
    plain.setdefault("id", short["path"])
    for kind in ("fixed", "pattern"):
        if exact := short.get(kind):
            plain[kind + exact["type"][0].upper() + exact["type"][1:]] = exact["value"]
    if regex := short.get("regex"):
        plain["type"] = [{**plain["type"][0], "extension": [{"url": CORE + "regex", "valueString": regex}]}]
    if binding := short.get("binding"):
        plain["binding"] = bound(binding)
    return plain


def bound(binding: Data) -> Data:
    """A binding whose largest value set is said as FHIR says it, by an extension."""
    plain = {name: value for name, value in binding.items() if name != "maxValueSet"}
    if "maxValueSet" in binding:
        url = CORE + "elementdefinition-maxValueSet"
        plain["extension"] = [{"url": url, "valueCanonical": binding["maxValueSet"]}]
    return plain


# What these value sets of base R4 are, by their definition: all the codes of a system that nobody lists.
WHOLE = {
    "http://hl7.org/fhir/ValueSet/all-distance-units": "http://unitsofmeasure.org",
    "http://hl7.org/fhir/ValueSet/all-languages": "urn:ietf:bcp:47",
    "http://hl7.org/fhir/ValueSet/all-time-units": "http://unitsofmeasure.org",
    "http://hl7.org/fhir/ValueSet/currencies": "urn:iso:std:iso:4217",
    "http://hl7.org/fhir/ValueSet/mimetypes": "urn:ietf:bcp:13",
    "http://www.rfc-editor.org/bcp/bcp13.txt": "urn:ietf:bcp:13",
}


def value_set(url: str, codes: dict[str, list[str]] | None) -> Data:
    """A value set of base R4."""
    if codes is None:
        include: list[Data] = [{"system": WHOLE[url]}]
    else:
        include = [{"system": system, "concept": coded(listed)} for system, listed in codes.items()]
    identity = url.rpartition("/")[2]
    return {"resourceType": "ValueSet", "id": identity, "url": url, "version": "4.0.1", "compose": {"include": include}}


def coded(codes: Iterable[str]) -> list[Data]:
    return [{"code": code} for code in codes]


def read(path: Path) -> Data:
    found: Data = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(path: Path, content: Data) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    print(*write_packages(Path(sys.argv[1]), Path(sys.argv[2])), sep="\n")
