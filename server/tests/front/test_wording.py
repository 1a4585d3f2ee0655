"""How figures, instants and values read: the spaces and commas staff expect, the hour where they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sidoba_engine.filing_status import FilingStatus
from sidoba_server.front.review.wording import (
    FILING_STATUSES,
    SEVERITIES,
    closing,
    counted,
    day,
    moment,
    number,
    value_in_words,
    wait_in_words,
)
from sidoba_server.processing.models import DOCUMENT_STATUSES, RUN_KINDS, RUN_STATUSES
from situations import the_model

MIDNIGHT_IN_PARIS = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)


def plain(text: str) -> str:
    """The text with ordinary spaces, so that expectations can be read."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (999, "999"), (1576, "1 576"), (1234567, "1 234 567"), (Decimal("39937.50"), "39 937,5"), (-12, "-12")],
)
def test_numbers_have_narrow_spaces_and_a_comma(value: int | Decimal, words: str) -> None:
    assert number(value) == words.replace(" ", "\u202f")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("nombre_de_places", 36, "36 places"),
        ("nombre_de_places", 1, "1 place"),
        ("annee_tarification", 2026, "2026"),
        ("etp_infirmier", "1.5", "1,5 ETP"),
        ("etp_aide_soignant", 11.0, "11 ETP"),
        ("part_socle", "312632.28", "312 632,28 €"),
        ("cout_transports", Decimal("24000.0"), "24 000 €"),
        ("intervention_week_end", True, "oui"),
        ("outre_mer", False, "non"),
        ("raison_sociale", "SSIAD des Trois Rivières", "SSIAD des Trois Rivières"),
        ("departement", "01", "Ain (01)"),
    ],
)
def test_values_read_as_staff_say_them(key: str, value: object, words: str) -> None:
    assert plain(value_in_words(the_model().indicators[key], value)) == words


def test_a_code_reads_by_its_label() -> None:
    indicator = the_model().indicators["statut_etablissement"]
    assert value_in_words(indicator, "prive_non_lucratif") == indicator.code_labels["prive_non_lucratif"]


def test_a_day_reads_in_words() -> None:
    assert (day(date(2025, 6, 1)), day(date(2025, 5, 31))) == ("1er juin 2025", "31 mai 2025")


def test_the_closing_instant_reads_where_the_establishment_is() -> None:
    assert plain(closing(MIDNIGHT_IN_PARIS, "Europe/Paris")) == "30 juin 2026 à minuit (heure de Paris)"
    assert plain(closing(MIDNIGHT_IN_PARIS, "Indian/Reunion")) == "1er juillet 2026 à 2 h 00 (heure de La Réunion)"
    assert plain(closing(MIDNIGHT_IN_PARIS, "America/Martinique")) == "30 juin 2026 à 18 h 00 (heure de Martinique)"


def test_any_other_instant_reads_without_the_place() -> None:
    assert plain(moment(MIDNIGHT_IN_PARIS, "Europe/Paris")) == "1er juillet 2026 à 0 h 00"


def test_one_is_singular_and_zero_too() -> None:
    assert [plain(counted(n, "document", "documents")) for n in (0, 1, 2)] == [
        "0 document",
        "1 document",
        "2 documents",
    ]


def test_a_wait_is_an_interval() -> None:
    assert plain(wait_in_words(2, 300)) == "de 2 s à 5 min"


def test_every_code_shown_has_its_words() -> None:
    from sidoba_engine.anomaly import Severity
    from sidoba_server.front.review import wording

    assert set(FILING_STATUSES) == set(FilingStatus)
    assert set(wording.RUN_STATUSES) == set(RUN_STATUSES)
    assert set(wording.RUN_KINDS) == set(RUN_KINDS)
    assert set(wording.DOCUMENT_STATUSES) == set(DOCUMENT_STATUSES)
    assert set(SEVERITIES) == {severity.value for severity in Severity}
