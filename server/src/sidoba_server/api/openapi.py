"""What OpenAPI must say of bodies that are streamed, and of the headers every sending needs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Path
from pydantic import WithJsonSchema

from sidoba_server.core.paging import DEFAULT_LIMIT, MAXIMUM_LIMIT
from sidoba_server.processing.models import MODES

Id = Annotated[UUID, Path(alias="id")]
AnyId = Annotated[str, Path(alias="id")]
ResourceType = Annotated[str, Path(alias="type")]
Limit = Annotated[
    int, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT, "default": DEFAULT_LIMIT})
]
Mode = Annotated[str, WithJsonSchema({"type": "string", "enum": MODES, "default": MODES[0]})]

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

LOT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string", "enum": ["Bundle"]}},
    "description": "Bundle FHIR (transaction) de ressources TDDUI.",
}

MODEL_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["code", "version", "libelle", "niveau", "sections", "indicateurs"],
    "description": "Un modèle métier (objet « modele »), sans ce qui vaut « aucun ».",
}

_MODEL_NAMED: dict[str, Any] = {
    "type": "object",
    "required": ["code", "version"],
    "properties": {"code": {"type": "string"}, "version": {"type": "string"}},
    "additionalProperties": False,
}

DIFF_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["source", "cible"],
    "properties": {side: {"anyOf": [_MODEL_NAMED, MODEL_BODY]} for side in ("source", "cible")},
    "additionalProperties": False,
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


def sending_a_lot(*media_types: str) -> dict[str, Any]:
    """The same for WS09, whose answer may be waited for, and then be written in FHIR."""
    said = sending(media_types[0], LOT_BODY)
    said["requestBody"]["content"] |= {name: {"schema": {"type": "string"}} for name in media_types[1:]}
    said["parameters"].append(
        _header("Prefer", "« wait=N » : attendre la fin du traitement, N secondes au plus (10 au maximum).")
    )
    return said | other_forms("application/fhir+json")


def in_fhir() -> dict[str, Any]:
    """An answer in FHIR, also given as plain JSON to who asks for it."""
    return {"responses": {200: {"content": {"application/fhir+json": {"schema": {"type": "object"}}}}}}


def judging(body: dict[str, Any]) -> dict[str, Any]:
    """The body of an operation that judges or compares, and stores nothing."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "parameters": [_header("Content-Digest", "Empreinte du corps (RFC 9530), vérifiée si présente.")],
    }


def other_forms(*media_types: str) -> dict[str, Any]:
    """The other forms of an answer in JSON."""
    content = {media_type: {"schema": {"type": "object"}} for media_type in media_types}
    return {"responses": {200: {"content": content}}}


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }
