"""The structures of the formats (``catalogue/formats/<format>/structure/*.yaml``), put together for the catalogue.

A structure says which elements may stand where, with which attributes; ``documents.yaml`` explains its notation. Here
each name is found once and each member is known; that the whole makes sense is the engine's to tell, when it compiles
it (``compile_catalogue.py --check``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalogue_problems import Data, Problems, allow

MEMBERS = ("racine", "espaces", "avec_nil", "elements", "types", "simples", "valeurs")
TYPE_MEMBERS = ("etend", "restreint", "abstrait", "mixte", "contenu", "attributs")
SIMPLE_MEMBERS = ("base", "motif", "longueur_min", "min", "max", "liste", "union")
FLAGS = frozenset({"abstrait", "mixte"})

Load = Callable[[Path, Path, Problems], Any]


def read_structures(root: Path, problems: Problems, load: Load) -> dict[str, Data]:
    """Return ``{format: structure}``; faults are collected in `problems`."""
    structures: dict[str, Data] = {}
    for path in sorted((root / "formats").glob("*/structure/*.yaml")):
        place = path.relative_to(root).as_posix()
        structure = structures.setdefault(path.parent.parent.name, {})
        content = load(path, root, problems)
        allow(problems, place, content, MEMBERS)
        for member in (name for name in MEMBERS if name in content):
            merge(problems, place, structure, member, content[member])
    return structures


def merge(problems: Problems, place: str, structure: Data, member: str, given: Any) -> None:
    """Add what one file says under one member; a name said twice is a fault."""
    if not isinstance(given, dict):
        if member in structure or not isinstance(given, str):
            problems.add(place, f"{member} is one text, written once")
        structure[member] = given
        return
    known = structure.setdefault(member, {})
    for name in sorted(known.keys() & given.keys()):
        problems.add(place, f"{member}: {name} is already written elsewhere")
    for name, content in given.items():
        check_entry(problems, f"{place} {name}", member, content)
        known[name] = content


def check_entry(problems: Problems, place: str, member: str, content: Any) -> None:
    """One type, one simple type, or one text."""
    if member not in ("types", "simples"):
        if not isinstance(content, str):
            problems.add(place, f"is a text, write it between quotes: {content!r}")
        return
    allow(problems, place, content, TYPE_MEMBERS if member == "types" else SIMPLE_MEMBERS)
    for name, value in content.items():
        expected: type = bool if name in FLAGS else int if name == "longueur_min" else str
        if not isinstance(value, expected):
            problems.add(place, f"{name} is not a {expected.__name__}: {value!r}")
    if "etend" in content and "restreint" in content:
        problems.add(place, "derives from two types")
