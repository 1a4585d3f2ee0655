"""The files of a package in the catalogue: JSON that people review, one statement a line, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sidoba_server.ops.exit_codes import Refused

WIDTH = 160
"""Characters of a line; what is longer is cut at its own members."""

PACKAGES = Path("formats", "fhir")
"""Where packages are in the catalogue's folder, each in a folder of its name."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-.]{0,127}")

Files = dict[str, Any]
"""Content of each file by its path inside the package's folder."""


def file_name(identity: object, what: str) -> str:
    """The name of the file that holds a definition. Raises Refused for an id that FHIR does not allow."""
    if not isinstance(identity, str) or not _NAME.fullmatch(identity) or identity.endswith("."):
        raise Refused(f"{what} : l'identifiant {str(identity)[:80]!r} n'est pas un identifiant FHIR.")
    return f"{identity}.json"


def rendered(content: Any) -> str:
    """JSON of a file, ended by a line feed."""
    return _lines(content, "") + "\n"


def read_files(folder: Path) -> Files:
    """The files of a package that the catalogue holds; empty when it holds none."""
    return {
        path.relative_to(folder).as_posix(): msgspec.json.decode(path.read_bytes())
        for path in sorted(folder.rglob("*.json"))
    }


def write_files(folder: Path, files: Files) -> None:
    """Make the folder hold these files and no other JSON."""
    for path in sorted(folder.rglob("*.json")):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, content in files.items():
        path, text = folder / name, rendered(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


def _lines(value: Any, margin: str) -> str:
    short = _compact(value)
    if len(margin) + len(short) <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = margin + " "
    if isinstance(value, Mapping):
        members = [f"{inner}{_compact(name)}: {_lines(member, inner)}" for name, member in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + _lines(member, inner) for member in value) + f"\n{margin}]"


def _compact(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_compact(name)}: {_compact(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_compact, value)) + "]"
    return msgspec.json.encode(value).decode()
