"""From what is named on the command line to documents: files, folders, `-`, gzip, zip, NDJSON.

Nothing is judged here, and nothing is dropped: an archive that cannot be opened, or that grows past the bounds, comes
out as it is, for the engine to say what it is not.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from sidoba_client.errors import UsageProblem

LARGEST_DOCUMENT = 200 * 1024 * 1024
"""Bytes, decompressed: what the platform takes in one body (API contract §1, Limits)."""

LARGEST_ARCHIVE = 2 * 1024 * 1024 * 1024
MOST_MEMBERS = 20_000
CHUNK = 1024 * 1024
DOCUMENT_SUFFIXES = frozenset({".json", ".xml", ".ndjson", ".jsonl", ".gz", ".zip"})
STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Input:
    """One content to judge or send. `first_index` is the rank of the line it came from, for NDJSON."""

    name: str
    content: bytes
    first_index: int = 0


def find_files(names: Iterable[str]) -> list[str]:
    """The files behind the names given: a folder gives its documents, in order, hidden ones left out.

    Raises UsageProblem when one is missing, or a folder holds no document: before anything is read.
    """
    found: list[str] = []
    for name in names:
        path = Path(name)
        if name == STDIN or path.is_file():
            found.append(name)
        elif path.is_dir():
            inside = [str(entry) for entry in sorted(path.rglob("*")) if _is_document(entry, path)]
            if not inside:
                raise UsageProblem(
                    f"Le dossier « {name} » ne contient aucun document (.json, .xml, .ndjson, .gz, .zip)."
                )
            found += inside
        elif path.exists():
            # A pipe (`<(…)`) or a device: read as a file.
            found.append(name)
        else:
            raise UsageProblem(f"Le fichier « {name} » n'existe pas.")
    return list(dict.fromkeys(found))


def read_inputs(names: Iterable[str], *, warn: Callable[[str], None], split_lines: bool) -> Iterator[Input]:
    """Read the files one by one, opening what is compressed and, with `split_lines`, cutting NDJSON into its lines.

    `warn` is told, in French, what could not be opened and why. Raises UsageProblem when a file cannot be read.
    """
    for name in names:
        for member, content in _opened(name, _read(name), warn):
            if split_lines and is_ndjson(content):
                yield from _lines(member, content)
            else:
                yield Input(member, content)


def _is_document(path: Path, root: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return not is_hidden and path.suffix.lower() in DOCUMENT_SUFFIXES and path.is_file()


def _read(name: str) -> bytes:
    try:
        if name == STDIN:
            return _bounded(sys.stdin.buffer, name)
        with Path(name).open("rb") as file:
            return _bounded(file, name)
    except OSError as error:
        raise UsageProblem(f"Le fichier « {name} » ne peut pas être lu : {error.strerror}.") from None


def _bounded(file: IO[bytes], name: str) -> bytes:
    content = file.read(LARGEST_ARCHIVE + 1)
    if len(content) > LARGEST_ARCHIVE:
        raise UsageProblem(f"Le fichier « {name} » dépasse 2 Gio : partagez-le.")
    return content


def _opened(name: str, content: bytes, warn: Callable[[str], None]) -> Iterator[tuple[str, bytes]]:
    if content.startswith(GZIP_MAGIC):
        yield name, _gunzipped(name, content, warn)
    elif content.startswith(ZIP_MAGIC):
        yield from _unzipped(name, content, warn)
    else:
        yield name, content


def _gunzipped(name: str, content: bytes, warn: Callable[[str], None]) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            decompressed = _up_to_the_bound(stream)
    except (OSError, EOFError, zlib.error):
        warn(f"{name} : l'archive gzip est abîmée ou incomplète, elle n'a pas pu être ouverte.")
        return content
    if decompressed is None:
        warn(f"{name} : le contenu décompressé dépasse 200 Mio, il n'a pas été lu.")
        return content
    return decompressed


def _unzipped(name: str, content: bytes, warn: Callable[[str], None]) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError):
        warn(f"{name} : l'archive zip est abîmée ou incomplète, elle n'a pas pu être ouverte.")
        yield name, content
        return
    with archive:
        members = [member for member in archive.infolist() if _is_readable(member)]
        if not members:
            warn(f"{name} : l'archive zip ne contient aucun document.")
            yield name, content
            return
        if len(members) > MOST_MEMBERS:
            warn(f"{name} : l'archive zip contient {len(members)} fichiers, plus que les {MOST_MEMBERS} admis.")
            yield name, content
            return
        yield from _members(name, content, archive, members, warn)


def _members(
    name: str, content: bytes, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], warn: Callable[[str], None]
) -> Iterator[tuple[str, bytes]]:
    total = 0
    for member in members:
        inside = f"{name}/{member.filename}"
        try:
            with archive.open(member) as stream:
                decompressed = _up_to_the_bound(stream)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
            warn(f"{inside} : abîmé, chiffré ou d'une compression inconnue, il n'a pas pu être lu.")
            yield inside, content[:CHUNK]
            continue
        total += len(decompressed or b"")
        if decompressed is None or total > LARGEST_ARCHIVE:
            warn(f"{inside} : le contenu décompressé dépasse la limite, la suite de l'archive n'a pas été lue.")
            yield inside, content[:CHUNK]
            return
        yield inside, decompressed


def _is_readable(member: zipfile.ZipInfo) -> bool:
    path = Path(member.filename)
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not member.is_dir() and not is_hidden and path.suffix.lower() in DOCUMENT_SUFFIXES


def _up_to_the_bound(stream: IO[bytes] | gzip.GzipFile) -> bytes | None:
    """The content, None past the bound: memory never holds more than the bound and one chunk."""
    content = bytearray()
    while chunk := stream.read(CHUNK):
        content += chunk
        if len(content) > LARGEST_DOCUMENT:
            return None
    return bytes(content)


def is_ndjson(content: bytes) -> bool:
    """Several lines, the first a whole JSON object: then each line is a document."""
    first, _, rest = content.lstrip().partition(b"\n")
    if not (first.startswith(b"{") and first.rstrip().endswith(b"}")) or not rest.strip():
        return False
    try:
        msgspec.json.decode(first)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _lines(name: str, content: bytes) -> Iterator[Input]:
    index = 0
    for line in io.BytesIO(content):
        if line.strip():
            yield Input(name, line.rstrip(b"\r\n"), first_index=index)
            index += 1
