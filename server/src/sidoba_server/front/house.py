"""What every page shows around its content: the stylesheet, the environment, the correlation id."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from sidoba_server.core import correlation
from sidoba_server.core.actor import Actor
from sidoba_server.core.models import ENVIRONMENTS
from sidoba_server.front.stylesheet import stylesheet_name


@dataclass(frozen=True, slots=True)
class House:
    """`environment` is in words, `is_sandbox` when nothing shown here counts."""

    stylesheet: str
    environment: str
    is_sandbox: bool
    correlation_id: str
    skip_links: tuple[dict[str, str], ...] = ({"link": "#contenu", "label": "Aller au contenu"},)


def house(request: HttpRequest) -> dict[str, House]:
    """Context processor: `house` in every template."""
    actor: Actor | None = getattr(request, "actor", None)
    shown = [actor.environment] if actor else settings.SIDOBA_ENVIRONMENTS
    labels = dict(ENVIRONMENTS)
    return {
        "house": House(
            stylesheet=static(stylesheet_name()),
            environment=" et ".join(labels[code] for code in shown).capitalize(),
            is_sandbox="production" not in shown,
            correlation_id=correlation.current(),
        )
    }
