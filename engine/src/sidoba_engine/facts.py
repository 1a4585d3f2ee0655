"""Facts: what the platform (or the caller) knows and a file does not.

Every member may be unknown; a rule that needs an unknown fact is reported as not run, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Environment(StrEnum):
    """The two worlds of the platform; they never see one another's data."""

    SANDBOX = "bac_a_sable"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """The campaign the data are sent to. `period_start` and `period_end` are both included."""

    code: str
    report_type: str
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class Facts:
    """All that judging may know beside the document and the rules."""

    environment: Environment = Environment.SANDBOX
    campaign: CampaignFacts | None = None
    establishment_finess: str | None = None
