"""Who moved a filing, and when: read from the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

from sidoba_engine.filing_status import FilingStatus

from sidoba_server.accounts.models import Account
from sidoba_server.core.actor import ActorKind
from sidoba_server.core.models import AuditEvent
from sidoba_server.filings.models import Filing
from sidoba_server.front.review.wording import FILING_STATUSES, moment
from sidoba_server.vendors.models import Credential

DEEDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of status."""

    at: str
    who: str
    before: str
    after: str


def deeds_of(filing: Filing) -> tuple[Deed, ...]:
    """The latest changes of status, the last one first: at most three queries."""
    events = list(
        AuditEvent.objects.filter(
            subject_type=filing._meta.label_lower, subject_id=str(filing.pk), tag="collecte.statut"
        ).order_by("-sequence")[:DEEDS_SHOWN]
    )
    names = _names(events)
    return tuple(
        Deed(
            at=moment(event.at, filing.establishment.time_zone),
            who=names.get(event.actor_id, "la plateforme, à la réception de données"),
            before=FILING_STATUSES[FilingStatus(event.facts["avant"])],
            after=FILING_STATUSES[FilingStatus(event.facts["apres"])],
        )
        for event in events
    )


def _names(events: list[AuditEvent]) -> dict[str, str]:
    people = [event.actor_id for event in events if event.actor_kind == ActorKind.PERSON]
    software = [event.actor_id for event in events if event.actor_kind == ActorKind.SOFTWARE]
    names = {str(pk): name for pk, name in Account.objects.filter(pk__in=people).values_list("pk", "full_name")}
    credentials = Credential.objects.filter(pk__in=software).values_list("pk", "software__name")
    return names | {str(pk): f"le logiciel {name}" for pk, name in credentials}
