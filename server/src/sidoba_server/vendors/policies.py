"""May this software do that, for that establishment? No query here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sidoba_engine.identifiers import finess as finess_number

from sidoba_server.core.actor import Actor
from sidoba_server.vendors.models import Mandate
from sidoba_server.vendors.refusals import InvalidFiness, MandateMissing, ScopeMissing, UnknownEstablishment


def check_scope(actor: Actor, scope: str) -> None:
    """Raises ScopeMissing."""
    if scope not in actor.oauth_scopes:
        raise ScopeMissing(portee=scope, accordees=", ".join(sorted(actor.oauth_scopes)) or "aucune")


def check_finess(number: str, *, environment: str) -> None:
    """The address holds a well-formed number; its key counts in production only. Raises InvalidFiness."""
    if not finess_number.is_well_formed(number):
        raise InvalidFiness(precision="")
    if environment == "production" and not finess_number.is_valid(number):
        raise InvalidFiness(precision=", dont la clé (dernier chiffre) est ici fausse")


def check_mandate(
    mandates: Sequence[Mandate], *, finess: str, report_type: str, period: tuple[date, date], today: date
) -> None:
    """One of the software's mandates of that establishment covers the report and the whole period.

    Raises UnknownEstablishment without any mandate, MandateMissing when none covers.
    """
    valid = [mandate for mandate in mandates if mandate.valid_until >= today]
    if not valid:
        raise UnknownEstablishment
    start, end = period
    if not any(m.report_type == report_type and m.period_start <= start and end <= m.period_end for m in valid):
        raise MandateMissing(finess=finess, type_rapport=report_type, debut=start.isoformat(), fin=end.isoformat())
