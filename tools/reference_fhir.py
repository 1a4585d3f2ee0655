"""The pages of what FHIR data are judged by: profiles, extensions, questionnaires, value sets. In French.

One page per profile, one per publisher for extensions, one per questionnaire, and one for the contradictions of the
guide; everything comes from the definitions that the engine itself loads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markdown_text import GENERATED, anchor, block, cell, code, prose, table
from reference_fhir_elements import Addresses, element_table, invariants
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.definitions import Definitions, Profile, fhir_definitions

FOLDER = "fhir"
GUIDE = "ans.fhir.fr.tddui"
BASE = "hl7.fhir.r4.core"
VALUE_SETS = "jeux-de-valeurs.md"
OF_SPECIFICATIONS = "ElementDefinition"
"""Extensions that only stand in definitions: no data carry them."""


def fhir_pages(catalogue: Catalogue) -> dict[str, str]:
    """All the pages of this part: path under `docs/reference/` → text."""
    definitions = fhir_definitions(catalogue)
    profiles, groups = _profiles(definitions), _extensions(definitions)
    addresses = _addresses(definitions, catalogue)
    pages = {f"{FOLDER}/profils/{one.id}.md": _profile_page(one, definitions, addresses) for one in profiles}
    for name, several in groups.items():
        pages[f"{FOLDER}/extensions/{name}.md"] = _extensions_page(name, several, definitions, addresses)
    for questionnaire in definitions.questionnaires.values():
        pages[f"{FOLDER}/questionnaires/{questionnaire['id']}.md"] = _questionnaire_page(questionnaire, definitions)
    return {
        f"{FOLDER}/README.md": _index(definitions, catalogue),
        **pages,
        f"{FOLDER}/{VALUE_SETS}": _value_sets_page(definitions, catalogue),
        f"{FOLDER}/contradictions.md": _contradictions_page(definitions),
    }


def _profiles(definitions: Definitions) -> list[Profile]:
    """Those of the guide first; base R4's own are not pages of ours."""
    found = [
        one for one in definitions.profiles.values() if one.url not in definitions.extensions and one.package != BASE
    ]
    return sorted(found, key=lambda one: (one.package != GUIDE, one.package, one.type, one.id))


def _extensions(definitions: Definitions) -> dict[str, list[Profile]]:
    """The extensions that data may carry, by the package of their publisher."""
    groups: dict[str, list[Profile]] = {}
    ordered = sorted(definitions.extensions.values(), key=lambda one: (one.package != GUIDE, one.package, one.id))
    for extension in ordered:
        places = extension.contexts
        if not places or not all(one.expression.startswith(OF_SPECIFICATIONS) for one in places):
            groups.setdefault(extension.package, []).append(extension)
    return groups


def _addresses(definitions: Definitions, catalogue: Catalogue) -> Addresses:
    """Links as seen from the folders below `fhir/`."""
    structures = {one.url: f"../profils/{one.id}.md" for one in _profiles(definitions)}
    for name, several in _extensions(definitions).items():
        structures |= {one.url: f"../extensions/{name}.md#{one.id}" for one in several}
    bound = _bound_value_sets(definitions)
    return Addresses(structures, {url: f"../{VALUE_SETS}#{url.rsplit('/', 1)[-1]}" for url in bound})


def _index(definitions: Definitions, catalogue: Catalogue) -> str:
    packages = [
        [code(one.name), cell(one.version), cell(one.licence), cell(one.description)] for one in definitions.packages
    ]
    profiles = [
        [f"[{code(one.id)}](profils/{one.id}.md)", code(one.type), code(one.package)] for one in _profiles(definitions)
    ]
    groups = "".join(
        f"- [{code(name)}](extensions/{name}.md) : {len(several)} extensions\n"
        for name, several in _extensions(definitions).items()
    )
    questionnaires = "".join(
        f"- [{prose(one['title'])}](questionnaires/{one['id']}.md) ({code(one['id'])})\n"
        for one in definitions.questionnaires.values()
    )
    rules = "- [Règles](../regles/fhir.md) : ce que dit une anomalie, et comment la corriger\n"
    return (
        f"{GENERATED}# Données des usagers en FHIR\n\n"
        "Ce que suivent les ressources reçues par WS09. Chaque page ne dit que ce qui diffère de FHIR R4.\n\n"
        f"{rules if any(name.startswith('R-FHIR-') for name in catalogue.rules) else ''}"
        f"- [Jeux de valeurs]({VALUE_SETS}) : ceux qui sont tenus ici, et ceux qui ne peuvent pas être jugés\n"
        "- [Contradictions du guide](contradictions.md) : ce qui est toléré, et pourquoi\n\n"
        f"## Profils\n\n{table(['Profil', 'Ressource ou type', 'Éditeur'], profiles)}\n"
        f"## Extensions, par éditeur\n\n{groups}\n## Questionnaires\n\n{questionnaires}\n"
        f"## D'où viennent les définitions\n\n{table(['Paquet', 'Version', 'Licence', 'Remarque'], packages)}"
    )


