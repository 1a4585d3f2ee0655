"""Who may see a page: nobody, unless logged in with a verified second factor and entitled to something.

`front.urls` passes every page through `guarded`, save the few it lists as `open_page`: a new page is closed by default.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sidoba_server.accounts.queries import actor_for
from sidoba_server.core.refusals import Refusal
from sidoba_server.front.errors import refused

Page = Callable[..., HttpResponse]


def guarded(view: Page) -> Page:
    """The page for a logged-in, entitled person; `view` receives their actor. Refusals become pages."""

    @wraps(view)
    def page(request: HttpRequest, **parameters: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not passed_second_factor(request):
            return render(request, "front/second_factor_missing.html", status=403)
        actor = actor_for(request.user)
        if actor is None:
            return render(request, "front/no_entitlement.html", status=403)
        request.actor = actor  # type: ignore[attr-defined]
        try:
            return view(request, actor, **parameters)
        except Refusal as refusal:
            return refused(request, refusal)

    return never_kept(page)


def open_page(view: Page) -> Page:
    """A page anyone may see: logging in and out, and how to get a password."""
    return never_kept(view)


def never_kept(view: Page) -> Page:
    """No browser and no proxy keeps the page: the computers of an establishment are shared."""

    @wraps(view)
    def page(request: HttpRequest, *arguments: Any, **parameters: Any) -> HttpResponse:
        response = view(request, *arguments, **parameters)
        response["Cache-Control"] = "no-store"
        return response

    return page


def passed_second_factor(request: HttpRequest) -> bool:
    """True when this very session gave the code of a TOTP (or a recovery code)."""
    verified = {Authenticator.Type.TOTP.value, Authenticator.Type.RECOVERY_CODES.value}
    return any(
        record.get("method") == "mfa" and record.get("type") in verified
        for record in get_authentication_records(request, request.user)
    )
