"""Mandates and credentials: who may send what for whom, and until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import situations
from django.db import IntegrityError, transaction
from sidoba_server.core import clock
from sidoba_server.core.actor import platform
from sidoba_server.core.models import AuditEvent
from sidoba_server.vendors import actions
from sidoba_server.vendors.models import Credential, Mandate
from sidoba_server.vendors.policies import check_mandate, check_scope
from sidoba_server.vendors.queries import mandates_of
from sidoba_server.vendors.refusals import MandateMissing, ScopeMissing, UnknownEstablishment

PERIOD = (date(2024, 6, 1), date(2025, 5, 31))
DAY = timedelta(days=1)


def a_mandate(
    *, period: tuple[date, date] = PERIOD, report: str = "ssiad", until: date = date(2026, 12, 31)
) -> Mandate:
    return Mandate(report_type=report, period_start=period[0], period_end=period[1], valid_until=until)


def check(*mandates: Mandate, report: str = "ssiad", today: date = date(2026, 4, 1)) -> None:
    check_mandate(mandates, finess="019999994", report_type=report, period=PERIOD, today=today)


@pytest.mark.parametrize("period", [PERIOD, (PERIOD[0] - DAY, PERIOD[1]), (PERIOD[0], PERIOD[1] + DAY)])
def test_covered(period: tuple[date, date]) -> None:
    check(a_mandate(period=period))
    check(a_mandate(report="rama"), a_mandate(period=period))


@pytest.mark.parametrize("period", [(PERIOD[0] + DAY, PERIOD[1]), (PERIOD[0], PERIOD[1] - DAY)])
def test_a_day_short(period: tuple[date, date]) -> None:
    with pytest.raises(MandateMissing):
        check(a_mandate(period=period))


def test_two_halves_do_not_make_a_whole() -> None:
    """One mandate covers the period; the sum of two is nobody's decision."""
    middle = date(2024, 12, 31)
    with pytest.raises(MandateMissing):
        check(a_mandate(period=(PERIOD[0], middle)), a_mandate(period=(middle, PERIOD[1])))


def test_the_last_day_counts() -> None:
    check(a_mandate(until=date(2026, 4, 1)))
    with pytest.raises(UnknownEstablishment):
        check(a_mandate(until=date(2026, 3, 31)))
    with pytest.raises(UnknownEstablishment):
        check()


def test_scope() -> None:
    access = situations.Actor(situations.ActorKind.SOFTWARE, "1", "bac_a_sable", oauth_scopes=frozenset({"a"}))
    check_scope(access, "a")
    with pytest.raises(ScopeMissing):
        check_scope(access, "b")


@pytest.mark.django_db
class TestRecorded:
    """As the tables keep them."""

    def test_given_again_it_is_prolonged(self) -> None:
        software, establishment = situations.a_software(), situations.an_establishment()
        for days in (10, 20):
            actions.record_mandate(
                situations.PLATFORM,
                software=software,
                establishment=establishment,
                report_type="ssiad",
                period=PERIOD,
                valid_until=clock.today_in_paris() + timedelta(days=days),
            )
        mandate = Mandate.objects.get()
        assert mandate.valid_until == clock.today_in_paris() + timedelta(days=20)
        tags = AuditEvent.objects.filter(subject_id=str(mandate.pk)).order_by("sequence").values_list("tag", flat=True)
        assert list(tags) == ["mandat.donne", "mandat.prolonge"]

    def test_in_force_ends_at_midnight_in_paris(self) -> None:
        campaign, establishment = situations.a_campaign(), situations.an_establishment()
        access = situations.a_credential_with_mandate(campaign, establishment, valid_until=date(2026, 3, 31))
        from datetime import UTC, datetime

        for instant, count in (
            (datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC), 1),
            (datetime(2026, 3, 31, 22, tzinfo=UTC), 0),
        ):
            with clock.frozen_at(instant):
                assert mandates_of(access.actor).count() == count

    def test_of_the_actor_s_environment_only(self) -> None:
        campaign, establishment = situations.a_campaign(), situations.an_establishment()
        access = situations.a_credential_with_mandate(campaign, establishment)
        other = situations.an_access(software=access.software, by=platform("production"))
        assert mandates_of(access.actor).count() == 1 and mandates_of(other.actor).count() == 0

    def test_nobody_else_has_mandates(self) -> None:
        situations.a_credential_with_mandate(situations.a_campaign(), situations.an_establishment())
        assert mandates_of(situations.PLATFORM).count() == 0

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"period_end": date(2024, 1, 1)}, "mandate_period"),
            ({"report_type": "autre"}, "mandate_report_type_known"),
            ({}, "mandate_once"),
        ],
    )
    def test_the_database_refuses(self, changes: dict[str, object], constraint: str) -> None:
        situations.a_credential_with_mandate(situations.a_campaign(), situations.an_establishment())
        mandate = Mandate.objects.get()
        mandate.pk, mandate._state.adding = situations.new_id(), True
        for name, value in changes.items():
            setattr(mandate, name, value)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            mandate.save(force_insert=True)

    def test_a_credential_belongs_to_one_environment(self) -> None:
        access = situations.an_access()
        with pytest.raises(IntegrityError, match="credential_environment_known"), transaction.atomic():
            Credential.objects.filter(pk=access.credential.pk).update(environment="autre")
