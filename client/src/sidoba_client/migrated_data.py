"""Data in a file, brought from one model to another: `sidoba diff --apply`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sidoba_engine.checks.wrapper import looks_wrapped
from sidoba_engine.formats.json_text import JsonFault, UnstorableNumber, read_json
from sidoba_engine.model_diff.changes import ModelDiff
from sidoba_engine.model_diff.conversion import Converted, convert, convert_comments
from sidoba_engine.verdict_json import encode

from sidoba_client.errors import UsageProblem
from sidoba_client.inputs import read_inputs


def migrated(name: str, diff: ModelDiff, *, warn: Callable[[str], None]) -> tuple[Converted, bytes]:
    """The converted data, bare or in the body of WS05 as they were, and what was done to them.

    Raises UsageProblem when the file does not hold data of the source model, or holds what cannot be written back.
    """
    body = _body(name, warn)
    if not looks_wrapped(body):
        converted = convert(body, diff)
        return converted, encode(converted.data)
    data = body.get("donnees")
    source, target = ({"code": model.code, "version": model.version} for model in (diff.source, diff.target))
    if body.get("modele", source) != source:
        raise UsageProblem(f"Les données de « {name} » ne sont pas de {source['code']}@{source['version']}.")
    if not isinstance(data, dict):
        raise UsageProblem(f"« {name} » n'a pas de membre « donnees ».")
    converted = convert(data, diff)
    written = {**body, "modele": target, "donnees": converted.data}
    if isinstance(body.get("commentaires"), dict):
        written["commentaires"] = convert_comments(body["commentaires"], diff)
    return converted, encode(written)


def _body(name: str, warn: Callable[[str], None]) -> dict[str, Any]:
    content = next(iter(read_inputs([name], warn=warn, split_lines=False))).content
    try:
        json = read_json(content)
    except JsonFault as fault:
        place = f"ligne {fault.line}, colonne {fault.column}"
        raise UsageProblem(f"« {name} » n'est pas du JSON lisible ({place}) : voir `sidoba validate`.") from None
    if not isinstance(json.value, dict):
        raise UsageProblem(f"« {name} » ne contient pas un objet JSON.")
    if json.duplicates:
        raise UsageProblem(f"« {name} » a des clés écrites deux fois : {', '.join(list(json.duplicates)[:5])}.")
    if _has_unstorable(json.value):
        raise UsageProblem(f"« {name} » contient un nombre qui ne peut pas être écrit (NaN, infini ou trop grand).")
    return json.value


def _has_unstorable(value: object) -> bool:
    match value:
        case dict():
            return any(_has_unstorable(held) for held in value.values())
        case list():
            return any(_has_unstorable(held) for held in value)
        case _:
            return isinstance(value, UnstorableNumber)
