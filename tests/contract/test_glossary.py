"""GLOSSARY.md says the one word of each notion; the identifiers of the four distributions keep to it."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("catalogue/src", "engine/src", "client/src", "server/src", "server/config", "tools")
COLUMNS = 4
CLASS_NAME = re.compile(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`")
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def rows_of(title: str | None) -> list[list[str]]:
    """The cells of the tables under that heading, or of every table of terms (four columns) when it is None."""
    rows: list[list[str]] = []
    heading, in_body = "", False
    for line in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        is_wanted = len(cells) == COLUMNS if title is None else heading == title
        if cells and in_body and is_wanted:
            rows.append(cells)
        in_body = bool(cells) and (in_body or set(cells[0]) == {"-"})
    return rows


def forbidden_words() -> dict[str, str]:
    """French word without accents → what to write instead."""
    return {word.strip(): code for _, code, never, _ in rows_of(None) for word in never.split(",") if word.strip()}


def french_in(
    source: str, forbidden: dict[str, str], *, parameters_are_free: bool = False
) -> Iterator[tuple[int, str, str]]:
    """Line, identifier and French word of each identifier that the source gives a name to."""
    for line, name, is_parameter in _names(ast.parse(source)):
        if is_parameter and parameters_are_free:
            continue
        for word in WORDS.findall(name):
            plain = word.lower()
            for french in (plain, plain.removesuffix("s"), plain.removesuffix("x")):
                if french in forbidden:
                    yield line, name, french
                    break


def _names(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    free = _free_parameters(tree)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name, False
            case ast.arg(arg=name):
                yield node.lineno, name, True
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name, name in free
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name, False
            case ast.alias(asname=str(name)):
                yield 0, name, False
            case _:
                pass


def _free_parameters(tree: ast.AST) -> set[str]:
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _modules() -> list[Path]:
    found = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def _seam_of(path: Path) -> str:
    """What the seam admits in that module: "everything", "parameters" or nothing."""
    for pattern, what in rows_of("The seam"):
        if path.relative_to(ROOT).match(pattern.strip("`")):
            return what.split(":")[0]
    return ""


def test_the_glossary_says_one_word_per_notion() -> None:
    assert len(rows_of(None)) > 60
    french = [term for term, *_ in rows_of(None)]
    assert len(french) == len(set(french)), "a French term stands twice"
    words = [word.strip() for _, _, never, _ in rows_of(None) for word in never.split(",") if word.strip()]
    assert len(words) == len(set(words)), "a French word is claimed by two terms"
    for word in words:
        assert word == "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).lower()


def test_no_identifier_is_french_outside_of_the_seam() -> None:
    forbidden, faults = forbidden_words(), []
    for path in _modules():
        admitted = _seam_of(path)
        if admitted == "everything":
            continue
        source = path.read_text(encoding="utf-8")
        for line, name, word in french_in(source, forbidden, parameters_are_free=admitted == "parameters"):
            faults.append(f"{path.relative_to(ROOT)}:{line}: {name} ({word}: write {forbidden[word]})")
    assert not faults, "\n".join(faults)


def test_every_class_named_in_the_glossary_exists() -> None:
    named = {name for *_, note in rows_of(None) for name in CLASS_NAME.findall(note)}
    defined = {
        node.name
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert len(named) > 20
    assert not named - defined


def test_every_place_of_the_seam_exists() -> None:
    for pattern, what in rows_of("The seam"):
        assert list(ROOT.glob(pattern.strip("`"))), pattern
        assert what.split(":")[0] in ("everything", "parameters")


@pytest.mark.parametrize(
    "source",
    [
        "def lire_collecte(): ...",
        "class Collectes: ...",
        "def check(usager): ...",
        "anomalies_bloquantes = regles_lues = 1",
        "self.empreinte = 1",
        "import finess as etablissement",
        "nombreUsagers = 1",
    ],
)
def test_a_french_identifier_is_seen(source: str) -> None:
    assert list(french_in(source, forbidden_words()))


@pytest.mark.parametrize("source", ["refusal(statut='x')", "{'collecte': 1}", "status = 'en_cours'", "accused = 1"])
def test_french_strings_and_keywords_are_not_identifiers(source: str) -> None:
    assert not list(french_in(source, forbidden_words()))


def test_only_parameters_are_free_in_the_addresses() -> None:
    source = "def get(campagne):\n    campagne = campagne or 1\n    finess_collecte = 2"
    assert [name for _, name, _ in french_in(source, forbidden_words(), parameters_are_free=True)] == [
        "finess_collecte"
    ]
