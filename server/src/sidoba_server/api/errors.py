"""The refusals an operation declares in OpenAPI, by status."""

from __future__ import annotations

from sidoba_server.api.schemas import Probleme


def refusals(*statuses: int) -> dict[int, type[Probleme]]:
    """Declare those statuses as problems; 500 and 503 always are."""
    return dict.fromkeys((*statuses, 500, 503), Probleme)
