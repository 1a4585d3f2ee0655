"""The gap between two models, and what a conversion did, in French; what comes from a file is made printable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from sidoba_engine.model_diff.changes import ModelDiff
from sidoba_engine.model_diff.conversion import Converted
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.terminal import printable

LONGEST = 120


def diff_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """`ecart`, as a person reads it."""
    sides = [printable(f"{found[side]['code']}@{found[side]['version']}") for side in ("source", "cible")]
    yield typer.style(" → ".join(sides), bold=True)
    if found["compatible"]:
        yield "Compatible : les données de la source peuvent être envoyées à la cible telles quelles."
    else:
        yield "Incompatible : des données justes pour la source peuvent être refusées par la cible (--apply convertit)."
    if not found["migration"]:
        yield "Aucun écart."
        return
    parts = (
        ("Ajouts", [_with(one["cle"], "obligatoire" if one["obligatoire"] else "") for one in found["ajouts"]]),
        ("Suppressions", list(found["suppressions"])),
        ("Renommages", [f"{one['de']} → {one['vers']} ({one['raison']})" for one in found["renommages"]]),
        ("Modifications", [_change(one, one["cle"]) for one in found["modifications"]]),
        ("Contrôles ajoutés", list(found["controles"]["ajouts"])),
        ("Contrôles supprimés", list(found["controles"]["suppressions"])),
        ("Contrôles modifiés", [_change(one, one["id"]) for one in found["controles"]["modifications"]]),
    )
    for title, lines in parts:
        if lines:
            yield ""
            yield typer.style(f"{title} ({len(lines)})", bold=True)
            yield from (f"  {printable(line)}" for line in lines)
    yield ""
    yield f"Migration : {len(found['migration'])} opérations (--format json)."


def conversion_lines(converted: Converted, diff: ModelDiff) -> Iterator[str]:
    """What was done to the data, and what remains to do."""
    for place, name in converted.renamed.items():
        yield f"{place} : la clé devient {name}."
    for place in converted.dropped:
        yield f"{place} : retirée, {diff.target.code}@{diff.target.version} n'a plus cette clé."
    for place in converted.remeasured:
        yield f"{place} : retirée, son unité a changé ; à recalculer."
    for key in converted.missing:
        yield f"{key} : obligatoire dans la cible et absente de la source ; à renseigner."


def _change(change: Mapping[str, Any], name: str) -> str:
    values = f"{_shown(change['avant'])} → {_shown(change['apres'])}"
    return _with(f"{name}, {change['attribut']} : {values}", "rupture" if change["rupture"] else "")


def _with(text: str, remark: str) -> str:
    return f"{text} ({remark})" if remark else text


def _shown(value: Any) -> str:
    if value is None:
        return "aucun"
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
