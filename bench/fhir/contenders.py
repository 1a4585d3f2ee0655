"""Who is compared: each is ready to treat one lot given as bytes, as often as wanted.

They do not do the same work. `orjson` only parses. `fhirkit-rs` and a JSON Schema look at base R4: members, types,
cardinalities, formats of primitives. `fhirkit-rs` says nothing of an unknown code, a reference that leads nowhere or a
period that ends before it begins; neither reads profiles, slices, invariants, references or questionnaires, which are
what our verdict is about, and neither tells lines and columns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

PARSE = "orjson, parse alone"
VERDICT = "sidoba, bytes → verdict"
FHIRKIT = "fhirkit-rs, base R4 only"
SCHEMA = "jsonschema-rs, base R4 schema"
NAMES = (PARSE, VERDICT, FHIRKIT, SCHEMA)

Contender = Callable[[bytes], object]


def contender(name: str, schema: Path | None = None) -> Contender:
    """Make one ready: imports, catalogue, schema compiled. What is not needed for it is not imported.

    Raises ValueError when the schema is wanted and none is given: it is not part of this repository.
    """
    if name == SCHEMA:
        return _schema(schema)
    return {PARSE: _parse, VERDICT: _verdict, FHIRKIT: _fhirkit}[name]()


def _parse() -> Contender:
    import orjson

    return orjson.loads


def _verdict() -> Contender:
    """As WS09 judges a lot: every profile, extension, questionnaire and invariant; places by line and column."""
    from sidoba_engine.catalogue import installed_catalogue
    from sidoba_engine.facts import Environment, Facts
    from sidoba_engine.recognition import Door
    from sidoba_engine.validation import judge

    catalogue, facts = installed_catalogue(), Facts(environment=Environment.SANDBOX)
    return lambda content: list(judge(content, catalogue=catalogue, facts=facts, door=Door.USER_DATA))


def _fhirkit() -> Contender:
    import fhirkit

    return fhirkit.validate


def _schema(path: Path | None) -> Contender:
    """From bytes, as the others: the parse is orjson's."""
    if path is None:
        raise ValueError("the base R4 schema is not in this repository: give it with --schema")
    import jsonschema_rs
    import orjson

    validator = jsonschema_rs.validator_for(orjson.loads(path.read_bytes()))
    return lambda content: validator.is_valid(orjson.loads(content))
