"""Write the valid CDA documents of the corpus (`corpus/cda/valides/`) from synthetic records.

    python tools/generate_corpus.py           write them (untouched when nothing changed)
    python tools/generate_corpus.py --check   write nothing; exit 1 and name those that differ
    python tools/generate_corpus.py --faults FOLDER   write there a document for each fault the tests know

Documents of that folder that no shape gives (`ssiad-usager-01.xml` …) are left alone.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.cda.writing import write_document
from synthetic_cda import document
from synthetic_cda_body import full_document
from synthetic_cda_body_faults import FAULTS as BODY_FAULTS
from synthetic_cda_faults import FAULTS
from synthetic_shapes import exports

FOLDER = Path(__file__).resolve().parent.parent / "corpus" / "cda" / "valides"


def documents() -> dict[str, bytes]:
    """Name of the file → document."""
    return {
        f"{name}.xml": write_document(export.record, export.header, contents=export.contents)
        for name, export in exports(installed_catalogue()).items()
    }


def faulty_documents() -> dict[str, bytes]:
    """Name of the file → document with one fault: that of its name."""
    return {
        f"{rule}.xml": make(finess="019999994", number=7, day=date(2025, 3, 14), faults=[rule])
        for make, faults in ((document, FAULTS), (full_document, BODY_FAULTS))
        for rule in faults
    }


def main() -> int:
    """Write or compare; the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    parser.add_argument("--faults", type=Path, metavar="FOLDER", help="write the faulty documents there instead")
    options = parser.parse_args()
    if options.faults:
        options.faults.mkdir(parents=True, exist_ok=True)
        for name, content in faulty_documents().items():
            (options.faults / name).write_bytes(content)
        return 0
    is_check = options.check
    differing = [
        (FOLDER / name, content)
        for name, content in documents().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != content
    ]
    for path, content in differing:
        if is_check:
            print(f"{path.name} is not up to date", file=sys.stderr)
        else:
            path.write_bytes(content)
    return 1 if is_check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
