"""Every setting of the platform, declared once: name, kind, default, and what it is for.

The table of `docs/reference/reglages.md` is generated from `SETTINGS`. Values are read from the environment, nowhere
else. Secrets are made at first start (`config.secrets`) unless given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SettingError(ValueError):
    """A setting has a value that cannot be used: names the setting, and what was expected. In French, for operators."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the environment. `kind` is `str`, `int`, `bool`, `list` (comma separated) or `path`."""

    name: str
    kind: str
    default: str
    purpose: str

    def read(self, environment: Mapping[str, str]) -> Any:
        """The typed value. Raises SettingError when it cannot be read as its kind."""
        text = environment.get(self.name, self.default)
        if self.kind == "int":
            if not text.isdigit():
                raise SettingError(f"{self.name} : « {text} » n'est pas un nombre entier positif.")
            return int(text)
        if self.kind == "bool":
            if text not in ("0", "1"):
                raise SettingError(f"{self.name} : « {text} » n'est ni 0 ni 1.")
            return text == "1"
        if self.kind == "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        return Path(text).absolute() if self.kind == "path" else text


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "SIDOBA_HOME", "path", ".sidoba", "Dossier de travail : secrets, base embarquée, journaux, fichier demo.json."
    ),
    Setting("DATABASE_URL", "str", "", "Adresse PostgreSQL (15 ou plus). Vide : la base embarquée de SIDOBA_HOME."),
    Setting("SIDOBA_HOSTS", "list", "127.0.0.1,localhost,[::1]", "Noms d'hôte servis, séparés par des virgules."),
    Setting(
        "SIDOBA_PUBLIC_URL",
        "str",
        "",
        "Adresse publique de la plateforme, si un proxy la change. Vide : celle de la demande.",
    ),
    Setting("SIDOBA_HTTPS", "bool", "0", "1 : servie en HTTPS derrière un proxy (témoins de session sûrs, HSTS)."),
    Setting(
        "SIDOBA_ENVIRONMENTS",
        "list",
        "bac_a_sable",
        "Environnements servis. Les deux à la fois se déclarent : bac_a_sable,production.",
    ),
    Setting("SIDOBA_DEBUG", "bool", "0", "1 : pages d'erreur détaillées, pour le développement seulement."),
    Setting("SIDOBA_MAX_BODY", "int", "209715200", "Taille maximale d'un corps une fois décompressé, en octets."),
    Setting("SIDOBA_RATE_LIMIT", "int", "3000", "Demandes admises par accès et par minute."),
    Setting("SIDOBA_TOKEN_RATE_LIMIT", "int", "60", "Demandes de jeton admises par adresse et par minute."),
    Setting(
        "SIDOBA_SECRET_KEY", "str", "", "Clé des sessions. Vide : créée au premier démarrage dans SIDOBA_HOME/secrets."
    ),
    Setting(
        "SIDOBA_PAYLOAD_KEY",
        "str",
        "",
        "Clé maîtresse des contenus (32 octets, base64). Vide : créée au premier démarrage.",
    ),
    Setting(
        "SIDOBA_PSEUDONYM_KEY",
        "str",
        "",
        "Clé des pseudonymes d'usagers (32 octets, base64). Vide : créée au premier démarrage.",
    ),
    Setting(
        "SIDOBA_RECEIPT_KEY",
        "str",
        "",
        "Clé de signature des reçus (JWK P-256, JSON). Vide : créée au premier démarrage.",
    ),
    Setting("PORT", "int", "8000", "Port d'écoute du serveur, sur 127.0.0.1."),
    Setting("ONCE", "bool", "0", "1 : `sidoba-server demo` s'arrête à la fin de son histoire."),
    Setting("SIDOBA_LOG_LEVEL", "str", "INFO", "Niveau du journal : DEBUG, INFO, WARNING ou ERROR."),
    Setting("SIDOBA_LOG_FORMAT", "str", "json", "Forme du journal : json (une ligne par fait) ou console."),
    Setting(
        "SIDOBA_JOB_ATTEMPTS",
        "int",
        "8",
        "Essais d'un traitement avant de le dire échoué (le contenu reste, rejouable).",
    ),
    Setting(
        "SIDOBA_STALLED_AFTER", "int", "15", "Secondes sans signe de vie d'un ouvrier avant de reprendre son travail."
    ),
    Setting("SIDOBA_POSTGRES_BIN", "str", "", "Dossier bin d'un autre PostgreSQL à lancer comme base embarquée."),
    Setting(
        "SIDOBA_POSTGRES_ACCOUNT",
        "str",
        "nobody",
        "Compte système de la base embarquée quand la plateforme est lancée par root.",
    ),
)


def read_settings(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All settings, typed. Raises SettingError at the first one that cannot be used."""
    given = os.environ if environment is None else environment
    return {setting.name: setting.read(given) for setting in SETTINGS}


def settings_table() -> str:
    """The table of settings, in Markdown, for the docs."""
    rows = [f"| `{s.name}` | {s.kind} | {f'`{s.default}`' if s.default else '–'} | {s.purpose} |" for s in SETTINGS]
    return "\n".join(["| Réglage | Forme | Par défaut | Rôle |", "| --- | --- | --- | --- |", *rows]) + "\n"
