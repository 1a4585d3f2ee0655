"""The body of a command: a small JSON object whose fields are all known, or refused by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpRequest
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.json_text import JsonFault, JsonText, read_json

from sidoba_server.api.body import body_of, check_media_type
from sidoba_server.api.refusals import CommandUnreadable, InvalidField, UnknownField

LARGEST = 10 * 1024 * 1024
"""Bytes of a command, or of a content to be judged at once, once decompressed."""

_SYNTAX = "R-KV-004"
_CAUSES = {"encodage": "le texte n'est pas en UTF-8", "bom": "une marque d'ordre des octets (BOM) précède le JSON"}


def whole_body(request: HttpRequest) -> bytes:
    """The JSON body, bounded by `LARGEST`. Raises MediaTypeNotAccepted and what `body_of` raises."""
    check_media_type(request, ("application/json",))
    return b"".join(body_of(request, largest=LARGEST))


def read_command(request: HttpRequest) -> tuple[JsonText, dict[str, Any]]:
    """The command as read, with its places, and as an object. Raises CommandUnreadable and what `whole_body` raises."""
    try:
        json = read_json(whole_body(request))
    except JsonFault as fault:
        raise CommandUnreadable(cause=_in_words(fault)) from fault
    if not isinstance(json.value, dict):
        raise CommandUnreadable(cause="un objet, entre accolades, est attendu à la racine")
    return json, json.value


def check_fields(value: Mapping[str, Any], known: Collection[str], *, prefix: str = "") -> None:
    """Raises UnknownField for the first field that is not known."""
    for name in value:
        if name not in known:
            shown = name[:80] if name.isprintable() else "…"
            raise UnknownField(champ=f"{prefix}{shown}", admis=", ".join(f"{prefix}{field}" for field in known))


def text_field(value: Mapping[str, Any], name: str, *, prefix: str = "", expected: str) -> str:
    """A text that must be there. Raises InvalidField."""
    text = value.get(name)
    if not isinstance(text, str) or not text.strip():
        raise InvalidField(champ=f"{prefix}{name}", attendu=expected)
    return text


def _in_words(fault: JsonFault) -> str:
    """The cause in the catalogue's own words, and its place."""
    texts = installed_catalogue().rules[_SYNTAX].labels["cause"]
    cause = texts.get(fault.cause.value) or _CAUSES.get(fault.cause.value, "une construction n'est pas admise")
    return f"ligne {fault.line}, colonne {fault.column} : {cause}"
