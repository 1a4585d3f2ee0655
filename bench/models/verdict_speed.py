"""Time of the verdict of a full RAMA (150 indicators, 41 controls), beside three validators of its JSON Schema.

    uv sync --all-packages --group bench
    .venv/bin/python bench/models/verdict_speed.py

One core, one document after the other, every contender in turn within each round, in processor time: what else runs on
the machine counts as little as can be. The best and the median round are kept. The peers only check the schema: types,
bounds, lists, required and unknown keys. Our verdict also checks identifiers' keys, runs the controls, and says where
and how to repair.
"""

from __future__ import annotations

import argparse
import copy
import importlib.metadata
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import jsonschema_rs
import pydantic
from readme import write_table
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.model_schema import schema_of
from sidoba_engine.validation import judge, read, validate

RESULTS = Path(__file__).resolve().parents[1] / "results" / "verdict_speed.json"
MODEL = ("rama-structure", "2026.0-brouillon")
FAULTS = (0, 1, 10, 100)
OURS_PARSED, OURS_BYTES = "sidoba, parsed data → verdict", "sidoba, bytes → verdict"
RUST, PYTHON, PYDANTIC = "jsonschema-rs, schema alone", "jsonschema (Python), schema alone", "pydantic, schema alone"

Contender = Callable[[], object]


def body_with(model: BusinessModel, faults: int) -> dict[str, Any]:
    """The model's example with this many faulty values, whole numbers written as words first."""
    data = copy.deepcopy(dict(model.example))
    numbers = [key for key, value in data.items() if type(value) is int and not key.startswith("annee")]
    others = [key for key, value in data.items() if key not in numbers and key != "annee"]
    for key in [*numbers, *others][:faults]:
        data[key] = "inconnu" if key in numbers else ["x"]
    return {"modele": {"code": model.code, "version": model.version}, "donnees": data}


def contenders(model: BusinessModel, catalogue: Catalogue, faults: int) -> dict[str, Contender]:
    """Each contender ready to judge the same document; peers list their errors, as a verdict does."""
    body = body_with(model, faults)
    content, facts = json.dumps(body, ensure_ascii=False).encode(), Facts()
    (document,) = read(content, catalogue=catalogue, facts=facts)
    schema = schema_of(model, catalogue)
    rust, slow, typed = (
        jsonschema_rs.validator_for(schema),
        jsonschema.Draft202012Validator(schema),
        pydantic_of(schema),
    )
    return {
        OURS_PARSED: lambda: validate(document, facts=facts, catalogue=catalogue),
        OURS_BYTES: lambda: list(judge(content, catalogue=catalogue, facts=facts)),
        RUST: (lambda: rust.is_valid(body)) if not faults else (lambda: list(rust.iter_errors(body))),
        PYTHON: lambda: list(slow.iter_errors(body)),
        PYDANTIC: lambda: errors_of(typed, body),
    }


def errors_of(typed: type[pydantic.BaseModel], body: dict[str, Any]) -> list[Any]:
    """What pydantic finds wrong."""
    try:
        typed.model_validate(body)
    except pydantic.ValidationError as found:
        return found.errors(include_url=False)
    return []


def pydantic_of(schema: dict[str, Any]) -> type[pydantic.BaseModel]:
    """The pydantic model of the schema: strict types, bounds, patterns, lists of codes, no other key."""
    data = _object("Donnees", schema["$defs"]["donnees"])
    return _object("Corps", schema, donnees=data)


def _object(name: str, schema: dict[str, Any], **known: type[pydantic.BaseModel]) -> type[pydantic.BaseModel]:
    required = set(schema["required"])
    fields: dict[str, Any] = {}
    for key, member in schema["properties"].items():
        kind = known.get(key) or _kind(key, member)
        fields[key] = (kind, ...) if key in required else (kind | None, None)
    return pydantic.create_model(name, __config__=pydantic.ConfigDict(strict=True, extra="forbid"), **fields)


