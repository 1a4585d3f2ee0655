"""What the pages of a review show: first what matters, every figure opening on what composes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import situations as given
from django.test import Client
from sidoba_server.core import clock
from sidoba_server.filings.models import Filing

pytestmark = pytest.mark.django_db
SignIn = Callable[[given.Person], Client]

CONTROL, WARNING = {"semaines_fi_1": 5}, {"kilometres_parcourus": 900000.0}


def text_of(answer: Any) -> str:
    """What the page says, tags and odd spaces aside."""
    assert answer.status_code == 200, answer.content.decode()
    said = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", said.replace("\u202f", " ").replace("\u00a0", " "))


def links_of(answer: Any) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', answer.content.decode())]


@pytest.fixture
def filing() -> Filing:
    return given.a_filing()


@pytest.fixture
def reader(filing: Filing, signed_in: SignIn) -> Client:
    return signed_in(given.an_account_with_role("lecteur", filing.establishment))


def send(filing: Filing, **changes: Any) -> Any:
    """Structure data received and judged by the real engine."""
    access = given.a_credential_with_mandate(filing.campaign, filing.establishment)
    body = given.a_structure_body(given.example_values(**changes))
    return given.judged(given.a_submission(access, filing, body))


def test_the_list_says_where_each_filing_is_and_what_to_do(filing: Filing, reader: Client) -> None:
    said = text_of(reader.get("/"))
    assert "Mes collectes" in said
    assert "SSIAD des Trois Rivières" in said
    assert "À initier" in said
    assert "À faire : Envoyer les premières données" in said
    send(filing)
    said = text_of(reader.get("/"))
    assert "En cours" in said
    assert "60 sur 60 indicateurs obligatoires" in said
    assert "0 sur 40 usagers annoncés" in said
    assert "Envoyer ce qui manque : 40 usagers sur 40 annoncés" in said


def test_the_closing_instant_is_that_of_the_establishment(signed_in: SignIn) -> None:
    closing = datetime(2099, 6, 30, 22, 0, tzinfo=UTC)
    campaign = given.a_campaign(window=(clock.now() - timedelta(days=1), closing))
    establishment = given.an_establishment(time_zone="Indian/Reunion")
    given.a_filing(campaign=campaign, establishment=establishment)
    reader = signed_in(given.an_account_with_role("lecteur", establishment))
    assert "Ferme le 1er juillet 2099 à 2 h 00 (heure de La Réunion)" in text_of(reader.get("/"))


def test_the_list_is_paged(filing: Filing, reader: Client, django_user_model: Any) -> None:
    account = django_user_model.objects.get()
    for number in range(22):
        other = given.an_establishment(finess=f"0100000{number:02d}", name=f"Service {number}")
        given.accounts.entitle(given.PLATFORM, account=account, role="lecteur", establishment=other)
        given.a_filing(campaign=filing.campaign, establishment=other)
    first = reader.get("/")
    (following,) = [link for link in links_of(first) if link.startswith("?apres=")]
    said = text_of(first) + text_of(reader.get("/" + following))
    assert all(f"Service {number} " in said for number in range(22))


def test_a_filing_of_another_establishment_is_not_there(filing: Filing, signed_in: SignIn) -> None:
    stranger = signed_in(given.an_account_with_role("signataire", given.an_establishment(finess="010000099")))
    unknown = stranger.get("/collectes/01900000-0000-7000-8000-000000000000")
    for page in ("", "/documents", "/anomalies", "/remise"):
        answer = (
            stranger.post(f"/collectes/{filing.pk}{page}")
            if page == "/remise"
            else stranger.get(f"/collectes/{filing.pk}{page}")
        )
        assert answer.status_code == 404
        assert answer.templates[0].name == unknown.templates[0].name == "404.html"
    assert str(filing.pk) not in stranger.get("/").content.decode()


def test_nothing_to_correct_is_said(filing: Filing, reader: Client) -> None:
    send(filing)
    said = text_of(reader.get(f"/collectes/{filing.pk}"))
    assert "Rien à corriger." in said
    assert "À confirmer avant la signature" not in said


def test_blocking_anomalies_come_first_with_message_help_and_place(filing: Filing, reader: Client) -> None:
    send(filing)
    send(filing, **CONTROL)
    answer = reader.get(f"/collectes/{filing.pk}")
    said = text_of(answer)
    assert "Rien à corriger" not in said
    assert "1 document refusé : rien de ce contenu n'est dans la collecte." in said
    assert "La somme des semaines des neuf groupes" in said
    assert "Recomptez chaque groupe" in said
    assert "Semaines en forfait intervention 1 (GIR 5-6) : 5 semaines" in said
    assert (
        said.index("La somme des semaines")
        < said.index("Où en est la collecte")
        < said.index("Valeurs de la structure")
    )
    assert f"/collectes/{filing.pk}#valeur-semaines_fi_1" in links_of(answer)
    assert 'id="valeur-semaines_fi_1"' in answer.content.decode()


def test_an_anomaly_corrected_by_a_later_submission_is_gone(filing: Filing, reader: Client) -> None:
    send(filing, **CONTROL)
    send(filing)
    assert "La somme des semaines" not in text_of(reader.get(f"/collectes/{filing.pk}"))


def test_warnings_are_to_be_confirmed_and_block_nothing(filing: Filing, reader: Client) -> None:
    send(filing, **WARNING)
    said = text_of(reader.get(f"/collectes/{filing.pk}"))
    assert "À confirmer avant la signature" in said
    assert "Plus de 60 km" in said
    assert "Rien à corriger." in said


def test_missing_required_indicators_are_listed_by_label(filing: Filing, reader: Client) -> None:
    values = given.example_values(file_active=None, admissions=None)
    given.a_recorded_run(filing, [given.a_structure_verdict(values)], kind="structure")
    answer = reader.get(f"/collectes/{filing.pk}")
    said = text_of(answer)
    assert "58 sur 60 indicateurs obligatoires" in said
    assert "Il manque : File active de la période Admissions dans la période" in said
    assert {"#valeur-file_active", "#valeur-admissions"} <= set(links_of(answer))


def test_values_stand_by_section_with_unit_origin_and_comment(filing: Filing, reader: Client) -> None:
    access = given.a_credential_with_mandate(filing.campaign, filing.establishment)
    body = given.a_structure_body(comments={"nombre_de_places": "Arrêté du 3 mars"})
    given.judged(given.a_submission(access, filing, body))
    said = text_of(reader.get(f"/collectes/{filing.pk}"))
    assert "Places autorisées au 31/12/N-1 36 places Commentaire : Arrêté du 3 mars Logiciel" in said
    assert "Kilomètres parcourus par les professionnels 39 937,5 km" in said
    assert "Part interventions projetée non renseigné" in said


def test_the_tally_opens_on_the_documents_that_compose_it(filing: Filing, reader: Client) -> None:
    refused = given.an_anomaly("R-CDA-013", place=(61, 8))
    warned = given.an_anomaly("R-CDA-018", place=(12, 3))
    verdicts = [given.a_user_document(0), given.a_user_document(1, warned), given.a_user_document(2, refused)]
    run = given.a_recorded_run(filing, verdicts)
    page = reader.get(f"/collectes/{filing.pk}")
    assert "3 documents reçus : 1 accepté , 1 accepté, à confirmer , 1 refusé ." in text_of(page)
    (refused_only,) = {link for link in links_of(page) if link.endswith("statut=refuse")}
    said = text_of(reader.get(refused_only))
    assert "Document 3, usager ••••02" in said
    assert "La langue du document n'est pas « fr-FR »" in said
    assert "Document 2" not in said
    assert f"/traitements/{run.pk}?document=3" in links_of(page)
    assert "usager ••••02, ligne 61, colonne 8" in text_of(page)
    assert "USAGER-0000" not in text_of(page) + said


def test_a_place_in_a_document_is_told_in_words_too(filing: Filing, reader: Client) -> None:
    found = given.an_anomaly("R-CDA-013", place=(61, 8))
    told = replace(found, location=replace(found.location, trail="Section des évènements > Évènement 3"))
    run = given.a_recorded_run(filing, [given.a_user_document(0, told)])
    words = "ligne 61, colonne 8 (Section des évènements > Évènement 3)"
    assert words in text_of(reader.get(f"/collectes/{filing.pk}"))
    assert words in text_of(reader.get(f"/traitements/{run.pk}?document=1")).replace("Ligne", "ligne")


def test_the_same_fault_in_many_documents_is_one_entry(filing: Filing, reader: Client) -> None:
    fault = given.an_anomaly("R-CDA-013", place=(61, 8))
    given.a_recorded_run(filing, [given.a_user_document(index, fault) for index in range(60)])
    page = reader.get(f"/collectes/{filing.pk}")
    assert text_of(page).count("La langue du document n'est pas") == 1
    assert "règle R-CDA-013 – 60 fois" in text_of(page)
    (all_places,) = [link for link in links_of(page) if "/anomalies?" in link]
    first = reader.get(all_places)
    (following,) = [link for link in links_of(first) if "apres=" in link]
    second = reader.get(f"/collectes/{filing.pk}/anomalies{following}")
    assert (text_of(first) + text_of(second)).count("ligne 61, colonne 8") == 60


def test_accepted_users_open_on_their_documents(filing: Filing, reader: Client) -> None:
    given.a_recorded_run(filing, [given.a_user_document(index) for index in range(60)])
    assert "60 reçus, 60 acceptés" in text_of(reader.get(f"/collectes/{filing.pk}"))
    first = reader.get(f"/collectes/{filing.pk}/documents")
    (following,) = [link for link in links_of(first) if link.startswith("?apres=")]
    second = reader.get(f"/collectes/{filing.pk}/documents{following}")
    assert (text_of(first) + text_of(second)).count("Document d'usager (CDA)") == 60


def test_a_waiting_run_tells_its_position(filing: Filing, reader: Client) -> None:
    runs = [given.a_waiting_run(filing) for _ in range(3)]
    said = text_of(reader.get(f"/collectes/{filing.pk}"))
    assert "3 envois en cours de contrôle" in said
    assert "Position 3 dans la file d'attente ; attente estimée de" in said
    assert "Position 2 dans la file" in text_of(reader.get(f"/traitements/{runs[1].pk}"))


def test_a_document_of_many_anomalies_is_shown_in_part_then_whole(filing: Filing, reader: Client) -> None:
    faults = [given.an_anomaly("R-CDA-098", place=(line, 1)) for line in range(1, 31)]
    run = given.a_recorded_run(filing, [given.a_user_document(0, *faults)])
    page = reader.get(f"/traitements/{run.pk}")
    assert "Voir les 30 anomalies du document 1" in text_of(page)
    assert text_of(reader.get(f"/traitements/{run.pk}?document=1")).count("Cet identifiant est incomplet") == 30


@pytest.mark.parametrize("query", ["document=x", "document=9999999999", "statut=faux", "apres=faux"])
def test_an_address_made_up_is_refused_in_words(filing: Filing, reader: Client, query: str) -> None:
    run = given.a_waiting_run(filing)
    answer = reader.get(f"/traitements/{run.pk}?{query}")
    assert answer.status_code == 422
    assert "Paramètre invalide" in answer.content.decode()


@pytest.mark.parametrize(
    ("page", "queries"),
    [
        ("/", 11),
        ("/collectes/{filing}", 21),
        ("/collectes/{filing}/documents", 11),
        ("/collectes/{filing}/anomalies", 7),
        ("/traitements/{run}", 9),
    ],
)
def test_a_page_makes_as_many_queries_whatever_the_volume(
    page: str, queries: int, filing: Filing, signed_in: SignIn, django_assert_num_queries: Callable[..., Any]
) -> None:
    person = given.an_account_with_role("verificateur", filing.establishment)
    client = signed_in(person)
    for documents, filings in ((8, 1), (80, 12)):
        run = grown(filing, person, documents=documents, filings=filings)
        address = page.format(filing=filing.pk, run=run.pk)
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


def grown(filing: Filing, person: given.Person, *, documents: int, filings: int) -> Any:
    """More documents in the filing, more runs, one of them waiting, more filings beside it."""
    send(filing, **WARNING)
    faults = [given.an_anomaly(rule, place=(1, 1)) for rule in ("R-CDA-013", "R-CDA-018", "R-CDA-030")]
    verdicts = [given.a_user_document(index, *faults[: index % 4]) for index in range(documents)]
    given.a_waiting_run(filing)
    for number in range(filings):
        other = given.an_establishment(finess=f"0100000{number:02d}", name=f"Service {number}")
        given.accounts.entitle(given.PLATFORM, account=person.account, role="lecteur", establishment=other)
        send(given.a_filing(campaign=filing.campaign, establishment=other))
    return given.a_recorded_run(filing, verdicts)
