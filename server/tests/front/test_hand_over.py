"""« Rien à corriger : remettre à la signature »: who may, when, and what is read when it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import situations as given
from django.test import Client
from sidoba_server.filings.models import Filing

pytestmark = pytest.mark.django_db
SignIn = Callable[[given.Person], Client]
BUTTON = "Rien à corriger : remettre à la signature"


def said(answer: Any) -> str:
    text = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


def complete(filing: Filing, *, users: int = 2) -> Filing:
    """Everything announced has been received and accepted."""
    values = given.example_values(file_active=users)
    given.a_recorded_run(filing, [given.a_structure_verdict(values)], kind="structure")
    given.a_recorded_run(filing, [given.a_user_document(index) for index in range(users)])
    filing.refresh_from_db()
    return filing


@pytest.fixture
def filing() -> Filing:
    return given.a_filing()


@pytest.fixture
def checker(filing: Filing, signed_in: SignIn) -> Client:
    return signed_in(given.an_account_with_role("verificateur", filing.establishment, full_name="Dominique Petit"))


def press(client: Client, filing: Filing, *, revision: object = None) -> Any:
    """The button, as the page shown carries it."""
    shown = filing.revision if revision is None else revision
    return client.post(f"/collectes/{filing.pk}/remise", {"revision": shown}, follow=True)


def test_a_complete_filing_is_handed_over_and_says_by_whom(filing: Filing, checker: Client) -> None:
    complete(filing)
    page = checker.get(f"/collectes/{filing.pk}")
    assert BUTTON in said(page)
    assert f'name="revision" value="{filing.revision}"' in page.content.decode()
    answer = press(checker, filing)
    filing.refresh_from_db()
    assert filing.status == "a_verifier"
    assert "La collecte est remise à la signature : la direction peut la signer." in said(answer)
    assert "Statut À vérifier, prête à signer" in said(answer)
    assert re.search(r"En cours → À vérifier, prête à signer, le .+, par Dominique Petit", said(answer))
    assert BUTTON not in said(answer)
    assert "déjà remise à la signature" in said(answer)


def test_what_is_missing_replaces_the_button(filing: Filing, checker: Client) -> None:
    given.a_recorded_run(filing, [given.a_structure_verdict(given.example_values(file_active=2))], kind="structure")
    page = said(checker.get(f"/collectes/{filing.pk}"))
    assert BUTTON not in page
    assert "Il manque : 2 usagers sur 2 annoncés." in page


def test_pressing_in_vain_says_why_and_changes_nothing(filing: Filing, checker: Client) -> None:
    given.a_recorded_run(filing, [given.a_structure_verdict(given.example_values(file_active=2))], kind="structure")
    filing.refresh_from_db()
    answer = press(checker, filing)
    assert answer.status_code == 409
    assert "La collecte n'a pas été remise à la signature" in said(answer)
    assert "2 usagers sur 2 annoncés" in said(answer)
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_a_page_read_before_the_last_submission_cannot_hand_over(filing: Filing, checker: Client) -> None:
    read_before = complete(filing).revision
    given.a_recorded_run(filing, [given.a_user_document(0)])
    answer = press(checker, filing, revision=read_before)
    assert answer.status_code == 412
    assert "La collecte a changé depuis que vous l'avez lue" in said(answer)
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_a_reader_reads_why_there_is_no_button(filing: Filing, signed_in: SignIn) -> None:
    complete(filing)
    reader = signed_in(given.an_account_with_role("lecteur", filing.establishment))
    assert "Votre compte permet de lire cette collecte" in said(reader.get(f"/collectes/{filing.pk}"))
    answer = press(reader, filing)
    assert answer.status_code == 403
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_nothing_refused_is_called_nothing_to_correct(filing: Filing, checker: Client) -> None:
    complete(filing)
    given.a_recorded_run(filing, [given.a_user_document(9, given.an_anomaly("R-CDA-013"))])
    page = said(checker.get(f"/collectes/{filing.pk}"))
    assert BUTTON not in page
    assert "Remettre à la signature sans le document refusé" in page
    assert "1 document refusé ne sera pas dans ce qui sera signé" in page


def test_nothing_received_is_nothing_to_hand_over(filing: Filing, checker: Client) -> None:
    assert "il n'y a rien à remettre" in said(checker.get(f"/collectes/{filing.pk}"))
    assert press(checker, filing).status_code == 409


@pytest.mark.parametrize("revision", ["", "x", "1e3", "9" * 12])
def test_a_revision_made_up_is_refused(filing: Filing, checker: Client, revision: str) -> None:
    complete(filing)
    assert press(checker, filing, revision=revision).status_code == 422
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_the_button_asks_for_the_token_of_the_page(filing: Filing, signed_in: SignIn) -> None:
    complete(filing)
    person = given.an_account_with_role("verificateur", filing.establishment)
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = signed_in(person).cookies
    answer = careful.post(f"/collectes/{filing.pk}/remise", {"revision": filing.revision})
    assert answer.status_code == 403
    assert "La page a expiré" in said(answer)
    filing.refresh_from_db()
    assert filing.status == "en_cours"


def test_the_address_of_the_button_opened_leads_to_the_filing(filing: Filing, checker: Client) -> None:
    answer = checker.get(f"/collectes/{filing.pk}/remise")
    assert (answer.status_code, answer["Location"]) == (302, f"/collectes/{filing.pk}")