def _kind(key: str, member: dict[str, Any]) -> Any:
    if "const" in member:
        return Literal[member["const"]]
    if "oneOf" in member:
        return Literal[tuple(choice["const"] for choice in member["oneOf"] if choice["const"] is not None)]
    kinds = member["type"] if isinstance(member["type"], list) else [member["type"]]
    match kinds[0]:
        case "object" if "properties" in member:
            return _object(key.title(), member)
        case "object":
            return dict[str, str | None]
        case "boolean":
            return bool
        case "integer" | "number" as kind:
            number = int if kind == "integer" else float
            return Annotated[number, pydantic.Field(ge=member.get("minimum"), le=member.get("maximum"))]
        case _:
            pattern = member.get("pattern") or next((part["pattern"] for part in member.get("allOf", ())), None)
            return Annotated[str, pydantic.Field(pattern=pattern)]


def rounds(timed: dict[str, Contender], number: int, seconds: float) -> Iterator[dict[str, float]]:
    """Microseconds per document, contender by contender, for each round."""
    batches = {name: max(1, int(seconds / _once(judge_one))) for name, judge_one in timed.items()}
    for _ in range(number):
        measured = {}
        for name, judge_one in timed.items():
            start = time.process_time()
            for _ in range(batches[name]):
                judge_one()
            measured[name] = (time.process_time() - start) / batches[name] * 1e6
        yield measured


def _once(judge_one: Contender) -> float:
    start = time.process_time()
    for _ in range(10):
        judge_one()
    return (time.process_time() - start) / 10


def measure(number: int, seconds: float) -> dict[str, Any]:
    """Every contender on documents with more and more anomalies."""
    catalogue = installed_catalogue()
    model = catalogue.models[MODEL]
    found: dict[str, Any] = {}
    for faults in FAULTS:
        timed = contenders(model, catalogue, faults)
        assert bool(timed[PYTHON]()) is bool(timed[PYDANTIC]()) is bool(faults), "all must see the same document"
        measured = list(rounds(timed, number, seconds))
        found[str(faults)] = {
            name: {
                "best_us": round(min(line[name] for line in measured), 1),
                "median_us": round(statistics.median(line[name] for line in measured), 1),
            }
            for name in timed
        }
    quiet = found["0"]
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": {name: importlib.metadata.version(name) for name in ("jsonschema", "jsonschema-rs", "pydantic")},
        "model": " ".join(MODEL),
        "microseconds_by_anomalies": found,
        "times_jsonschema_rs": round(quiet[OURS_PARSED]["best_us"] / quiet[RUST]["best_us"], 2),
        "faster_than_python_jsonschema": round(quiet[PYTHON]["best_us"] / quiet[OURS_PARSED]["best_us"], 1),
    }


def table(found: dict[str, Any]) -> str:
    """The figures as a table, and the two ratios that are aimed at."""
    by_faults = found["microseconds_by_anomalies"]
    lines = [
        f"| µs per document | {' | '.join(f'{faults} anomalies' for faults in by_faults)} |",
        f"|---|{'---:|' * len(by_faults)}",
    ]
    for name in by_faults["0"]:
        measured = (by_faults[faults][name] for faults in by_faults)
        cells = (f"{cell['best_us']} ({cell['median_us']})" for cell in measured)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines += [
        "",
        f"From parsed data: {found['times_jsonschema_rs']} times jsonschema-rs (aim: at most 10), and"
        f" {found['faster_than_python_jsonschema']} times faster than the Python jsonschema (aim: at least 5).",
        f"{found['machine']}; {versions}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, write the figures, and say them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.05, help="of one contender in one round")
    options = parser.parse_args()
    found = measure(options.rounds, options.seconds)
    write_table("speed", table(found))
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{'best (median), µs':36}" + "".join(f"{faults:>18}" for faults in FAULTS))
    for name in found["microseconds_by_anomalies"]["0"]:
        cells = [found["microseconds_by_anomalies"][str(faults)][name] for faults in FAULTS]
        print(f"{name:36}" + "".join(f"{cell['best_us']:>9} ({cell['median_us']})".rjust(18) for cell in cells))
    print(
        f"{found['times_jsonschema_rs']} × jsonschema-rs;"
        f" {found['faster_than_python_jsonschema']} × faster than jsonschema"
    )


if __name__ == "__main__":
    main()
