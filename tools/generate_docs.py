"""Write the reference pages of `docs/reference/` from what the program itself reads.

    python tools/generate_docs.py           write the pages (untouched when nothing changed)
    python tools/generate_docs.py --check   write nothing; exit 1 and name the pages that differ

Settings come from `config.environment`, states from `sidoba_engine.filing_status`, everything else from the installed
catalogue. A page written by hand has no place in that folder: one that nothing generates is named, and removed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from reference_fhir import fhir_pages
from reference_models import model_pages
from reference_pages import index_page, refusals_page, roles_page, settings_page, states_page
from reference_rules import rule_pages
from reference_value_sets import value_set_pages
from sidoba_engine.catalogue import Catalogue, installed_catalogue

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def pages(catalogue: Catalogue) -> dict[str, str]:
    """All pages: path under `docs/reference/` → text."""
    return {
        "README.md": index_page(catalogue),
        "reglages.md": settings_page(),
        "refus.md": refusals_page(catalogue),
        "etats-collecte.md": states_page(),
        "roles.md": roles_page(catalogue),
        **model_pages(catalogue),
        **rule_pages(catalogue),
        **value_set_pages(catalogue),
        **fhir_pages(catalogue),
    }


def differences(wanted: dict[str, str], folder: Path) -> Iterator[str]:
    """Name each page that is missing, not the same, or not generated any more."""
    for name, text in wanted.items():
        path = folder / name
        if not path.exists():
            yield f"{name} is missing"
        elif path.read_text(encoding="utf-8") != text:
            yield f"{name} is not up to date"
    yield from (f"{name} is not generated any more" for name in _others(wanted, folder))


def write(wanted: dict[str, str], folder: Path) -> None:
    """Bring the folder up to date."""
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in list(_others(wanted, folder)):
        (folder / name).unlink()


def _others(wanted: dict[str, str], folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            yield path.relative_to(folder).as_posix()


def main(arguments: list[str] | None = None) -> int:
    """Write, or compare; return the exit status."""
    parser = argparse.ArgumentParser(
        description="Write docs/reference/ from the catalogue, the settings and the states."
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 and name what differs")
    parser.add_argument("--folder", type=Path, default=REFERENCE, help="where the pages are (default: docs/reference)")
    options = parser.parse_args(arguments)
    wanted = pages(installed_catalogue())
    changes = list(differences(wanted, options.folder))
    if not changes:
        print(f"docs/reference is up to date ({len(wanted)} pages)")
        return 0
    print("\n".join(changes), file=sys.stderr if options.check else sys.stdout)
    if options.check:
        print("run: python tools/generate_docs.py", file=sys.stderr)
        return 1
    write(wanted, options.folder)
    print(f"docs/reference written ({len(wanted)} pages)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
