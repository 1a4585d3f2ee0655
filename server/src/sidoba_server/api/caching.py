"""Answers that a caller may keep: their tag, and 304 for who already holds them (RFC 9110, §13.1.2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

KEPT_FOR_S = 300


def kept_answer(
    request: HttpRequest, content: bytes, *, etag: str, media_type: str = "application/json", vary: str = ""
) -> HttpResponse:
    """The content, or 304 when `If-None-Match` already names it; `vary` is the header that chooses between forms."""
    known = [value.strip().removeprefix("W/") for value in request.headers.get("If-None-Match", "").split(",")]
    is_held = etag in known or known == ["*"]
    response: HttpResponse = HttpResponseNotModified() if is_held else HttpResponse(content, content_type=media_type)
    response["ETag"], response["Cache-Control"] = etag, f"private, max-age={KEPT_FOR_S}"
    if vary:
        response["Vary"] = vary
    return response
