"""The pages of value sets: codes of the version in force, and what changed since each state it replaced. In French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markdown_text import GENERATED, cell, code, prose, table
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.value_set import Couple, ValueSet

FOLDER = "nomenclatures"
SYSTEMS = "systemes-de-codes"
TITLES = {"systeme": "Système", "oid": "OID du jeu publié"}
"""Titles of the columns whose name does not say enough."""


def value_set_pages(catalogue: Catalogue) -> dict[str, str]:
    """One page per value set, and the list of them."""
    return {
        f"{FOLDER}/README.md": _index(catalogue),
        **{f"{FOLDER}/{name}.md": _page(value_set, catalogue) for name, value_set in catalogue.value_sets.items()},
    }


def _index(catalogue: Catalogue) -> str:
    rows = [
        [
            f"[{code(name)}]({name}.md)",
            cell(value_set.label),
            str(len(value_set.rows)),
            ", ".join(code(state.version) for state in (value_set, *value_set.former)),
            code(value_set.oid or "") or "–",
        ]
        for name, value_set in sorted(catalogue.value_sets.items())
    ]
    publishers = [
        [cell(row["libelle"]), cell(row["editeur"]), code(row["code"])] for row in catalogue.value_sets[SYSTEMS].rows
    ]
    return (
        f"{GENERATED}# Nomenclatures\n\n"
        "La première version citée est en vigueur ; les suivantes sont des états remplacés. Une nomenclature sans OID"
        " est une table de ce projet, faite pour les modèles métiers. Un document CDA écrit pour un état remplacé"
        " reçoit [`R-ENV-026`](../regles/enveloppe.md#R-ENV-026).\n\n"
        f"{table(['Nom', 'Libellé', 'Codes', 'Versions', 'OID'], rows)}\n"
        "## Systèmes de codes et leurs éditeurs\n\n"
        "Chaque éditeur garde ses droits. LOINC est publié par le Regenstrief Institute sous sa propre licence"
        " (loinc.org/license) ; employer SNOMED CT demande une licence d'affilié de SNOMED International ; la CIM-10 et"
        " la CIF sont de l'Organisation mondiale de la santé. Seuls les codes cités par le guide sont ici.\n\n"
        f"{table(['Système', 'Éditeur', 'OID'], publishers)}"
    )


def _page(value_set: ValueSet, catalogue: Catalogue) -> str:
    known_as = f", OID {code(value_set.oid)}" if value_set.oid else ""
    names = catalogue.value_sets[SYSTEMS].labels
    return (
        f"{GENERATED}# {prose(value_set.label)}\n\n"
        f"{code(value_set.name)}, version {code(value_set.version)}{known_as}. {_count(len(value_set.rows))}.\n\n"
        f"Source : {prose(value_set.source)}.\n\nLicence : {prose(value_set.licence)}.\n\n"
        f"{_users(value_set.name, catalogue)}"
        f"## Codes\n\n{_codes(value_set.rows, names)}"
        f"{''.join(_former(value_set, state, names) for state in value_set.former)}"
    )


def _count(number: int) -> str:
    return f"{number} code{'s' if number > 1 else ''}"


def _users(name: str, catalogue: Catalogue) -> str:
    """The rules and the business models that read the value set."""
    rules = [rule.id for rule in catalogue.rules.values() if name in _named_by(rule.parameters)]
    models = sorted(
        {
            model.code
            for model in catalogue.models.values()
            for indicator in model.data["indicateurs"]
            if indicator.get("valeurs_de", {}).get("nom") == name
        }
    )
    users = ", ".join(map(code, [*sorted(rules), *models]))
    return f"Employée par : {users}.\n\n" if users else ""


def _named_by(parameters: Mapping[str, Any]) -> set[str]:
    """The value sets that a rule reads: `jeu`, `jeux`, or one of those that `selon` joins with `|`."""
    found: set[str] = set()
    for given in (parameters.get("jeu", ()), parameters.get("jeux", ()), dict(parameters.get("selon", {})).values()):
        for text in (given,) if isinstance(given, str) else given:
            found |= set(str(text).split("|"))
    return found


def _codes(rows: Iterable[Mapping[str, Any]], systems: Mapping[str, str]) -> str:
    """The rows with all that they say; a column that no row has is left out."""
    listed = list(rows)
    others = list(dict.fromkeys(name for row in listed for name in row if name not in ("code", "libelle")))
    titles = ["Code", "Libellé", *(TITLES.get(name, name.replace("_", " ").capitalize()) for name in others)]
    cells = [
        [code(row["code"]), cell(row["libelle"]), *(_other(row.get(name), systems) for name in others)]
        for row in listed
    ]
    return table(titles, cells)


def _other(value: object, systems: Mapping[str, str]) -> str:
    """A further cell: the name of a code system in the place of its OID, a list on one line."""
    if isinstance(value, list):
        return cell(", ".join(map(str, value)))
    return cell(systems.get(str(value), value))


def _former(value_set: ValueSet, state: ValueSet, systems: Mapping[str, str]) -> str:
    """What separates a state that was replaced from the version in force."""
    parts = list(_changes(_by_couple(state), _by_couple(value_set), systems))
    return (
        f"\n## État remplacé : version {code(state.version)}\n\nSource : {prose(state.source)}. "
        f"{_count(len(state.rows))}.\n{''.join(parts)}"
    )


def _changes(before: Mapping[Couple, str], now: Mapping[Couple, str], systems: Mapping[str, str]) -> Iterator[str]:
    for title, kept, others in (("Retirés depuis", before, now), ("Ajoutés depuis", now, before)):
        rows = [
            [code(couple[0]), cell(label), cell(systems.get(couple[1] or "", couple[1]))]
            for couple, label in kept.items()
            if couple not in others
        ]
        if rows:
            yield f"\n### {title}\n\n{table(['Code', 'Libellé', 'Système'], rows)}"
    renamed = [
        [code(couple[0]), cell(before[couple]), cell(label)]
        for couple, label in now.items()
        if before.get(couple, label) != label
    ]
    if renamed:
        yield f"\n### Renommés depuis\n\n{table(['Code', 'Avant', 'Maintenant'], renamed)}"


def _by_couple(value_set: ValueSet) -> dict[Couple, str]:
    return {(row["code"], row.get("systeme")): row["libelle"] for row in value_set.rows}
