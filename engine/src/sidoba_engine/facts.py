"""Facts: what the platform (or the caller) knows and a file does not.

Every member may be unknown; a rule that needs an unknown fact is reported as not run, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
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
    """All that judging may know beside the document and the rules.

    `previous_values` are the numbers that the same establishment filed for the period before, by key; `peer_ranges` the
    lowest and highest usual number of similar establishments. An empty mapping says that there are none, None that it
    is not known whether there are.

    `accepted_versions` are the version numbers of the user documents that stand, for the same establishment and
    campaign, by key of the service user and set identifier (`DocumentVersion.set_id`); None when none is known.
    """

    environment: Environment = Environment.SANDBOX
    campaign: CampaignFacts | None = None
    establishment_finess: str | None = None
    previous_values: Mapping[str, Decimal] | None = None
    peer_ranges: Mapping[str, tuple[Decimal, Decimal]] | None = None
    accepted_versions: Mapping[tuple[str, str], int] | None = None
