"""The pages of rules: one page per family of formats (or per part of the document), one anchor per rule. In French."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_text import GENERATED, anchor, block, cell, code, prose, table
from sidoba_engine.anomaly import STAGE_ORDER
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.verdict_json import encode


@dataclass(frozen=True, slots=True)
class Family:
    """The rules whose ids begin with `prefix`, on one page."""

    prefix: str
    page: str
    title: str
    about: str


FAMILIES = (
    Family(
        "R-KV-",
        "cle-valeur",
        "Données clé-valeur",
        "Ce que vérifie la plateforme sur le corps de WS05 (et `sidoba validate` hors ligne), avant les contrôles du"
        " modèle métier.",
    ),
    Family(
        "R-ENV-",
        "enveloppe",
        "Enveloppe FHIR des documents CDA",
        "Ce que vérifie la plateforme sur le corps de WS07 : le lot, chaque fiche, chaque pièce jointe.",
    ),
    Family(
        "R-MOD-",
        "modele",
        "Modèle métier tenu par un logiciel",
        "Ce que vérifie la plateforme sur un modèle soumis à WS03 : sa forme, et son accord avec la référence.",
    ),
    Family(
        "R-CDA-",
        "cda",
        "Document CDA (export DUI)",
        "Ce que vérifie la plateforme dans chaque document CDA TDDUI.",
    ),
    Family(
        "R-FHIR-",
        "fhir",
        "Données des usagers en FHIR",
        "Ce que vérifie la plateforme dans un lot de ressources FHIR, ou une ressource seule (WS09). Une règle dit un"
        " genre de faute ; ce que chaque profil demande est dans [ses pages](../fhir/README.md).",
    ),
)


_EXAMPLES = {"conforme": "Conforme", "fautif": "Fautif", "inatteignable": "Aucun document ne l'enfreint"}


def rule_pages(catalogue: Catalogue) -> dict[str, str]:
    """One page per family. Every format rule has its family: raises ValueError naming one that has none."""
    controls = {control.id for model in catalogue.models.values() for control in model.controls}
    format_rules = [rule for rule in catalogue.rules.values() if rule.id not in controls]
    for rule in format_rules:
        if not any(rule.id.startswith(family.prefix) for family in FAMILIES):
            raise ValueError(f"{rule.id}: no family of rules has this prefix (reference_rules.FAMILIES)")
    pages: dict[str, str] = {}
    for family in FAMILIES:
        rules = [rule for rule in format_rules if rule.id.startswith(family.prefix)]
        areas = sorted({rule.area for rule in rules if rule.area}, key=_slug)
        pages[f"regles/{family.page}.md"] = _areas_page(family, rules, areas) if areas else _page(family, rules)
        for area in areas:
            of_area = [rule for rule in rules if rule.area == area]
            pages[f"regles/{family.page}/{_slug(area)}.md"] = _page(Family(family.prefix, "", area, ""), of_area)
    return pages


def _areas_page(family: Family, rules: list[Rule], areas: list[str]) -> str:
    """The rules of a large family, by part of the document: one line each, on one page that a browser can search."""
    parts = []
    for area in areas:
        page = f"{family.page}/{_slug(area)}.md"
        rows = [
            [f"{anchor(rule.id)}[`{rule.id}`]({page}#{rule.id})", severities(rule), cell(rule.message)]
            for rule in sorted(rules, key=_rank)
            if rule.area == area
        ]
        parts.append(f"## [{area}]({page})\n\n{table(['Règle', 'Gravité', 'Message'], rows)}")
    return (
        f"{GENERATED}# {family.title}\n\n{family.about} {len(rules)} règles, par partie du document ; cherchez un"
        " identifiant ou un mot dans cette page, ou sur la plateforme à l'adresse `/docs/regles`.\n\n"
        + "\n".join(parts)
    )


def _slug(area: str) -> str:
    """`transports-de-l-usager` for « Transports de l'usager »."""
    plain = unicodedata.normalize("NFD", area.casefold())
    return re.sub(r"[^a-z0-9]+", "-", "".join(item for item in plain if not unicodedata.combining(item))).strip("-")


def _rank(rule: Rule) -> tuple[str, int]:
    """R-CDA-1000 comes after R-CDA-999."""
    prefix, _, number = rule.id.rpartition("-")
    return (prefix, int(number)) if number.isdigit() else (rule.id, 0)


def _page(family: Family, rules: list[Rule]) -> str:
    rules = sorted(rules, key=_rank)
    rows = [
        [f"[`{rule.id}`](#{rule.id})", rule.stage.value, severities(rule), cell(rule.message)]
        for rule in sorted(rules, key=lambda rule: (STAGE_ORDER[rule.stage], _rank(rule)))
    ]
    return (
        f"{GENERATED}# {family.title}\n\n{f'{family.about} ' if family.about else ''}Les mots entre accolades sont"
        " remplacés par ce qui a été lu, masqué quand c'est une donnée personnelle.\n\n"
        f"{table(['Règle', 'Niveau', 'Gravité', 'Message'], rows)}\n" + "\n".join(section(rule) for rule in rules)
    )


def section(rule: Rule) -> str:
    """All there is to know of one rule."""
    ends = "\nCette faute met fin à l'examen du document.\n" if rule.fatal else ""
    return (
        f"{anchor(rule.id)}\n\n## {rule.id}\n\n"
        f"**{prose(rule.message)}**\n\n{prose(rule.hint)}\n\n"
        f"Gravité : {severities(rule)} · niveau : {rule.stage.value} · source : {prose(rule.source)}\n"
        f"{ends}{''.join(_labels(rule))}{''.join(_examples(rule))}"
    )


def severities(rule: Rule) -> str:
    """The severity, and where it is another one."""
    others = ", ".join(f"{severity.value} en {code(name)}" for name, severity in rule.severities.items())
    return rule.severity.value + (f" ({others})" if others else "")


def _labels(rule: Rule) -> Iterable[str]:
    for name, texts in rule.labels.items():
        values = "".join(f"- {prose(text)}\n" for text in texts.values())
        yield f"\nValeurs de {code('{' + name + '}')} :\n\n{values}"


def _examples(rule: Rule) -> Iterable[str]:
    for kind, title in (
        ("conforme", "Conforme"),
        ("fautif", "Fautif"),
        ("inatteignable", "Aucun document ne l'enfreint"),
    ):
        example = rule.examples.get(kind)
        if example is not None:
            text = example if isinstance(example, str) else encode(example).decode()
            yield f"\n{title} :\n\n{block(text)}"
