"""The facts a run is judged with: what the platform knows and a file does not."""

from __future__ import annotations

from dataclasses import replace

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts

from sidoba_server.campaigns.queries import facts_of
from sidoba_server.filings.models import Filing
from sidoba_server.filings.queries import accepted_versions, previous_numbers, usual_ranges
from sidoba_server.processing.pseudonyms import AcceptedVersions


def facts_for(filing: Filing, model: BusinessModel | None) -> Facts:
    """Environment, campaign and establishment of the filing; with a structure model, what its numbers compare with.

    Three queries at most, whatever the size of the platform.
    """
    known = Facts(
        environment=Environment(filing.campaign.environment),
        campaign=facts_of(filing.campaign),
        establishment_finess=filing.establishment.finess,
    )
    if model is None:
        return known
    return replace(
        known,
        previous_values=previous_numbers(filing, model_code=model.code),
        peer_ranges=usual_ranges(filing, model_code=model.code),
    )


def facts_for_documents(filing: Filing) -> Facts:
    """The same for documents about service users: one more query, however many of them are accepted and judged."""
    kept = accepted_versions(filing)
    return replace(
        facts_for(filing, None),
        accepted_versions=AcceptedVersions(kept, filing.establishment) if kept else None,
    )


def structure_model_of(filing: Filing, catalogue: Catalogue) -> BusinessModel | None:
    """The structure model of the filing's campaign, None when the campaign has none."""
    for published in filing.campaign.published_models.all():
        model = catalogue.model(published.code, published.version)
        if model is not None and model.data_level == "structure":
            return model
    return None
