"""The scopes of the contract (API.md §1): code, and what it lets do. Read by the settings: nothing is imported here."""

ALL_SCOPES: dict[str, str] = {
    "campagnes:lire": "Lire les campagnes",
    "modeles:lire": "Lire les modèles métiers",
    "collecte:ecrire": "Envoyer des données",
    "collecte:lire": "Lire les collectes et les traitements",
    "collecte:statut": "Changer le statut d'une collecte",
}
