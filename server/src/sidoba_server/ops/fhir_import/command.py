"""What `sidoba-server catalogue import` does: read a package, turn it into data, write them, say what changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sidoba_engine.catalogue import CatalogueError, load_catalogue
from sidoba_engine.value_set import ValueSet

from sidoba_server.ops.exit_codes import Misused, Refused
from sidoba_server.ops.fhir_import.changes import changes
from sidoba_server.ops.fhir_import.conversion import CODE_SYSTEMS, EXTENSIONS, PROFILES, TYPES, Converted, Held, convert
from sidoba_server.ops.fhir_import.layout import PACKAGES, Files, file_name, read_files, write_files
from sidoba_server.ops.fhir_import.package_reading import read_package

COMPILED = Path("src", "sidoba_catalogue", "catalogue.json")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done: where, how many files, what changed, what was left out."""

    folder: Path
    files: int
    changes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def lines(self) -> Iterator[str]:
        """The report, in French."""
        yield from self.changes
        yield from (f"! {url} : laissé de côté, {why}" for url, why in self.left_out)
        told = f"{len(self.changes)} changement(s)" if self.changes else "rien n'a changé"
        yield f"{self.folder} : {self.files} fichier(s), {told}."


def import_package(source: Path, catalogue: Path, *, name: str = "") -> Imported:
    """Import a package into the folder of a catalogue, under its own name or the one given.

    Raises Misused when an argument is wrong, Refused when the package or the catalogue is.
    """
    packages = catalogue / PACKAGES
    if not (catalogue / "catalogue.yaml").is_file():
        raise Misused(f"« {catalogue} » n'est pas le dossier d'un catalogue : on y attend catalogue.yaml.")
    package = read_package(source)
    named = name or package.description.get("name")
    if not named:
        raise Misused("Ce paquet ne dit pas son nom (package.json) : donnez-le avec --nom.")
    folder = packages / file_name(named, "Nom du paquet").removesuffix(".json")
    held = {path.name: read_files(path) for path in sorted(packages.glob("*/")) if path.is_dir() and path != folder}
    made = convert(package, Held(held, _published(catalogue)))
    _refuse_doubles(made, held)
    before = read_files(folder) if folder.is_dir() else {}
    write_files(folder, made.files)
    return Imported(folder, len(made.files), tuple(changes(before, made.files)), tuple(made.left_out))


def _published(catalogue: Path) -> Mapping[str, ValueSet]:
    """The published lists of the catalogue, by OID."""
    try:
        loaded = load_catalogue((catalogue / COMPILED).read_bytes())
    except FileNotFoundError:
        return {}
    except (CatalogueError, ValueError) as fault:
        raise Refused(f"« {catalogue / COMPILED} » ne se lit pas : compilez le catalogue d'abord.") from fault
    return {value_set.oid: value_set for value_set in loaded.value_sets.values() if value_set.oid}


def _refuse_doubles(made: Converted, held: Mapping[str, Files]) -> None:
    """One definition has one place: a second package that defines it differently would be a silent choice."""
    places = {url: name for name, files in held.items() for url in _addresses(files)}
    doubles = [f"{url} (déjà dans {places[url]})" for url in _addresses(made.files) if url in places]
    if doubles:
        raise Refused(
            f"{len(doubles)} définition(s) sont déjà dans un autre paquet du catalogue : {' ; '.join(doubles[:5])}. "
            "Retirez-les de l'un des deux."
        )


def _addresses(files: Files) -> Iterator[str]:
    for name, content in files.items():
        folder = name.partition("/")[0]
        if folder == TYPES:
            yield content["name"]
        elif folder in (PROFILES, EXTENSIONS, CODE_SYSTEMS) or "url" in content:
            yield content["url"]
