"""Reads of filings, always scoped to an actor."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.accounts.queries import establishments_with
from sidoba_server.campaigns.models import Campaign
from sidoba_server.core.actor import Actor, ActorKind
from sidoba_server.core.refusals import NotFound
from sidoba_server.filings.completeness import Completeness, ModelCompleteness, UserCompleteness, announcing_key
from sidoba_server.filings.models import Filing, UserDocument, Value
from sidoba_server.vendors.queries import mandates_of


def visible_to(actor: Actor) -> QuerySet[Filing]:
    """The filings the actor may read: those a mandate covers, or an entitlement; the platform sees its environment."""
    rows = Filing.objects.filter(campaign__environment=actor.environment).select_related("campaign", "establishment")
    if actor.kind is ActorKind.PERSON:
        return rows.filter(establishment_id__in=establishments_with(actor, "collecte.lire"))
    if actor.kind is ActorKind.SOFTWARE:
        covered = Q()
        mandates = list(mandates_of(actor))
        for mandate in mandates:
            covered |= Q(
                establishment_id=mandate.establishment_id,
                campaign__report_type=mandate.report_type,
                campaign__period_start__gte=mandate.period_start,
                campaign__period_end__lte=mandate.period_end,
            )
        return rows.filter(covered) if mandates else rows.none()
    return rows


def filing_with_id(actor: Actor, filing_id: uuid.UUID) -> Filing:
    """Raises NotFound when it does not exist or the actor may not read it: the two cannot be told apart."""
    filing = visible_to(actor).filter(pk=filing_id).first()
    if filing is None:
        raise NotFound
    return filing


def filing_at(actor: Actor, campaign: Campaign, finess: str) -> Filing:
    """The filing of that establishment in that campaign. Raises NotFound."""
    filing = visible_to(actor).filter(campaign=campaign, establishment__finess=finess).first()
    if filing is None:
        raise NotFound
    return filing


def standing_values(filing: Filing) -> QuerySet[Value]:
    """The values that stand, by model and key."""
    return Value.objects.filter(filing=filing, superseded_at__isnull=True).order_by("model_code", "key")


def standing_documents(filing: Filing) -> QuerySet[UserDocument]:
    """The user documents that stand."""
    return UserDocument.objects.filter(filing=filing, superseded_at__isnull=True).order_by("id")


def completeness_of(filing: Filing) -> Completeness:
    """Computed from what stands. A fixed number of queries, whatever the size of the filing."""
    values: dict[str, dict[str, object]] = {}
    for model_code, key, value in standing_values(filing).values_list("model_code", "key", "value"):
        values.setdefault(model_code, {})[key] = value
    announced: int | None = None
    models = []
    for published in filing.campaign.published_models.order_by("code"):
        model = installed_catalogue().model(published.code, published.version)
        if model is None or model.data_level != "structure":
            continue
        standing = values.get(model.code, {})
        missing = [i for i in model.indicators.values() if i.required and i.key not in standing]
        counting = announcing_key(model)
        if counting is not None and isinstance(standing.get(counting), int):
            announced = int(str(standing[counting]))
        models.append(
            ModelCompleteness(
                code=model.code,
                expected=len(model.indicators),
                received=filing.received_counts.get(model.code, 0),
                accepted=len(standing),
                missing_required=tuple(i.key for i in missing),
                labels=tuple(i.label for i in missing),
            )
        )
    accepted = standing_documents(filing).values("pseudonym").distinct().count()
    received = filing.users_seen.count()
    return Completeness(tuple(models), UserCompleteness(announced, max(received, accepted), accepted))
