"""The campaign and the establishment that the data are sent to: R-KV-013, R-KV-014, R-KV-015.

Found before anything else is said. What the caller does not know is reported as not run, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.facts import CampaignFacts

OTHER_MODEL = "R-KV-013"
OTHER_ESTABLISHMENT = "R-KV-014"
OTHER_YEAR = "R-KV-015"

ESTABLISHMENT_KEY = "finess_et"


def check_context(judgement: Judgement, model: BusinessModel, data: Mapping[str, object], pointer: str) -> None:
    """Compare the establishment and the year that the payload declares with the facts."""
    if judgement.facts.campaign is None:
        judgement.skip(OTHER_MODEL, "fait_inconnu", "campagne")
    _check_establishment(judgement, model, data, pointer)
    for key in ("annee", "annee_tarification"):
        if key in model.indicators:
            _check_year(judgement, key, data.get(key), pointer)


def _check_establishment(judgement: Judgement, model: BusinessModel, data: Mapping[str, object], pointer: str) -> None:
    if ESTABLISHMENT_KEY not in model.indicators:
        return
    expected = judgement.facts.establishment_finess
    if expected is None:
        judgement.skip(OTHER_ESTABLISHMENT, "fait_inconnu", "etablissement")
        return
    received = data.get(ESTABLISHMENT_KEY)
    if isinstance(received, str) and received.strip() and received != expected:
        judgement.report(
            OTHER_ESTABLISHMENT,
            f"{pointer}/{ESTABLISHMENT_KEY}",
            value=shown(received),
            expected=(expected,),
            recu=shown(received),
            attendu=expected,
        )


def _check_year(judgement: Judgement, key: str, received: object, pointer: str) -> None:
    campaign = judgement.facts.campaign
    if campaign is None:
        judgement.skip(OTHER_YEAR, "fait_inconnu", "campagne")
        return
    expected = expected_year(key, campaign)
    if type(received) is int and received != expected:
        judgement.report(
            OTHER_YEAR,
            f"{pointer}/{key}",
            value=shown(received),
            expected=(str(expected),),
            recu=shown(received),
            cle=key,
            attendu=expected,
        )


def expected_year(key: str, campaign: CampaignFacts) -> int:
    """`annee` is the year of the period, `annee_tarification` the one after the period's end."""
    return campaign.period_end.year + (1 if key == "annee_tarification" else 0)
