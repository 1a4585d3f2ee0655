"""Seeds the database of a live platform, in a process of its own, and says on standard output what it made (JSON)."""

from __future__ import annotations

import json
import os
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import calling  # noqa: E402 (after Django is set up)
import situations  # noqa: E402
from sidoba_server.ops.database import migrate  # noqa: E402

CDA_FINESS = "019999994"
OTHERS = 15
"""Establishments beside the first one, for senders who do not all speak of the same."""


def main() -> None:
    """An open SSIAD campaign, one RAMA, some establishments, and a software that may send both for all of them."""
    migrate()
    ssiad = situations.a_campaign()
    rama = situations.a_campaign(code="rama-2026", label="RAMA 2026", model="rama-structure")
    establishment = situations.an_establishment(finess=CDA_FINESS)
    access = situations.a_credential_with_mandate(ssiad, establishment)
    situations.a_credential_with_mandate(rama, establishment, software=access.software)
    others = [f"0199980{number:02d}" for number in range(OTHERS)]
    for finess in others:
        other = situations.an_establishment(finess=finess, name=f"Service {finess}")
        for campaign in (ssiad, rama):
            situations.vendors.record_mandate(
                situations.PLATFORM,
                software=access.software,
                establishment=other,
                report_type=campaign.report_type,
                period=(campaign.period_start, campaign.period_end),
                valid_until=campaign.closes_at.date(),
            )
    print(
        json.dumps(
            {
                "token": calling.a_token(access, lives=timedelta(hours=2)),
                "client_id": access.credential.client_id,
                "client_secret": access.secret,
                "finess": establishment.finess,
                "others": " ".join(others),
                "ssiad": ssiad.code,
                "rama": rama.code,
            }
        )
    )


if __name__ == "__main__":
    main()
