"""Reads of filings, always scoped to an actor."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db.models import CharField, Count, DecimalField, F, Func, Q, QuerySet
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.accounts.queries import establishments_with
from sidoba_server.campaigns.models import Campaign
from sidoba_server.campaigns.queries import campaign_before, mandated_establishment
from sidoba_server.core.actor import Actor, ActorKind
from sidoba_server.core.refusals import NotFound
from sidoba_server.directory.models import Establishment
from sidoba_server.filings.comparison import IsAmong, Percentile, two_digits
from sidoba_server.filings.completeness import Completeness, ModelCompleteness, UserCompleteness
from sidoba_server.filings.models import Filing, ResourceVersion, SeenUser, UserDocument, Value
from sidoba_server.publishing.models import PublishedModel
from sidoba_server.vendors.queries import coverage, mandates_of


def visible_to(actor: Actor) -> QuerySet[Filing]:
    """The filings the actor may read: those a mandate covers, or an entitlement; the platform sees its environment."""
    rows = Filing.objects.filter(campaign__environment=actor.environment).select_related("campaign", "establishment")
    if actor.kind is ActorKind.PERSON:
        return rows.filter(establishment_id__in=establishments_with(actor, "collecte.lire"))
    if actor.kind is ActorKind.SOFTWARE:
        covered = Q(pk__in=[])
        for mandate in mandates_of(actor):
            covered |= Q(establishment_id=mandate.establishment_id) & coverage([mandate], campaign="campaign__")
        return rows.filter(covered)
    return rows


def filing_with_id(actor: Actor, filing_id: uuid.UUID) -> Filing:
    """Raises NotFound when it does not exist or the actor may not read it: the two cannot be told apart."""
    filing = visible_to(actor).filter(pk=filing_id).first()
    if filing is None:
        raise NotFound
    return filing


def filings_of(actor: Actor, finess: str) -> QuerySet[Filing]:
    """The filings of that establishment, of those the actor may read."""
    return visible_to(actor).filter(establishment__finess=finess)


def filing_at(actor: Actor, campaign: Campaign, finess: str) -> Filing:
    """The filing of that establishment in that campaign.

    Raises NotFound; for a software first UnknownEstablishment and MandateMissing, as when it sends.
    """
    if actor.kind is ActorKind.SOFTWARE:
        mandated_establishment(actor, campaign, finess)
    filing = visible_to(actor).filter(campaign=campaign, establishment__finess=finess).first()
    if filing is None:
        raise NotFound
    return filing


def filing_if_any(campaign: Campaign, establishment: Establishment) -> Filing | None:
    """The filing of an establishment the actor may act for, None when nothing was opened yet."""
    return Filing.objects.filter(campaign=campaign, establishment=establishment).first()


def standing_values(filing: Filing) -> QuerySet[Value]:
    """The values that stand, by model and key."""
    return Value.objects.filter(filing=filing, superseded_at__isnull=True).order_by("model_code", "key")


def standing_documents(filing: Filing) -> QuerySet[UserDocument]:
    """The user documents that stand."""
    return UserDocument.objects.filter(filing=filing, superseded_at__isnull=True).order_by("id")


def accepted_versions(filing: Filing) -> dict[tuple[str, str], int]:
    """The version numbers of the user documents that stand, by pseudonyms of the user and of the set of versions."""
    rows = UserDocument.objects.filter(filing=filing, superseded_at__isnull=True, version__isnull=False)
    found = rows.values_list("pseudonym", "set_pseudonym", "version")
    return {(user, versions): number for user, versions, number in found if number is not None}


def previous_numbers(filing: Filing, *, model_code: str) -> dict[str, Decimal] | None:
    """The numbers of that model that stand for the same establishment in the campaign before.

    Empty when it filed none; None when the platform held no campaign before, and so cannot know.
    """
    before = campaign_before(filing.campaign)
    if before is None:
        return None
    rows = _standing_numbers(model_code).filter(
        filing__campaign=before, filing__establishment_id=filing.establishment_id
    )
    return dict(rows.annotate(number=EXACT_NUMBER).values_list("key", "number"))


EXACT_NUMBER: Func = Func(F("value"), template="(%(expressions)s)::numeric", output_field=DecimalField())
"""A value that is a number, as PostgreSQL computes with it: no digit is lost."""

FEWEST_PEERS = 20
"""Similar establishments below which nothing usual can be told, and one of them might be recognised."""

MOST_PEERS = 200
"""Similar establishments that are read, the latest to have sent: the cost does not grow with the country."""

USUAL_PART = ("0.05", "0.95")
"""The usual range leaves out one peer in twenty at each end."""


def usual_ranges(filing: Filing, *, model_code: str) -> dict[str, tuple[Decimal, Decimal]] | None:
    """The usual range of each number of that model: establishments of the same category in the same campaign.

    From the 5th to the 95th percentile, rounded outwards to two significant digits, so that no exact amount of another
    establishment can be read in it. A key that fewer than `FEWEST_PEERS` have sent is left out; None when all are.
    """
    peers = Filing.objects.filter(
        campaign_id=filing.campaign_id,
        establishment__category=filing.establishment.category,
        received_counts__has_key=model_code,
    ).exclude(pk=filing.pk)
    latest = peers.order_by("-last_received_at", "id").values("pk")[:MOST_PEERS]
    lowest, highest = (Percentile(EXACT_NUMBER, part=part) for part in USUAL_PART)
    rows = (
        _standing_numbers(model_code)
        .filter(IsAmong("filing_id", latest))
        .values("key")
        .annotate(peers=Count("pk"), lowest=lowest, highest=highest)
        .filter(peers__gte=FEWEST_PEERS)
        .order_by("key")
    )
    ranges = {
        key: (two_digits(low, ROUND_FLOOR), two_digits(high, ROUND_CEILING))
        for key, low, high in rows.values_list("key", "lowest", "highest")
    }
    return ranges or None


def _standing_numbers(model_code: str) -> QuerySet[Value]:
    """The values of that model that stand and are numbers."""
    kind: Func = Func(F("value"), function="jsonb_typeof", output_field=CharField())
    rows = Value.objects.filter(model_code=model_code, superseded_at__isnull=True)
    return rows.alias(kind=kind).filter(kind="number")


def completeness_of(filing: Filing) -> Completeness:
    """Computed from what stands. A fixed number of queries, whatever the size of the filing."""
    return completeness_of_each([filing])[filing.pk]


def completeness_of_each(filings: Sequence[Filing]) -> dict[uuid.UUID, Completeness]:
    """The same for a page of filings, in the same number of queries as for one."""
    ids = [filing.pk for filing in filings]
    models = structure_models({filing.campaign_id for filing in filings})
    values: dict[tuple[uuid.UUID, str], dict[str, object]] = defaultdict(dict)
    standing = Value.objects.filter(filing_id__in=ids, superseded_at__isnull=True)
    for filing_id, model_code, key, value in standing.values_list("filing_id", "model_code", "key", "value"):
        values[filing_id, model_code][key] = value
    documents = UserDocument.objects.filter(filing_id__in=ids, superseded_at__isnull=True)
    accepted = dict(documents.values_list("filing_id").annotate(Count("pseudonym", distinct=True)).order_by())
    seen = SeenUser.objects.filter(filing_id__in=ids)
    received = dict(seen.values_list("filing_id").annotate(Count("pk")).order_by())
    found = {}
    for filing in filings:
        standing_by_model = [(model, values[filing.pk, model.code]) for model in models[filing.campaign_id]]
        users = accepted.get(filing.pk, 0)
        found[filing.pk] = Completeness(
            tuple(_completeness_of_model(filing, model, standing) for model, standing in standing_by_model),
            UserCompleteness(_announced(standing_by_model), max(received.get(filing.pk, 0), users), users),
        )
    return found


def structure_models(campaign_ids: set[uuid.UUID]) -> dict[uuid.UUID, list[BusinessModel]]:
    """The structure models of each campaign, in the order of their codes."""
    models: dict[uuid.UUID, list[BusinessModel]] = defaultdict(list)
    published = PublishedModel.objects.filter(campaigns__in=campaign_ids).order_by("code")
    for campaign_id, code, version in published.values_list("campaigns", "code", "version"):
        model = installed_catalogue().model(code, version)
        if campaign_id in campaign_ids and model is not None and model.data_level == "structure":
            models[campaign_id].append(model)
    return models


def _completeness_of_model(filing: Filing, model: BusinessModel, standing: Mapping[str, object]) -> ModelCompleteness:
    missing = [i for i in model.indicators.values() if i.required and i.key not in standing]
    return ModelCompleteness(
        code=model.code,
        expected=len(model.indicators),
        received=filing.received_counts.get(model.code, 0),
        accepted=len(standing),
        missing_required=tuple(i.key for i in missing),
        labels=tuple(i.label for i in missing),
    )


def _announced(standing_by_model: Sequence[tuple[BusinessModel, Mapping[str, object]]]) -> int | None:
    """Service users announced by the structure data, None when no model counts them."""
    announced: int | None = None
    for model, standing in standing_by_model:
        counting = model.users_announced_by
        if counting is not None and isinstance(standing.get(counting), int):
            announced = int(str(standing[counting]))
    return announced


def resource_at(filing: Filing, *, type_name: str, resource_id: uuid.UUID) -> ResourceVersion:
    """The version that stands of a resource of a filing the actor may read. Raises NotFound."""
    found = ResourceVersion.objects.filter(
        resource_id=resource_id, resource__type=type_name, resource__filing=filing
    ).order_by("-received_at", "-number")
    version = found.first()
    if version is None:
        raise NotFound
    return version


def versions_of_run(run_id: uuid.UUID) -> QuerySet[ResourceVersion]:
    """The versions that a run the actor may read has brought, in the order of its entries."""
    return ResourceVersion.objects.filter(run_id=run_id).select_related("resource").order_by("position")
