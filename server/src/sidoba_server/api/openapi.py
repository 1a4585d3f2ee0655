"""What OpenAPI must say of bodies that are streamed, and of the headers every sending needs."""

from __future__ import annotations

from typing import Any

STRUCTURE_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["modele", "donnees"],
    "properties": {
        "modele": {
            "type": "object",
            "required": ["code", "version"],
            "properties": {"code": {"type": "string"}, "version": {"type": "string"}},
        },
        "donnees": {"type": "object", "description": "Clés du modèle métier (WS02) et leurs valeurs."},
        "commentaires": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}

CDA_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string", "enum": ["Bundle", "DocumentReference"]}},
    "description": "Bundle FHIR (transaction) ou DocumentReference ; le CDA en base64 dans content.attachment.data.",
}


def sending(media_type: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body and headers of a sending operation."""
    return {
        "requestBody": {"required": True, "content": {media_type: {"schema": body}}},
        "parameters": [
            _header(
                "Idempotency-Key", "Une valeur unique par envoi, 1 à 255 caractères ASCII visibles.", required=True
            ),
            _header("Content-Digest", "Empreinte du corps (RFC 9530), vérifiée si présente."),
            _header("X-Correlation-Id", "Identifiant de corrélation, repris dans la réponse et les journaux."),
        ],
    }


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }
