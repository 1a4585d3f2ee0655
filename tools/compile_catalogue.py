"""Compile the YAML of ``catalogue/`` into the JSON that the package ships.

    python tools/compile_catalogue.py           write catalogue.json (untouched when nothing changed)
    python tools/compile_catalogue.py --check   write nothing; exit 1 and name what is wrong or differs

YAML is what people read and review; the JSON is what programs load. Everything is checked on the way, so that a fault
in the data is found here, with its file and its place, and never by a verdict: attributes (``catalogue_checks``),
controls that repeat or contradict one another (``catalogue_controls``). ``--check`` also loads the result as a program
does, tries every example both ways and compares the digests of published versions (``catalogue_loading``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from catalogue_checks import check_models, check_rules, check_value_set
from catalogue_problems import Data, Problems, check_unique, require
from catalogue_structure import read_structures
from cda_tables import expand
from fhir_definitions import COMPILED as FHIR
from fhir_definitions import compile_fhir, digest
from fhir_definitions import rendered as rendered_fhir

CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
COMPILED = Path("src", "sidoba_catalogue", "catalogue.json")

# The lists of the compiled catalogue, and the member that names one of their elements.
NAMED_BY = {
    "modeles": "code",
    "regles": "id",
    "refus": "code",
    "roles": "code",
    "paquets": "nom",
    "identifiants": "systeme",
    "contradictions": "code",
}


class PlainLoader(yaml.CSafeLoader):
    """YAML where ``oui``, ``no`` or ``2025-01-01`` stay texts, and where a key written twice is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key written twice: {key.value}", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp" and not (tag.endswith(":bool") and first not in "tf")
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path, root: Path, problems: Problems) -> Any:
    """Read one YAML file; a syntax fault is a problem with its line, and the file counts as empty."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader) or {}  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        problems.add(path.relative_to(root).as_posix(), str(fault).replace("\n", " "))
        return {}


def compile_catalogue(root: Path, problems: Problems) -> Data:
    """Assemble the whole catalogue found under `root`; faults are collected in `problems`."""
    identity = load(root / "catalogue.yaml", root, problems)
    require(problems, "catalogue.yaml", identity, ("version", "documentation"))
    if not isinstance(identity.get("version"), str):
        problems.add("catalogue.yaml", "the version is a text, write it between quotes")
    compiled: Data = {
        "version": identity.get("version"),
        "documentation": identity.get("documentation"),
        "modeles": list(read_models(root, problems)),
        "nomenclatures": read_value_sets(root, problems),
        "regles": [],
        "refus": read_list(root, "refus", problems),
        "roles": read_list(root, "roles", problems),
        "tables": read_tables(root, problems),
        "structures": read_structures(root, problems, load),
        "modeles_cda": read_templates(root, problems),
    }
    rules = [*read_rules(root, problems), *read_tables_of_rules(root, compiled["nomenclatures"], problems)]
    compiled["regles"] = sorted(rules, key=lambda rule: str(rule.get("id")))
    check_models(problems, compiled["modeles"], compiled["nomenclatures"])
    check_rules(problems, compiled["regles"])
    check_unique(problems, "refus.yaml", [refusal.get("code") for refusal in compiled["refus"]])
    check_unique(problems, "roles.yaml", [role.get("code") for role in compiled["roles"]])
    return compiled


def read_models(root: Path, problems: Problems) -> Iterator[Data]:
    """Yield each model with its controls and its example, in the order of code and version."""
    for path in sorted((root / "modeles").glob("*/*/modele.yaml")):
        model = load(path, root, problems)
        rules = load(path.with_name("regles.yaml"), root, problems)
        example = path.with_name("exemple.yaml")
        place = path.parent.relative_to(root).as_posix()
        named = (model.get("code"), model.get("version"))
        if named != (path.parent.parent.name, path.parent.name):
            problems.add(place, f"the model calls itself {named[0]} {named[1]}")
        yield {**model, "controles": rules.get("controles", []), "exemple": load(example, root, problems)}


def read_value_sets(root: Path, problems: Problems) -> dict[str, Data]:
    """Return ``{name: {version: value set}}``."""
    value_sets: dict[str, Data] = {}
    for path in sorted((root / "nomenclatures").glob("*/*.yaml")):
        place = path.relative_to(root).as_posix()
        value_set = load(path, root, problems)
        check_value_set(problems, place, value_set)
        if value_set.get("version") != path.stem:
            problems.add(place, f"the value set calls itself version {value_set.get('version')}")
        value_sets.setdefault(path.parent.name, {})[path.stem] = value_set
    return value_sets


def read_tables(root: Path, problems: Problems) -> Data:
    """Return ``{name: table}``: what the functions of the control language compute with."""
    tables = {path.stem: load(path, root, problems) for path in sorted((root / "tables").glob("*.yaml"))}
    for name, table in tables.items():
        require(problems, f"tables/{name}.yaml", table, ("version", "libelle", "source", "licence"))
    return tables


def read_rules(root: Path, problems: Problems) -> Iterator[Data]:
    """Yield the rules of every YAML under ``formats/`` that has a list ``regles``.

    `depuis`, `domaine` and `rubrique` may be said once, at the head of a file.
    """
    for path in sorted((root / "formats").rglob("*.yaml")):
        content = load(path, root, problems)
        if not isinstance(content, dict) or "regles" not in content:
            continue
        inherited = {name: content[name] for name in ("depuis", "domaine", "rubrique") if name in content}
        for rule in content["regles"]:
            yield {**inherited, **rule}


def read_tables_of_rules(root: Path, value_sets: Data, problems: Problems) -> Iterator[Data]:
    """Yield the rules of the tables of templates: the YAML under ``formats/`` that has a mapping ``tableau``."""
    yield from expand(read_template_files(root, problems), value_sets, problems)


def read_template_files(root: Path, problems: Problems) -> dict[str, Data]:
    """Return ``{place: content}`` of the tables of templates."""
    files = {
        path.relative_to(root).as_posix(): load(path, root, problems)
        for path in sorted((root / "formats").rglob("*.yaml"))
    }
    return {place: content for place, content in files.items() if isinstance(content, dict) and "tableau" in content}


def read_templates(root: Path, problems: Problems) -> Data:
    """Return ``{oid: {nom, libelle, contexte}}``: how people call the templates of CDA, and where these apply."""
    return {
        content["modele"]: {name: content.get(name, "") for name in ("nom", "libelle", "contexte")}
        for content in read_template_files(root, problems).values()
        if "modele" in content
    }


def read_list(root: Path, name: str, problems: Problems) -> list[Data]:
    """Return the list of ``<name>.yaml`` (bare, or under the member `name`) by code; empty without the file."""
    path = root / f"{name}.yaml"
    if not path.exists():
        return []
    content = load(path, root, problems)
    elements = content.get(name, []) if isinstance(content, dict) else content
    for element in elements:
        require(problems, path.name, element, ("code",))
    return sorted(elements, key=lambda element: str(element.get("code")))


def render(compiled: Data) -> bytes:
    """Return the bytes of the compiled catalogue: compact, in the order of the sources, the same on every machine."""
    return json.dumps(compiled, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def differences(before: Data, after: Data) -> Iterator[str]:
    """Yield the name of each part that is not the same in both."""
    for part in after:
        old, new = before.get(part), after[part]
        if part == "nomenclatures":
            old = {f"{name} {version}": v for name, versions in (old or {}).items() for version, v in versions.items()}
            new = {f"{name} {version}": v for name, versions in new.items() for version, v in versions.items()}
        elif isinstance(new, dict):
            old = old or {}
        elif part in NAMED_BY:
            old, new = by_name(old or [], NAMED_BY[part]), by_name(new, NAMED_BY[part])
        elif old != new:
            yield f"{part}: {old} -> {new}"
            continue
        else:
            continue
        yield from (f"{part}: {name} is new" for name in sorted(new.keys() - old.keys()))
        yield from (f"{part}: {name} is gone" for name in sorted(old.keys() - new.keys()))
        yield from (f"{part}: {name} has changed" for name in sorted(new.keys() & old.keys()) if new[name] != old[name])


def by_name(elements: list[Data], member: str) -> dict[str, Data]:
    """Index elements by what names them (a model by its code and version)."""
    return {" ".join(str(element[m]) for m in (member, "version") if m in element): element for element in elements}


def read_frozen(root: Path, problems: Problems) -> list[Data]:
    """Return the digests of the published versions (``empreintes.yaml``)."""
    path = root / "empreintes.yaml"
    content = load(path, root, problems) if path.exists() else {}
    return list(content.get("empreintes", ()))


def main(arguments: list[str] | None = None) -> int:
    """Compile, or check and compare; return the exit status."""
    parser = argparse.ArgumentParser(description="Compile catalogue/*.yaml into the JSON of the package.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; load it as the engine does, exit 1 and name what is wrong"
    )
    parser.add_argument(
        "--root", type=Path, default=CATALOGUE, help="folder of the catalogue (default: this checkout's)"
    )
    options = parser.parse_args(arguments)
    problems = Problems()
    compiled = compile_catalogue(options.root, problems)
    files: dict[Path, bytes] = {}
    if fhir := compile_fhir(options.root, compiled["nomenclatures"], problems, load):
        files[options.root / FHIR] = rendered_fhir(fhir)
        compiled["fhir"] = digest(files[options.root / FHIR])
    files[options.root / COMPILED] = rendered = render(compiled)
    if options.check and not problems:
        from catalogue_loading import check_loaded  # the engine, which writing does without

        check_loaded(problems, rendered, read_frozen(options.root, problems))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    return max((compare if options.check else write)(target, content) for target, content in files.items())


def write(target: Path, rendered: bytes) -> int:
    """Write one compiled file and tell what changes in it; return the exit status."""
    if changes := changed(target, rendered):
        print("\n".join(changes))
        target.write_bytes(rendered)
    print(f"{target.name} {'written' if changes else 'is up to date'} ({len(rendered)} bytes)")
    return 0


def compare(target: Path, rendered: bytes) -> int:
    """Tell what differs from the compiled file that stands; return the exit status."""
    if changes := changed(target, rendered):
        print(*changes, "run: python tools/compile_catalogue.py", sep="\n", file=sys.stderr)
        return 1
    print(f"{target.name} is up to date ({len(rendered)} bytes)")
    return 0


def changed(target: Path, rendered: bytes) -> list[str]:
    """What `rendered` changes in the compiled catalogue that stands; empty when nothing does."""
    stored = target.read_bytes() if target.exists() else b"{}"
    if rendered == stored:
        return []
    return list(differences(json.loads(stored), json.loads(rendered))) or ["the order or the layout has changed"]


if __name__ == "__main__":
    sys.exit(main())
