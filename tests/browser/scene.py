"""Seeds the database of a platform for the review journey, in a process of its own; prints what it made as JSON.

Two filings: one with everything announced and one point to confirm, one with documents refused and a run waiting.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import situations as given  # noqa: E402 (Django is set up first)
from sidoba_server.ops.database import migrate  # noqa: E402

USERS = 40
"""As many as the model's example announces (`file_active`)."""


def main() -> None:
    """An open campaign, two establishments, a director entitled to both."""
    migrate()
    campaign = given.a_campaign()
    director = given.an_account_with_role(
        "signataire", given.an_establishment(), email="direction@exemple.fr", full_name="Claude Martin"
    )
    faulty = given.an_establishment(finess="010000099", name="SSIAD de la Plaine")
    given.accounts.entitle(given.PLATFORM, account=director.account, role="signataire", establishment=faulty)
    ready_id = _ready(given.a_filing(campaign=campaign))
    faulty_id = _faulty(given.a_filing(campaign=campaign, establishment=faulty))
    print(
        json.dumps(
            {
                "email": director.account.email,
                "password": director.password,
                "totp": director.totp_secret,
                "ready": ready_id,
                "faulty": faulty_id,
            }
        )
    )


def _ready(filing: given.Filing) -> str:
    """Structure data through the one door and the real engine, then as many users as they announce."""
    access = given.a_credential_with_mandate(filing.campaign, filing.establishment)
    values = given.example_values(kilometres_parcourus=900000.0)
    body = given.a_structure_body(values, comments={"kilometres_parcourus": "Relevé des compteurs au 31 mai"})
    given.judged(given.a_submission(access, filing, body))
    given.a_recorded_run(filing, [given.a_user_document(index) for index in range(USERS)])
    return str(filing.pk)


def _faulty(filing: given.Filing) -> str:
    """A sum that is wrong, the same fault in many documents, another one to confirm, and a run in the queue."""
    values = given.example_values(finess_et="010000099", file_active=40)
    del values["admissions"]
    given.a_recorded_run(filing, [given.a_structure_verdict(values)], kind="structure")
    access = given.a_credential_with_mandate(filing.campaign, filing.establishment)
    wrong = given.a_structure_body(given.example_values(finess_et="010000099", semaines_fi_1=5))
    given.judged(given.a_submission(access, filing, wrong))
    language = given.an_anomaly("R-CDA-013", place=(61, 8))
    section = given.an_anomaly("R-CDA-018", place=(304, 5))
    verdicts = [given.a_user_document(index, *[section, language][: index % 3]) for index in range(36)]
    given.a_recorded_run(filing, verdicts)
    given.a_waiting_run(filing)
    return str(filing.pk)


if __name__ == "__main__":
    main()
