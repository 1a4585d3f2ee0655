"""The reference pages that are one table each: index, settings, refusals, states of a filing, roles. In French."""

from __future__ import annotations

import string

from config.environment import settings_table
from markdown_text import GENERATED, anchor, cell, code, prose, table
from reference_models import page_name
from reference_rules import FAMILIES
from sidoba_engine.catalogue import Catalogue, Refusal
from sidoba_engine.filing_status import ACCEPTING_DATA, TRANSITIONS, FilingStatus, targets_of

STATE_MEANINGS = {
    FilingStatus.TO_START: "Rien n'est encore accepté.",
    FilingStatus.IN_PROGRESS: "Des données sont acceptées ; il peut en manquer.",
    FilingStatus.TO_REVIEW: "Complète et remise : la direction vérifie, puis signe.",
    FilingStatus.SIGNED: "Signée par la direction.",
    FilingStatus.ACCEPTED: "Acceptée par l'autorité compétente.",
    FilingStatus.REOPENED: "Rouverte par l'autorité, avec un motif : une correction est attendue.",
    FilingStatus.CLOSED: "La campagne est finie : plus rien ne bouge.",
    FilingStatus.CANCELLED: "Annulée avant signature.",
}


def index_page(catalogue: Catalogue) -> str:
    """What the folder holds."""
    models = "".join(
        f"- [{model.label}](modeles/{page_name(model, catalogue)}.md) (`{model.code}`, {model.version})\n"
        for _, model in sorted(catalogue.models.items())
    )
    families = "".join(f"- [{family.title}](regles/{family.page}.md)\n" for family in FAMILIES)
    return (
        f"{GENERATED}# Référence\n\n"
        f"Catalogue {catalogue.version}. Ces pages sont produites à partir de ce que la plateforme lit elle-même.\n\n"
        "- [Refus](refus.md) : ce que répond l'API quand la demande ne peut pas être reçue\n"
        "- [États d'une collecte](etats-collecte.md)\n"
        "- [Rôles](roles.md)\n"
        "- [Nomenclatures](nomenclatures/README.md) : codes en vigueur, états remplacés, licences\n"
        "- [Données des usagers en FHIR](fhir/README.md) : profils, extensions, questionnaires, contradictions\n"
        "- [Réglages](reglages.md) de la plateforme\n\n"
        f"## Modèles métiers\n\n{models}\n## Règles des formats\n\n{families}"
    )


def settings_page() -> str:
    """The table that `config.environment` gives of itself."""
    return (
        f"{GENERATED}# Réglages\n\n"
        "Chaque réglage est une variable de l'environnement, lue au démarrage. Une valeur inutilisable arrête le"
        " démarrage et nomme le réglage. Formes : `str` texte, `int` entier, `bool` 0 ou 1, `list` valeurs séparées"
        " par des virgules, `path` dossier.\n\n"
        f"{settings_table()}"
    )


def refusals_page(catalogue: Catalogue) -> str:
    """One section per public code."""
    rows = [
        [f"[`{refusal.code}`](#{refusal.code})", str(refusal.status), cell(refusal.title)]
        for refusal in sorted(catalogue.refusals.values(), key=lambda refusal: (refusal.status, refusal.code))
    ]
    sections = "\n".join(_refusal(refusal) for _, refusal in sorted(catalogue.refusals.items()))
    return (
        f"{GENERATED}# Refus\n\n"
        "Un refus porte sur la demande, jamais sur le contenu des données : il est donné aussitôt, et rien de l'envoi"
        " n'est conservé. Réponse `application/problem+json` (RFC 9457) ; `code` ne change pas d'une version à l'autre,"
        " `detail` est le texte ci-dessous complété, `correlation_id` est à citer au support.\n\n"
        f"{table(['Code', 'HTTP', 'Titre'], rows)}\n{sections}"
    )


def _refusal(refusal: Refusal) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(refusal.detail) if name]
    filled = f"\n\nComplété par la plateforme : {', '.join(code('{' + name + '}') for name in names)}." if names else ""
    return (
        f"{anchor(refusal.code)}\n\n## {refusal.code}\n\n"
        f"**{refusal.status} · {refusal.title}**\n\n{prose(refusal.detail)}{filled}\n"
    )


def states_page() -> str:
    """Diagram and tables, from the transitions themselves."""
    arrows = "".join(f"    {move.source.value} --> {move.target.value} : {move.by.value}\n" for move in TRANSITIONS)
    ends = "".join(f"    {status.value} --> [*]\n" for status in FilingStatus if not targets_of(status))
    states = [
        [
            code(status.value),
            STATE_MEANINGS[status],
            "oui" if status in ACCEPTING_DATA else "non : [`COLLECTE_FERMEE`](refus.md#COLLECTE_FERMEE)",
            ", ".join(code(target.value) for target in targets_of(status)) or "–",
        ]
        for status in FilingStatus
    ]
    moves = [[code(move.source.value), code(move.target.value), cell(move.by.value)] for move in TRANSITIONS]
    return (
        f"{GENERATED}# États d'une collecte\n\n"
        "Une collecte est ce qu'un établissement doit pour une campagne.\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> {FilingStatus.TO_START.value}\n{arrows}{ends}```\n\n"
        f"{table(['État', 'Sens', 'Reçoit des données', 'États suivants'], states)}\n"
        f"## Qui fait passer d'un état à l'autre\n\n{table(['De', 'À', 'Par'], moves)}\n"
        "De nouvelles données acceptées ramènent une collecte `a_verifier` ou `rouverte` à `en_cours`. Tout autre"
        " changement est refusé : [`TRANSITION_INTERDITE`](refus.md#TRANSITION_INTERDITE), avec la liste de ceux qui"
        " sont possibles.\n"
    )


def roles_page(catalogue: Catalogue) -> str:
    """Role × right, from the roles of the catalogue."""
    rights = sorted({right for role in catalogue.roles for right in role["droits"]})
    rows = [
        [
            code(role["code"]),
            cell(role["libelle"]),
            cell(role["perimetre"]),
            *("oui" if right in role["droits"] else "–" for right in rights),
        ]
        for role in catalogue.roles
    ]
    return (
        f"{GENERATED}# Rôles\n\n"
        "Un compte n'a aucun droit par lui-même : un rôle lui est donné pour un périmètre, jusqu'à révocation. Ce qui"
        " n'est pas écrit ici est refusé.\n\n"
        f"{table(['Rôle', 'Libellé', 'Périmètre', *(code(right) for right in rights)], rows)}"
    )
