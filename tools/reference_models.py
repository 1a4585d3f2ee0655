"""The pages of business models: indicators by section, controls, and a conformant body ready to send. In French."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markdown_text import GENERATED, anchor, block, cell, code, prose, table
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue


def model_pages(catalogue: Catalogue) -> dict[str, str]:
    """Two files per model version: the page, and a conformant payload."""
    pages = {}
    for model in catalogue.models.values():
        name = page_name(model, catalogue)
        pages[f"modeles/{name}.md"] = _page(model, name)
        pages[f"modeles/{name}.exemple.json"] = _example(model)
    return pages


def page_name(model: BusinessModel, catalogue: Catalogue) -> str:
    """The version being collected keeps the model's own name; drafts of later years carry their version."""
    first = min(version for code_, version in catalogue.models if code_ == model.code)
    return model.code if model.version == first else f"{model.code}-{model.version}"


def _page(model: BusinessModel, name: str) -> str:
    data = model.data
    sections = "\n".join(_section(model, name, label) for name, label in model.sections)
    controls = "\n".join(_control(control.data) for control in model.controls)
    notes = "".join(f"- {cell(note)}\n" for note in model.notes)
    changes = f"## Ce qui change\n\n{notes}\n" if notes else ""
    sources = "".join(
        f"- {anchor('source-' + name)}**{name}** : {cell(text)}\n" for name, text in data["sources"].items()
    )
    return (
        f"{GENERATED}# {model.label}\n\n"
        f"`{model.code}`, version `{model.version}`, statut {data['statut']}, niveau {model.data_level}. "
        f"Catégories FINESS : {', '.join(data['categories_finess'])}. {' '.join(data['periode'].split())}.\n\n"
        f"{len(model.indicators)} indicateurs, {len(model.controls)} contrôles. Empreinte `{model.digest}`. "
        f"[Exemple conforme]({name}.exemple.json).\n\n{changes}"
        f"## Indicateurs\n\n**\\*** : obligatoire.\n\n{sections}\n## Contrôles\n\n"
        "L'expression est vraie quand les données sont justes. Si une clé citée manque, le contrôle n'est pas"
        " exécuté, et le verdict le dit.\n\n"
        f"{controls}\n## Sources\n\n{sources}"
    )


def _section(model: BusinessModel, name: str, label: str) -> str:
    rows = [
        [
            code(indicator["cle"]) + (" **\\***" if indicator.get("obligatoire") else ""),
            cell(indicator["libelle"]),
            _type(indicator),
            _admitted(indicator),
            cell(indicator.get("aide")),
        ]
        for indicator in model.data["indicateurs"]
        if indicator["section"] == name
    ]
    return f"### {label}\n\n{table(['Clé', 'Libellé', 'Type, unité', 'Valeurs admises', 'Aide'], rows)}"


def _type(indicator: Mapping[str, Any]) -> str:
    unit = indicator.get("unite")
    return cell(indicator["type"]) + (f", {cell(unit)}" if unit else "")


def _admitted(indicator: Mapping[str, Any]) -> str:
    """Bounds, codes with their labels, value set or format: whatever limits the value."""
    said = []
    low, high = indicator.get("min"), indicator.get("max")
    if low is not None and high is not None:
        said.append(f"de {low} à {high}")
    elif low is not None:
        said.append(f"{low} ou plus")
    elif high is not None:
        said.append(f"{high} au plus")
    said += [f"{code(value['code'])} {cell(value['libelle'])}" for value in indicator.get("valeurs", ())]
    if "valeurs_de" in indicator:
        said.append(f"liste {code(indicator['valeurs_de']['nom'])}")
    if "format" in indicator:
        said.append(f"format {code(indicator['format'])}")
    return "<br>".join(said) or "–"


def _control(control: Mapping[str, Any]) -> str:
    when = f"Seulement quand :\n\n{block(control['quand'])}\n" if control.get("quand") else ""
    return (
        f"{anchor(control['id'])}\n\n### {control['id']}\n\n"
        f"**{prose(control['message'])}**\n\n{prose(control['aide'])}\n\n"
        f"{block(control['expression'])}\n{when}"
        f"Gravité : {control['gravite']} · source : {prose(control['source'])}\n{_breaking(control)}"
    )


def _breaking(control: Mapping[str, Any]) -> str:
    """What, put into the conformant example, breaks the control."""
    change = control["exemples"]["fautif"]
    place = f" dans l'élément {change['instance']}" if "instance" in change else ""
    values = json.dumps(change.get("valeurs", change) if place else change, ensure_ascii=False)
    return f"\nDans l'exemple conforme, ceci{place} le fait échouer :\n\n{block(values)}"


def _example(model: BusinessModel) -> str:
    body = {"modele": {"code": model.code, "version": model.version}, "donnees": dict(model.example)}
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
