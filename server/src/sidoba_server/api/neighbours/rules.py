"""`GET /regles` and `/regles/{id}`: the rules of the installed catalogue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.rule_json import rule_object

from sidoba_server.api import openapi, schemas, wire
from sidoba_server.api.authentication import ApiRequest, Scope
from sidoba_server.api.caching import kept_answer
from sidoba_server.api.errors import refusals
from sidoba_server.core.paging import DEFAULT_LIMIT, page_of_names
from sidoba_server.core.refusals import NotFound

router = Router(tags=["Catalogue"])


@router.get(
    "/regles",
    auth=Scope("modeles:lire"),
    response={200: schemas.ListeRegles, 304: None, **refusals(401, 403, 422, 429)},
    operation_id="regles",
    summary="Les règles du catalogue, par identifiant, filtrées par domaine",
)
def list_rules(
    request: ApiRequest, domaine: str | None = None, apres: str | None = None, limite: openapi.Limit = DEFAULT_LIMIT
) -> HttpResponse:
    """A domain is that of the format rules, or the code of a model for its controls."""
    catalogue = installed_catalogue()
    names = [name for name, rule in catalogue.rules.items() if domaine is None or rule.domain == domaine]
    kept, following = page_of_names(names, after=apres, limit=limite)
    elements = [rule_object(catalogue.rules[name], catalogue) for name in kept]
    return _answer(request, wire.list_object(request, elements, following))


@router.get(
    "/regles/{id}",
    auth=Scope("modeles:lire"),
    response={200: schemas.Regle, 304: None, **refusals(401, 403, 404, 429)},
    operation_id="regle",
    summary="Une règle du catalogue",
)
def get_rule(request: ApiRequest, id: str) -> HttpResponse:  # noqa: A002 (the contract's name)
    """The rule, as `sidoba explain` shows it."""
    catalogue = installed_catalogue()
    rule = catalogue.rules.get(id)
    if rule is None:
        raise NotFound
    return _answer(request, rule_object(rule, catalogue))


def _answer(request: HttpRequest, body: object) -> HttpResponse:
    """The whole catalogue changes at once: its digest is the tag of every address."""
    return kept_answer(request, verdict_json.encode(body), etag=f'"{installed_catalogue().digest}"')
