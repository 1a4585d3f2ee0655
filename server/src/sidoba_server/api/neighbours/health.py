"""`/sante/live` and `/sante/ready`: is the process up, can it work?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.api import wire
from sidoba_server.core.refusals import ServiceUnavailable


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return wire.json_response({"statut": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and the catalogue is loaded. Raises ServiceUnavailable."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise ServiceUnavailable from error
    catalogue = installed_catalogue()
    return wire.json_response(
        {"statut": "ok", "catalogue": {"version": catalogue.version, "empreinte": catalogue.digest}}
    )
