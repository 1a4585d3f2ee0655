"""`POST /oauth/token` (client credentials) and `GET /oauth/jwks` (keys of the receipts)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from oauth2_provider.views import TokenView

from sidoba_server.api import wire
from sidoba_server.core.rates import count_request
from sidoba_server.intake.receipts import published_keys

_issue_token = TokenView.as_view()


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A bearer token of 10 minutes, errors as RFC 6749 writes them. Raises TooManyRequests per caller's address."""
    rate = count_request(f"jeton:{request.META.get('REMOTE_ADDR', '')}", limit=settings.SIDOBA_TOKEN_RATE_LIMIT)
    response: HttpResponse = _issue_token(request)
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Basic realm="sidoba"'  # RFC 6749 §5.2: the scheme a client can use here
    for name, value in rate.headers.items():
        response[name] = value
    return response


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys, as a JWK set."""
    return wire.json_response(published_keys(), Cache_Control="public, max-age=3600")
