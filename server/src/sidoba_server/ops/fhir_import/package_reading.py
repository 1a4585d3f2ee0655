"""Read a FHIR package: a folder of JSON files, or the `.tgz` that publishers distribute.

A `.tgz` is data from elsewhere: links, paths that leave the archive, too many files and too many bytes are refused
before anything is kept. Layout of a package: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import msgspec

from sidoba_server.ops.exit_codes import Misused, Refused

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of one JSON file; the largest value set of hl7.fhir.r4.core has a third of it."""

LARGEST_PACKAGE = 512 * 1024 * 1024
"""Bytes of a whole package once decompressed."""

MOST_FILES = 50_000

KEPT = ("StructureDefinition", "ValueSet", "CodeSystem", "Questionnaire")
"""Resource types that the catalogue is made from."""

DESCRIPTION = "package.json"


@dataclass(frozen=True, slots=True)
class Package:
    """A package: what it says of itself, and its resources by type, in the order of their addresses."""

    description: Mapping[str, Any]
    resources: Mapping[str, tuple[Mapping[str, Any], ...]]


def read_package(source: Path) -> Package:
    """Read a folder or a `.tgz`.

    Raises Misused when there is nothing to read there, Refused when the content is not a package that can be trusted.
    """
    if source.is_dir():
        return _assembled(_files_of_folder(source), source)
    if source.is_file():
        return _assembled(_files_of_archive(source), source)
    raise Misused(f"« {source} » n'existe pas : donnez un dossier de définitions FHIR, ou un paquet .tgz.")


def _assembled(files: Iterator[tuple[str, bytes]], source: Path) -> Package:
    description: Mapping[str, Any] = {}
    found: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in KEPT}
    for name, content in files:
        data = _decoded(name, content)
        if PurePosixPath(name).name == DESCRIPTION:
            description = data
        elif (kind := data.get("resourceType")) in found:
            _keep(found[kind], data, name)
    if not any(found.values()):
        raise Refused(f"« {source} » ne contient aucune définition FHIR ({', '.join(KEPT)}).")
    return Package(description, {kind: tuple(by_url[url] for url in sorted(by_url)) for kind, by_url in found.items()})


def _keep(by_url: dict[str, Mapping[str, Any]], data: Mapping[str, Any], name: str) -> None:
    url = data.get("url")
    if not isinstance(url, str) or not url:
        raise Refused(f"« {name} » n'a pas d'adresse (url) : une définition FHIR en a toujours une.")
    if by_url.get(url, data) != data:
        raise Refused(f"« {name} » définit {url}, qu'un autre fichier du paquet définit autrement.")
    by_url[url] = data


def _decoded(name: str, content: bytes) -> Mapping[str, Any]:
    try:
        data = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Refused(f"« {name} » n'est pas du JSON lisible.") from fault
    return data if isinstance(data, dict) else {}


def _files_of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The JSON files of a folder, or of its subfolder `package` when it is an unpacked one; links are not followed."""
    root = folder / "package" if (folder / "package").is_dir() else folder
    paths = sorted(path for path in root.iterdir() if path.suffix == ".json" and not path.is_symlink())
    _refuse_above(len(paths), MOST_FILES, "fichiers", folder)
    for path in paths:
        _refuse_above(path.stat().st_size, LARGEST_FILE, "octets", path)
        if not path.name.startswith("."):
            yield path.name, path.read_bytes()


def _files_of_archive(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The JSON files of the folder `package` of a `.tgz`, read as a stream: nothing is written to the disk."""
    try:
        with gzip.open(archive, "rb") as opened, _opened(opened, archive) as members:
            for count, member in enumerate(members, start=1):
                _refuse_above(count, MOST_FILES, "fichiers", archive)
                if _is_wanted(member, archive) and (content := members.extractfile(member)):
                    yield member.name, content.read()
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise Refused(f"« {archive} » n'est pas un paquet .tgz lisible.") from fault


def _opened(stream: gzip.GzipFile, archive: Path) -> tarfile.TarFile:
    """The members of an archive, in their order; tarfile only ever calls `read` on what it streams from."""
    return tarfile.open(fileobj=cast("IO[bytes]", _Limited(stream, archive)), mode="r|")


def _is_wanted(member: tarfile.TarInfo, archive: Path) -> bool:
    """Whether this member is one of the package's own JSON files. Raises Refused for one that a package never has."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or not (member.isfile() or member.isdir()):
        raise Refused(f"« {archive} » contient « {member.name[:80]} », qui sort du paquet ou n'est pas un fichier.")
    wanted = member.isfile() and path.suffix == ".json" and path.parts[:-1] == ("package",)
    if not wanted or path.name.startswith("."):
        return False
    _refuse_above(member.size, LARGEST_FILE, "octets", archive)
    return True


def _refuse_above(found: int, allowed: int, what: str, source: Path) -> None:
    if found > allowed:
        raise Refused(f"« {source} » dépasse {allowed} {what} : ce n'est pas un paquet de définitions.")


class _Limited:
    """A stream that gives at most `LARGEST_PACKAGE` bytes: an archive that says more is refused on the way."""

    def __init__(self, stream: gzip.GzipFile, source: Path) -> None:
        self._stream, self._source, self._given = stream, source, 0

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(min(size, LARGEST_PACKAGE + 1) if size >= 0 else LARGEST_PACKAGE + 1)
        self._given += len(content)
        _refuse_above(self._given, LARGEST_PACKAGE, "octets", self._source)
        return content
