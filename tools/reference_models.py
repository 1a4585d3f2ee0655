"""The pages of business models: indicators by section, controls, and a conformant body ready to send. In French."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markdown_text import GENERATED, anchor, block, cell, code, prose, table
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue


def model_pages(catalogue: Catalogue) -> dict[str, str]:
    """Two files per model code, of its latest version: the page, and an example of the body of WS05."""
    pages = {}
    for name in sorted({code_ for code_, _ in catalogue.models}):
        model = catalogue.model(name)
        if model is not None:
            pages[f"modeles/{name}.md"] = _page(model)
            pages[f"modeles/{name}.exemple.json"] = _example(model)
    return pages


def _page(model: BusinessModel) -> str:
    data = model.data
    sections = "\n".join(_section(model, name, label) for name, label in model.sections)
    controls = "\n".join(_control(control.data) for control in model.controls)
    sources = "".join(
        f"- {anchor('source-' + name)}**{name}** : {cell(text)}\n" for name, text in data["sources"].items()
    )
    return (
        f"{GENERATED}# {model.label}\n\n"
        f"`{model.code}`, version `{model.version}`, statut {data['statut']}, niveau {model.data_level}. "
        f"Catégories FINESS : {', '.join(data['categories_finess'])}. {' '.join(data['periode'].split())}.\n\n"
        f"{len(model.indicators)} indicateurs, {len(model.controls)} contrôles. Empreinte `{model.digest}`. "
        f"[Exemple conforme, prêt à envoyer]({model.code}.exemple.json).\n\n"
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
        f"Gravité : {control['gravite']} · source : {prose(control['source'])}\n"
    )


def _example(model: BusinessModel) -> str:
    body = {"modele": {"code": model.code, "version": model.version}, "donnees": dict(model.example)}
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
