"""The facts a run is judged with: what the platform knows and a file does not."""

from __future__ import annotations

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts

from sidoba_server.campaigns.queries import facts_of
from sidoba_server.filings.models import Filing


def facts_for(filing: Filing) -> Facts:
    """Environment, campaign and establishment of the filing."""
    return Facts(
        environment=Environment(filing.campaign.environment),
        campaign=facts_of(filing.campaign),
        establishment_finess=filing.establishment.finess,
    )


def structure_model_of(filing: Filing, catalogue: Catalogue) -> BusinessModel | None:
    """The structure model of the filing's campaign, None when the campaign has none."""
    for published in filing.campaign.published_models.all():
        model = catalogue.model(published.code, published.version)
        if model is not None and model.data_level == "structure":
            return model
    return None
