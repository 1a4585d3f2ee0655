"""Refusals: the request is refused. One class per public code of `catalogue/refus.yaml`, in the module that decides.

    Refusal
    ├── core          NotFound, TooManyRequests, InvalidParameter
    ├── vendors       TokenMissing, TokenRefused, ScopeMissing, MandateMissing, UnknownEstablishment, InvalidFiness
    ├── publishing    UnknownModel
    ├── campaigns     UnknownCampaign, CampaignNotOpen, CampaignClosed
    ├── filings       FilingClosed, FilingIncomplete, TransitionForbidden, EntitlementMissing, StalePage
    ├── intake        the key, the length, the digest, the encoding of a body
    └── api           method, media type, fields of a command, model given in a command

A refusal names its code and its facts; status, title and sentence come from the catalogue. A test fails when a code
has no class, or a class no code.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sidoba_engine.catalogue import installed_catalogue

REFUSALS: dict[str, type[Refusal]] = {}
"""Every refusal class by its public code, filled as the modules load."""


class Refusal(Exception):
    """The request is refused. `facts` fill the catalogue's sentence; `members` join the problem's body."""

    code: ClassVar[str] = ""

    def __init_subclass__(cls, *, code: str) -> None:
        cls.code = code
        REFUSALS[code] = cls

    def __init__(
        self, *, headers: dict[str, str] | None = None, members: dict[str, Any] | None = None, **facts: object
    ) -> None:
        self.facts = facts
        self.headers = headers or {}
        self.members = members or {}
        super().__init__(self.code)

    @property
    def status(self) -> int:
        """HTTP status."""
        return installed_catalogue().refusals[self.code].status

    @property
    def title(self) -> str:
        """Short title, the same for every occurrence."""
        return installed_catalogue().refusals[self.code].title

    @property
    def detail(self) -> str:
        """What happened this time and how to go on, in French."""
        return installed_catalogue().refusals[self.code].detail.format_map(self.facts)

    @property
    def documentation(self) -> str:
        """The address of the page of that refusal."""
        return f"{installed_catalogue().documentation}/refus/{self.code}"


class NotFound(Refusal, code="RESSOURCE_INCONNUE"):
    """Nothing here that the actor may see."""


class InvalidParameter(Refusal, code="PARAMETRE_INVALIDE"):
    """A query parameter cannot be used. Facts: `parametre`, `attendu`."""


class TooManyRequests(Refusal, code="TROP_DE_DEMANDES"):
    """The rate limit is passed. Facts: `limite`, `fenetre`, `attente`."""


class ServiceUnavailable(Refusal, code="SERVICE_INDISPONIBLE"):
    """Infrastructure trouble: the sender is not at fault."""


class InternalFault(Refusal, code="ERREUR_INTERNE"):
    """The public face of a fault: the trace stays in the log."""