def _profile_page(profile: Profile, definitions: Definitions, addresses: Addresses) -> str:
    parts = [
        f"{GENERATED}# {profile.id}\n\n{_identity(profile, addresses)}",
        f"## Éléments\n\n{element_table(profile, definitions, addresses) or _NOTHING}",
    ]
    if texts := invariants(profile):
        parts.append(f"## Invariants\n\n{texts}")
    if notes := list(_contradictions_of(profile, definitions)):
        parts.append(f"## Contradictions tolérées\n\n{''.join(notes)}")
    return "\n".join(parts)


_NOTHING = "Rien de plus que FHIR R4.\n"


def _identity(profile: Profile, addresses: Addresses) -> str:
    version = f", version {code(profile.version)}" if profile.version else ""
    declared = " à déclarer dans `meta.profile`" if profile.kind == "resource" else ""
    return (
        f"{prose(profile.name)}{version}, sur {code(profile.type)}. Éditeur : {code(profile.package)}. Dérive de "
        f"{addresses.structure(profile.base)} ; ce dont il dérive est déjà compris dans cette page.\n\n"
        f"Adresse{declared} : {code(profile.url)}\n"
    )


def _contradictions_of(profile: Profile, definitions: Definitions) -> Iterator[str]:
    keys = {one.key for element in profile.elements.values() for one in element.constraints}
    paths = {element.path for element in profile.elements.values()}
    named = keys | paths | profile.elements.keys() | {profile.url}
    for contradiction in definitions.contradictions:
        if any(_matches(target, named) for target in contradiction.targets):
            yield f"- [{prose(contradiction.reason)}](../contradictions.md#{contradiction.code})\n"


def _matches(target: str, named: set[str]) -> bool:
    return any(one.startswith(target[:-1]) for one in named) if target.endswith("*") else target in named


def _extensions_page(name: str, several: list[Profile], definitions: Definitions, addresses: Addresses) -> str:
    rows = [[f"[{code(one.id)}](#{one.id})", _contexts(one)] for one in several]
    sections = "\n".join(_extension(one, definitions, addresses) for one in several)
    return (
        f"{GENERATED}# Extensions de {code(name)}\n\n{table(['Extension', 'Où elle se met'], rows)}\n"
        f"Une extension d'une autre adresse est acceptée sans être lue, sauf `modifierExtension`.\n\n{sections}"
    )


def _contexts(extension: Profile) -> str:
    return ", ".join(code(one.expression) for one in extension.contexts) or "partout"


def _extension(extension: Profile, definitions: Definitions, addresses: Addresses) -> str:
    texts = invariants(extension)
    notes = "".join(_contradictions_of(extension, definitions))
    return (
        f"{anchor(extension.id)}\n\n## {extension.id}\n\nAdresse : {code(extension.url)}\n\n"
        f"Se met sur : {_contexts(extension)}.\n\n{element_table(extension, definitions, addresses) or _NOTHING}"
        + (f"\n### Invariants de {extension.id}\n\n{texts}" if texts else "")
        + (f"\nContradictions tolérées :\n\n{notes}" if notes else "")
    )


