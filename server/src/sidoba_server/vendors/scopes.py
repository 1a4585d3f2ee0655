"""The scopes of the contract (API.md §1): code, and what it lets do. Read by the settings: imports no model."""

from __future__ import annotations

from typing import Any

ALL_SCOPES: dict[str, str] = {
    "campagnes:lire": "Lire les campagnes",
    "modeles:lire": "Lire les modèles métiers",
    "collecte:ecrire": "Envoyer des données",
    "collecte:lire": "Lire les collectes et les traitements",
    "collecte:statut": "Changer le statut d'une collecte",
}


class CredentialScopes:
    """Which scopes a token may carry: those of its credential, all of them when none is asked (RFC 6749 §3.3)."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every scope of the platform, with its purpose."""
        return ALL_SCOPES

    def get_available_scopes(self, application: Any = None, request: Any = None, **_: Any) -> list[str]:
        """Those of the credential that asks."""
        return list(application.scopes) if application is not None else []

    def get_default_scopes(self, application: Any = None, request: Any = None, **_: Any) -> list[str]:
        """The same."""
        return self.get_available_scopes(application, request)
