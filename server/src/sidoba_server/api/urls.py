"""Addresses of the API. One line per webservice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from sidoba_server.api import (
    problems,
    ws01_campaigns,
    ws02_model,
    ws03_validation,
    ws04_model_diff,
    ws05_structure,
    ws06_state,
    ws07_cda,
    ws09_fhir,
)
from sidoba_server.api.description import DescribedApi
from sidoba_server.api.neighbours import health, me, oauth, rules
from sidoba_server.core.refusals import NotFound

api = DescribedApi(
    title="sidoba, API de collecte",
    version="1",
    description="Les webservices de collecte : campagnes, modèles, envois, état.",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
problems.install(api)
for module in (
    ws01_campaigns,
    ws02_model,
    ws03_validation,
    ws04_model_diff,
    ws05_structure,
    ws06_state,
    ws07_cda,
    ws09_fhir,
    me,
    rules,
):
    api.add_router("", module.router)


def unknown(request: HttpRequest, **_: str) -> HttpResponse:
    """Any other address under the API."""
    raise NotFound


urlpatterns = [
    path("api/v1/", api.urls),
    path("oauth/token", oauth.token),
    path("oauth/jwks", oauth.keys),
    path("sante/live", health.live),
    path("sante/ready", health.ready),
    re_path(r"^(?:api|oauth|sante)/", unknown),
]
