"""What OpenAPI must say beyond what the framework knows: scopes, headers, form of refusals, addresses at the root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.api.authentication import Scope

_PROBLEM = {"schema": {"$ref": "#/components/schemas/Probleme"}}
_OUTCOME = {"schema": {"type": "object", "description": "OperationOutcome, pour qui le demande par Accept."}}
_HEADERS = {
    "X-Correlation-Id": "Identifiant de corrélation, celui de la demande ou un nouveau.",
    "RateLimit": "Ce qu'il reste de la limite, et jusqu'à quand.",
    "RateLimit-Policy": "La limite en vigueur.",
    "Location": "Adresse du traitement.",
    "Retry-After": "Secondes à attendre avant de revenir.",
    "Idempotency-Replayed": "« true » quand le reçu est celui d'un premier envoi.",
    "ETag": "Version de la ressource.",
    "WWW-Authenticate": "Ce que l'authentification demande.",
    "Allow": "Méthodes admises.",
}
_BY_STATUS = {
    "202": ("Location", "Retry-After", "Idempotency-Replayed"),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
_WITH_ETAG = {"ws02_modele", "regles", "regle", "ws06_collecte", "ws06_collecte_par_adresse", "ws09_ressource"}
_DONE = {"200": "Réponse", "202": "Reçu, durablement conservé", "304": "Inchangé"}


class DescribedApi(NinjaAPI):
    """The API, whose OpenAPI document says all that the contract (API.md §1) promises."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The framework's document, completed."""
        document = super().get_openapi_schema(**options)
        scopes = {operation.operation_id: _scope(operation) for operation in self._operations()}
        for item in document["paths"].values():
            for described in item.values():
                described.pop("description", None)  # the docstring: English, for us
                described["security"] = [{"jeton": scopes[described["operationId"]]}]
                for status, answer in described["responses"].items():
                    _complete(answer, str(status), with_etag=described["operationId"] in _WITH_ETAG)
        document["paths"].update(_ROOT_PATHS)
        schemes = document["components"]["securitySchemes"]
        schemes["jeton"] = schemes.pop(Scope.__name__)
        schemes["client"] = {"type": "http", "scheme": "basic", "description": "client_id et client_secret"}
        return document

    def _operations(self) -> Iterator[Operation]:
        for router in self._get_bound_routers():
            for view in router.path_operations.values():
                yield from view.operations


def _scope(operation: Operation) -> list[str]:
    return [auth.scope for auth in operation.auth_callbacks if isinstance(auth, Scope) and auth.scope is not None]


def _complete(answer: dict[str, Any], status: str, *, with_etag: bool) -> None:
    names = ["X-Correlation-Id", *_BY_STATUS.get(status, ())]
    if status not in ("401", "503"):
        names += ["RateLimit", "RateLimit-Policy"]
    if with_etag and status in ("200", "304"):
        names.append("ETag")
    answer["headers"] = {name: _header(name) for name in names}
    if int(status) < 400:
        answer["description"] = _DONE[status]
        return
    codes = [refusal.code for refusal in installed_catalogue().refusals.values() if refusal.status == int(status)]
    answer["description"] = "Refus : " + ", ".join(codes)
    answer["content"] = {"application/problem+json": _PROBLEM}
    if status != "401":
        answer["content"]["application/fhir+json"] = _OUTCOME


def _header(name: str) -> dict[str, Any]:
    return {"description": _HEADERS[name], "schema": {"type": "string"}}


def _answer(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {
        "description": description,
        "headers": {"X-Correlation-Id": _header("X-Correlation-Id")},
        "content": {"application/json": {"schema": schema}},
    }


def _refusal(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {name: _header(name) for name in ("X-Correlation-Id", "Retry-After")},
        "content": {"application/problem+json": _PROBLEM},
    }


_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_OAUTH_ERROR = _answer("Erreur, comme l'écrit la RFC 6749", {"error": _TEXT})
_UNAVAILABLE = _refusal("Refus : SERVICE_INDISPONIBLE")
_ROOT_PATHS: dict[str, Any] = {
    "/oauth/token": {
        "post": {
            "operationId": "oauth_jeton",
            "summary": "Un jeton de dix minutes (client_credentials)",
            "tags": ["Accès"],
            "security": [{"client": []}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "required": ["grant_type"],
                            "properties": {
                                "grant_type": {"type": "string", "enum": ["client_credentials"]},
                                "scope": {"type": "string", "description": "Portées, séparées par des espaces."},
                            },
                        }
                    }
                },
            },
            "responses": {
                "200": _answer(
                    "Jeton", {"access_token": _TEXT, "expires_in": _WHOLE, "token_type": _TEXT, "scope": _TEXT}
                ),
                "400": _OAUTH_ERROR,
                "401": _OAUTH_ERROR,
                "429": _refusal("Refus : TROP_DE_DEMANDES"),
                "503": _UNAVAILABLE,
            },
        }
    },
    "/oauth/jwks": {
        "get": {
            "operationId": "oauth_cles",
            "summary": "Clés publiques de signature des reçus (JWK Set)",
            "tags": ["Accès"],
            "security": [],
            "responses": {"200": _answer("Clés", {"keys": {"type": "array", "items": {"type": "object"}}})},
        }
    },
    "/sante/live": {
        "get": {
            "operationId": "sante_vivant",
            "summary": "Le processus répond",
            "tags": ["Santé"],
            "security": [],
            "responses": {"200": _answer("En vie", {"statut": _TEXT})},
        }
    },
    "/sante/ready": {
        "get": {
            "operationId": "sante_pret",
            "summary": "La base répond, le catalogue est chargé",
            "tags": ["Santé"],
            "security": [],
            "responses": {
                "200": _answer("Prêt", {"statut": _TEXT, "catalogue": {"$ref": "#/components/schemas/CatalogueNomme"}}),
                "503": _UNAVAILABLE,
            },
        }
    },
}