def _questionnaire_page(questionnaire: Mapping[str, Any], definitions: Definitions) -> str:
    rows = list(_questions(questionnaire.get("item", ()), 0))
    notes = "".join(
        f"- [{prose(one.reason)}](../contradictions.md#{one.code})\n"
        for one in definitions.contradictions
        if questionnaire["url"] in one.targets
    )
    return (
        f"{GENERATED}# {prose(questionnaire['title'])}\n\n{len(rows)} questions, version "
        f"{code(questionnaire['version'])}. Adresse à donner dans `questionnaire` : {code(questionnaire['url'])}\n\n"
        "Un point devant une question : elle dépend de la précédente qui a un point de moins.\n\n"
        f"{table(['Question (`linkId`)', 'Numéro ou code', 'Type', 'Obligatoire', 'Réponses'], rows)}"
        + (f"\n## Contradictions tolérées\n\n{notes}" if notes else "")
    )


def _questions(items: Any, depth: int) -> Iterator[list[str]]:
    for item in items:
        numbers = [item["prefix"]] if "prefix" in item else [one["code"] for one in item.get("code", ())]
        repeats = ", plusieurs réponses" if item.get("repeats") else ""
        yield [
            f"{'· ' * depth}{code(item['linkId'])}",
            ", ".join(map(code, numbers)) or "–",
            code(item["type"]) + repeats,
            "oui" if item.get("required") else "non",
            "<br>".join(map(_option, item.get("answerOption", ()))) or "–",
        ]
        yield from _questions(item.get("item", ()), depth + 1)


def _option(option: Mapping[str, Any]) -> str:
    if "valueCoding" in option:
        coding = option["valueCoding"]
        return f"{code(coding['code'])} {cell(coding.get('display', ''))}".rstrip()
    return next(code(value) for name, value in option.items() if name.startswith("value"))


def _bound_value_sets(definitions: Definitions) -> dict[str, list[str]]:
    """The value sets that profiles and extensions name, each with those that do."""
    found: dict[str, list[str]] = {}
    shown = [*_profiles(definitions), *(one for several in _extensions(definitions).values() for one in several)]
    for profile in shown:
        for element in profile.elements.values():
            if element.binding is not None:
                for url in filter(None, (element.binding.value_set, element.binding.max_value_set)):
                    users = found.setdefault(url, [])
                    if profile.id not in users:
                        users.append(profile.id)
    return dict(sorted(found.items(), key=lambda one: (one[0].rsplit("/", 1)[-1].casefold(), one[0])))


def _value_sets_page(definitions: Definitions, catalogue: Catalogue) -> str:
    rows = []
    for url, users in _bound_value_sets(definitions).items():
        name = url.rsplit("/", 1)[-1]
        value_set = definitions.value_sets.get(url)
        listed = name.casefold()
        page = f"<br>[codes](../nomenclatures/{listed}.md)" if listed in catalogue.value_sets else ""
        label = value_set.label if value_set else name
        rows.append(
            [
                f"{anchor(name)}{cell(label)}<br>{code(url)}{page}",
                cell(value_set.version) if value_set else "–",
                _held(url, definitions),
                ", ".join(map(code, users)),
            ]
        )
    return (
        f"{GENERATED}# Jeux de valeurs des profils\n\n"
        "Un jeu de valeurs qui n'est pas tenu ici n'est pas jugé : une seule information le dit, jamais une anomalie"
        " par code.\n\n"
        f"{table(['Jeu de valeurs', 'Version', 'Tenu ici', 'Employé par'], rows)}"
    )


def _held(url: str, definitions: Definitions) -> str:
    value_set = definitions.value_sets.get(url)
    if value_set is None:
        return "non"
    if not value_set.unheld:
        return "oui"
    return "système ouvert" if value_set.is_open else f"en partie ; manque {', '.join(map(code, value_set.unheld))}"


def _contradictions_page(definitions: Definitions) -> str:
    sections = "\n".join(
        f"{anchor(one.code)}\n\n## {one.code}\n\n{prose(one.reason)}\n\n"
        f"Porte sur : {', '.join(map(code, one.targets))}\n\nSource : {prose(one.source)}\n\n"
        f"Exemple :\n\n{block(json.dumps(one.example, ensure_ascii=False, indent=2), 'json')}"
        for one in definitions.contradictions
    )
    return (
        f"{GENERATED}# Contradictions du guide\n\n"
        "Là où le guide se contredit, ou contredit FHIR, la plateforme ne reproche pas à un envoi d'avoir suivi l'un"
        " plutôt que l'autre. Chaque cas est une donnée du catalogue : il tombe quand le guide est corrigé.\n\n"
        f"{sections}"
    )
