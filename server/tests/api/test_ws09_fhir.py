"""WS09: a lot of FHIR resources received, kept by business identifier, read back; its answers in FHIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lots
import msgspec
import pytest
import situations
from calling import FHIR, Caller, Scene, a_scene, a_token, body_of, code_of
from django.http import HttpResponse
from sidoba_engine.anomaly import Anomaly, Location
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats.fhir.reading import read_fhir
from sidoba_engine.formats.fhir_storage import Lot
from sidoba_engine.formats.fhir_users import user_parts
from sidoba_engine.verdict import DocumentType, DocumentVerdict
from sidoba_server.filings.models import ResourceVersion, UserResource
from sidoba_server.processing.actions import judge_run, record_verdict
from sidoba_server.processing.lots import JudgedLot
from sidoba_server.processing.models import ProcessingRun

pytestmark = pytest.mark.django_db

TWO_USERS = (
    lots.organization(),
    lots.professional("ide", "810101234567"),
    lots.person(1),
    lots.stay(1, practitioner="Practitioner/ide"),
    lots.person(2),
    lots.stay(2),
)
WAITED = {"Prefer": "wait=1", "Accept": FHIR}


def fault(rank: int, rule: str = "R-ENV-003") -> Anomaly:
    """A blocking anomaly in that entry."""
    place = Location(f"/entry/{rank}/resource", 1, 10, f"Bundle.entry[{rank}].resource")
    return (
        installed_catalogue()
        .rules[rule]
        .anomaly(place, Environment.SANDBOX, trouve="Patient", recu="Patient", type="Patient")
    )


def posted(scene: Scene, body: bytes, *, query: str = "", **options: Any) -> HttpResponse:
    return scene.caller.post(scene.address("fhir") + query, body, kind=FHIR, **options)


def recorded(scene: Scene, body: bytes, anomalies: Sequence[Anomaly] = (), **options: Any) -> dict[str, Any]:
    """Sent, then given that verdict; the run as read back."""
    answer = posted(scene, body, **options)
    assert answer.status_code == 202, answer.content
    run = ProcessingRun.objects.order_by("-rank")[0]
    catalogue = installed_catalogue()
    document = read_fhir(body, catalogue=catalogue, facts=Facts(Environment.SANDBOX))
    shares = user_parts(document, DocumentVerdict(0, DocumentType.FHIR, tuple(anomalies), ()))
    judged = JudgedLot(shares, Lot(document))
    record_verdict(run.pk, judged.verdicts, catalogue=catalogue, lot=judged)
    found: dict[str, Any] = body_of(scene.caller.get(body_of(answer)["traitement"]["href"]))
    return found


def statuses(scene: Scene, run: dict[str, Any]) -> list[str]:
    return [document["statut"] for document in body_of(scene.caller.get(run["documents_href"]))["elements"]]


def kept(scene: Scene, location: str) -> HttpResponse:
    return scene.caller.get(f"{scene.address('fhir')}/{location}", Accept=FHIR)


def entry_locations(answer: HttpResponse) -> list[str]:
    return [entry["response"]["location"].partition("/_history")[0] for entry in body_of(answer)["entry"]]


def judged(scene: Scene, body: bytes, *, kind: str = FHIR, query: str = "") -> dict[str, Any]:
    """Sent, judged by the engine, the run read back."""
    answer = scene.caller.post(scene.address("fhir") + query, body, kind=kind)
    assert answer.status_code == 202, answer.content
    judge_run(ProcessingRun.objects.order_by("-rank")[0].pk)
    run: dict[str, Any] = body_of(scene.caller.get(body_of(answer)["traitement"]["href"]))
    assert run["statut"] == "termine"
    return run


def without_status(entry: dict[str, Any]) -> dict[str, Any]:
    """The same stay, faulty: its status is left out."""
    del entry["resource"]["status"]
    return entry


class TestJudged:
    """The whole way, by the real rules."""

    def test_a_conformant_lot(self, scene: Scene) -> None:
        run = judged(scene, lots.lot(*TWO_USERS))
        assert run["bilan"] == {
            "recus": 2,
            "acceptes": 2,
            "acceptes_avec_avertissement": 0,
            "refuses": 0,
            "inchanges": 0,
        }, run["verdict"]
        assert run["verdict"]["conforme"] is True
        assert UserResource.objects.count() == len(TWO_USERS)
        assert body_of(scene.caller.get(scene.address("collecte")))["statut"] == "en_cours"

    def test_a_faulty_service_user(self, scene: Scene) -> None:
        run = judged(scene, lots.lot(*TWO_USERS[:-1], without_status(lots.stay(2))))
        good, faulty = body_of(scene.caller.get(run["documents_href"]))["elements"]
        assert (good["conforme"], faulty["conforme"], run["bilan"]["refuses"]) == (True, False, 1)
        (anomaly,) = faulty["anomalies"]
        assert (anomaly["regle"], anomaly["gravite"]) == ("R-FHIR-040", "bloquante")
        assert anomaly["emplacement"]["chemin"] == "/entry/5/resource"
        assert anomaly["emplacement"]["expression"] == "Bundle.entry[5].resource"
        assert UserResource.objects.count() == len(TWO_USERS) - 2

    def test_a_reference_that_leads_nowhere_is_nobody_s(self, scene: Scene) -> None:
        """Its entry cannot be given to a service user: refused for itself, the others are kept."""
        lost = lots.stay(3)
        lost["resource"]["subject"]["reference"] = "urn:uuid:0193a1b2-0000-7000-8000-000000000003"
        run = judged(scene, lots.lot(*TWO_USERS, lost))
        assert statuses(scene, run) == ["accepte", "accepte", "refuse"]
        assert "usager" not in body_of(scene.caller.get(run["documents_href"]))["elements"][2]

    def test_the_same_person_twice_is_refused(self, scene: Scene) -> None:
        twin = lots.person(1)
        twin["fullUrl"], twin["resource"]["id"] = lots.url("Patient/autre"), "autre"
        run = judged(scene, lots.lot(*TWO_USERS, twin))
        assert statuses(scene, run) == ["refuse", "accepte", "refuse"]

    def test_what_refuses_the_lot_refuses_everybody(self, scene: Scene) -> None:
        run = judged(scene, lots.lot(*TWO_USERS).replace(b'"transaction"', b'"batch"'))
        assert statuses(scene, run) == ["refuse", "refuse"] and not UserResource.objects.exists()

    def test_in_xml(self, scene: Scene) -> None:
        """The same judgement; the place is told in the XML, and what is kept reads back in JSON."""
        identifier = (
            '<identifier><type><coding><system value="https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"/>'
            '<code value="IDNST"/></coding></type><system value="urn:oid:1.2.250.1.71.4.2.2"/>'
            '<value value="1019999994"/></identifier>'
        )
        body = (
            '<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry>'
            f'<fullUrl value="{lots.url("Organization/service")}"/>'
            f'<resource><Organization><id value="service"/>{identifier}</Organization></resource>'
            '<request><method value="POST"/><url value="Organization"/></request></entry></Bundle>'
        )
        faulty = judged(scene, body.replace('"POST"', '"PUT"').encode(), kind="application/fhir+xml")
        (document,) = body_of(scene.caller.get(faulty["documents_href"]))["elements"]
        (blocking,) = [one for one in document["anomalies"] if one["gravite"] == "bloquante"]
        assert blocking["emplacement"]["chemin"].startswith("/Bundle/entry/request/method")
        assert judged(scene, body.encode(), kind="application/fhir+xml")["verdict"]["conforme"] is True
        (row,) = UserResource.objects.all()
        assert body_of(kept(scene, f"Organization/{row.pk}"))["identifier"][0]["value"] == "1019999994"


class TestByServiceUser:
    """`mode=partiel` keeps the good ones, `tout_ou_rien` all or none."""

    def test_one_document_per_service_user(self, scene: Scene) -> None:
        run = recorded(scene, lots.lot(*TWO_USERS))
        assert run["bilan"]["recus"] == run["bilan"]["acceptes"] == 2
        documents = body_of(scene.caller.get(run["documents_href"]))["elements"]
        assert [document["type"] for document in documents] == ["fhir-tddui"] * 2
        assert len({document["usager"] for document in documents}) == 2
        assert [document["identifiant_local"] for document in documents] == ["••••01", "••••02"]
        assert scene.filing.status == "en_cours"
        assert body_of(scene.caller.get(scene.address("collecte")))["completude"]["usagers"]["acceptes"] == 2

    def test_a_fault_refuses_its_service_user_only(self, scene: Scene) -> None:
        run = recorded(scene, lots.lot(*TWO_USERS), [fault(5)])
        assert statuses(scene, run) == ["accepte", "refuse"]
        types = sorted(UserResource.objects.values_list("type", flat=True))
        assert types == ["Encounter", "Organization", "Patient", "Practitioner"]

    def test_a_fault_of_a_professional_refuses_those_who_refer_to_them(self, scene: Scene) -> None:
        assert statuses(scene, recorded(scene, lots.lot(*TWO_USERS), [fault(1)])) == ["refuse", "accepte"]
        assert "Practitioner" not in UserResource.objects.values_list("type", flat=True)
        assert UserResource.objects.filter(type="Encounter").count() == 1

    def test_all_or_nothing(self, scene: Scene) -> None:
        run = recorded(scene, lots.lot(*TWO_USERS), [fault(5)], query="?mode=tout_ou_rien")
        assert statuses(scene, run) == ["refuse", "refuse"]
        assert not UserResource.objects.exists() and scene.filing.status == "a_initier"


class TestWhatIsKept:
    """Resources known by their business identifier, sealed, with their history."""

    def test_a_resend_makes_a_version_of_the_same_resources(self, scene: Scene) -> None:
        recorded(scene, lots.lot(*TWO_USERS))
        before = set(UserResource.objects.values_list("pk", flat=True))
        recorded(scene, lots.lot(lots.organization(), lots.person(1, active=False), lots.stay(1)))
        assert set(UserResource.objects.values_list("pk", flat=True)) == before
        user = UserResource.objects.get(type="Patient", versions__number=2)
        resource = body_of(kept(scene, f"Patient/{user.pk}"))
        assert (resource["active"], resource["meta"]["versionId"]) == (False, "2")
        assert user.versions.count() == 2, "what was received before stays in the history"

    def test_what_was_received_first_and_judged_last_is_history(self, scene: Scene) -> None:
        for gender in ("male", "female"):
            assert posted(scene, lots.lot(lots.person(1, gender=gender))).status_code == 202
        for run in ProcessingRun.objects.order_by("-rank"):
            judge_run(run.pk)
        user = UserResource.objects.get()
        resource = body_of(kept(scene, f"Patient/{user.pk}"))
        assert (resource["gender"], user.versions.count()) == ("female", 2)

    def test_a_run_recorded_twice_is_kept_once(self, scene: Scene) -> None:
        run = judged(scene, lots.lot(lots.person(1)))
        judge_run(run["id"])
        assert ResourceVersion.objects.count() == 1

    def test_nothing_personal_in_clear(self, scene: Scene) -> None:
        recorded(scene, lots.lot(lots.person(123456, name=[{"family": "GAUTHIER"}])))
        (version,) = ResourceVersion.objects.select_related("resource")
        assert b"GAUTHIER" not in bytes(version.sealed) and b"123456" not in bytes(version.sealed)
        assert len(version.resource.key_pseudonym) == 32 and "123456" not in version.resource.key_pseudonym

    def test_references_lead_to_what_is_kept(self, scene: Scene) -> None:
        recorded(scene, lots.lot(*TWO_USERS))
        for row in UserResource.objects.filter(type="Encounter"):
            found = body_of(kept(scene, f"Encounter/{row.pk}"))
            assert found["id"] == str(row.pk)
            user = body_of(kept(scene, found["subject"]["reference"]))
            assert user["identifier"][0]["value"] == found["identifier"][0]["value"].partition("-")[0]

    def test_numbers_keep_their_digits(self, scene: Scene) -> None:
        body = lots.lot(lots.person(1)).replace(b'"birthDate"', b'"x":1.10,"birthDate"')
        recorded(scene, body)
        assert b'"x":1.10' in kept(scene, f"Patient/{UserResource.objects.get().pk}").content


class TestReadingBack:
    """`GET {base}/{Type}/{id}`: those entitled only."""

    def test_a_resource(self, scene: Scene) -> None:
        recorded(scene, lots.lot(lots.person(1)))
        answer = kept(scene, f"Patient/{UserResource.objects.get().pk}")
        assert (answer.status_code, answer["Content-Type"], answer["ETag"]) == (200, FHIR, 'W/"1"')
        assert answer["Cache-Control"] == "no-store" and answer["Last-Modified"].endswith("GMT")

    @pytest.mark.parametrize("name", ["Encounter/{id}", "Patient/0193", "Patient/00000000-0000-7000-8000-000000000000"])
    def test_nothing_there(self, scene: Scene, name: str) -> None:
        recorded(scene, lots.lot(lots.person(1)))
        answer = kept(scene, name.format(id=UserResource.objects.get().pk))
        assert answer.status_code == 404 and answer["Content-Type"] == FHIR
        assert body_of(answer)["issue"][0]["code"] == "not-found"

    def test_another_software_sees_nothing(self, scene: Scene) -> None:
        recorded(scene, lots.lot(lots.person(1)))
        place = f"{scene.address('fhir')}/Patient/{UserResource.objects.get().pk}"
        other = Caller(a_token(situations.an_access(software=situations.a_software(name="Autre DUI"))))
        assert code_of(other.get(place)) == (404, "ETABLISSEMENT_INCONNU")
        assert code_of(Caller(a_token(scene.access, scopes=["collecte:ecrire"])).get(place)) == (403, "PORTEE_ABSENTE")
        assert code_of(Caller().get(place)) == (401, "JETON_ABSENT")

    def test_nor_under_another_establishment(self, scene: Scene) -> None:
        recorded(scene, lots.lot(lots.person(1)))
        second = a_scene(
            campaign=scene.campaign,
            establishment=situations.an_establishment(finess="019998009"),
            software=situations.a_software(name="Autre DUI"),
        )
        situations.a_filing(campaign=second.campaign, establishment=second.establishment)
        assert kept(second, f"Patient/{UserResource.objects.get().pk}").status_code == 404

    def test_a_form_that_is_not_written(self, scene: Scene) -> None:
        answer = scene.caller.get(scene.address("fhir/metadata"), Accept="application/fhir+xml")
        assert code_of(answer) == (406, "FORMAT_NON_DISPONIBLE")


class TestWaiting:
    """`Prefer: wait=N`: the ended run, in FHIR for who asks for FHIR."""

    def test_a_lot_taken(self, scene: Scene) -> None:
        body, key = lots.lot(*TWO_USERS), "une-cle"
        recorded(scene, body, query="?mode=tout_ou_rien", key=key)
        answer = posted(scene, body, key=key, **WAITED)
        assert (answer.status_code, answer["Content-Type"], answer["Idempotency-Replayed"]) == (200, FHIR, "true")
        response = body_of(answer)
        assert (response["resourceType"], response["type"]) == ("Bundle", "transaction-response")
        assert [entry["response"]["status"] for entry in response["entry"]] == ["201 Created"] * len(TWO_USERS)
        assert [entry["response"]["etag"] for entry in response["entry"]] == ['W/"1"'] * len(TWO_USERS)
        read = [body_of(kept(scene, location)) for location in entry_locations(answer)]
        assert [one["resourceType"] for one in read] == [entry["resource"]["resourceType"] for entry in TWO_USERS]

    def test_a_lot_refused(self, scene: Scene) -> None:
        body, key = lots.lot(*TWO_USERS), "une-cle"
        recorded(scene, body, [fault(5)], query="?mode=tout_ou_rien", key=key)
        answer = posted(scene, body, key=key, **WAITED)
        assert (answer.status_code, answer["Content-Type"]) == (422, FHIR)
        (issue,) = body_of(answer)["issue"]
        assert (issue["severity"], issue["code"]) == ("error", "invalid")
        assert issue["details"]["coding"][0]["code"] == "R-ENV-003"
        assert issue["expression"] == ["Bundle.entry[5].resource"]
        assert [one["valueInteger"] for one in issue["extension"]] == [1, 10]

    def test_the_run_for_who_does_not_ask_for_fhir(self, scene: Scene) -> None:
        body, key = lots.lot(*TWO_USERS), "une-cle"
        recorded(scene, body, [fault(5)], key=key)
        answer = posted(scene, body, key=key, Prefer="respond-async, wait=1")
        assert answer.status_code == 200 and body_of(answer)["statut"] == "termine"
        assert body_of(answer)["verdict"]["total_anomalies"] == 1

    def test_not_ended_in_time(self, scene: Scene) -> None:
        """The receipt; taken whole or not at all, since the sender expected an answer in FHIR."""
        answer = posted(scene, lots.lot(*TWO_USERS), Prefer="wait=0", Accept=FHIR)
        assert answer.status_code == 202
        run = body_of(scene.caller.get(body_of(answer)["traitement"]["href"]))
        assert (run["statut"], run["mode"]) == ("en_attente", "tout_ou_rien")

    def test_ws07_does_not_wait(self, scene: Scene) -> None:
        answer = scene.caller.post(scene.address("cda"), b"{}", kind=FHIR, Prefer="wait=10")
        assert answer.status_code == 202


class TestTheDoor:
    """What is received, and what is refused before it is."""

    def test_the_base_with_a_slash(self, scene: Scene) -> None:
        answer = scene.caller.post(scene.address("fhir/"), lots.lot(*TWO_USERS), kind="application/fhir+xml")
        assert answer.status_code == 202 and body_of(answer)["accuse"]["signature"]

    def test_a_media_type_of_something_else(self, scene: Scene) -> None:
        answer = scene.caller.post(scene.address("fhir"), b"{}", kind="text/csv")
        assert code_of(answer) == (415, "TYPE_NON_ADMIS")

    def test_without_key(self, scene: Scene) -> None:
        assert code_of(posted(scene, b"{}", key=None)) == (400, "CLE_IDEMPOTENCE_ABSENTE")

    def test_refused_in_fhir(self, scene: Scene) -> None:
        answer = posted(scene, b"{}", key=None, Accept=FHIR)
        assert (answer.status_code, answer["Content-Type"]) == (400, FHIR)
        assert body_of(answer)["issue"][0]["details"]["coding"][0]["code"] == "CLE_IDEMPOTENCE_ABSENTE"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"<Bundle",
            b"%PDF-1.7",
            situations.a_structure_body(),
            b'{"resourceType":"Patient"}',
            b"[]",
        ],
        ids=["nothing", "cut", "cut XML", "PDF", "key-value", "one resource", "list"],
    )
    def test_what_is_no_lot_is_refused_by_its_run(self, scene: Scene, body: bytes) -> None:
        answer = posted(scene, body)
        assert answer.status_code == 202
        judge_run(ProcessingRun.objects.order_by("-rank")[0].pk)
        run = body_of(scene.caller.get(body_of(answer)["traitement"]["href"]))
        assert run["statut"] == "termine" and run["bilan"]["refuses"] == run["bilan"]["recus"] == 1
        assert not UserResource.objects.exists() and scene.filing.status == "a_initier"


class TestMetadata:
    """The CapabilityStatement says what is served, neither more nor less."""

    def test_of_this_base(self, scene: Scene) -> None:
        answer = scene.caller.get(scene.address("fhir/metadata"), Accept=FHIR)
        assert (answer.status_code, answer["Content-Type"]) == (200, FHIR)
        statement = body_of(answer)
        assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
        assert statement["implementation"]["url"].endswith(scene.address("fhir"))
        (rest,) = statement["rest"]
        assert (rest["mode"], rest["interaction"]) == ("server", [{"code": "transaction"}])
        types = {one["type"]: one for one in rest["resource"]}
        assert {"Patient", "Encounter", "Task", "QuestionnaireResponse"} <= set(types) and "Bundle" not in types
        assert all(one["interaction"] == [{"code": "read"}] for one in types.values())
        assert len(types["Patient"]["supportedProfile"]) == 2
        assert "search" not in msgspec.json.encode(statement).decode().lower()

    def test_of_any_base(self, scene: Scene) -> None:
        statement = body_of(scene.caller.get("/api/v1/fhir/metadata", Accept=FHIR))
        assert statement["rest"] == body_of(scene.caller.get(scene.address("fhir/metadata")))["rest"]

    def test_only_for_who_may_send_there(self, scene: Scene) -> None:
        other = Caller(a_token(situations.an_access(software=situations.a_software(name="Autre DUI"))))
        assert code_of(other.get(scene.address("fhir/metadata"))) == (404, "ETABLISSEMENT_INCONNU")
