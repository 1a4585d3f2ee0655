"""The catalogue as data: business models, rules, value sets, refusals and roles, compiled to one JSON.

The YAML beside this package is the source; ``tools/compile_catalogue.py`` writes ``catalogue.json``, and ``fhir.json``
for the definitions of FHIR. Nothing here interprets them: the engine loads and type-checks.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files

__all__ = ["__version__", "read", "read_fhir"]

__version__: str = version("sidoba-catalogue")


def read() -> bytes:
    """Return the compiled catalogue: UTF-8 JSON, the bytes whose SHA-256 is the catalogue's digest in every verdict."""
    return files(__name__).joinpath("catalogue.json").read_bytes()


def read_fhir() -> bytes:
    """Return the compiled definitions of FHIR; the catalogue holds their digest (member `fhir`)."""
    return files(__name__).joinpath("fhir.json").read_bytes()
