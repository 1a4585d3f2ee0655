"""Pages of logging in that are ours; the others are allauth's, under our templates."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forgotten_password(request: HttpRequest) -> HttpResponse:
    """No mail is sent from here: whoever runs the platform gives a new password."""
    return render(request, "front/forgotten_password.html")
