"""`Idempotency-Key`: the same sending twice is one submission and one receipt, whatever happened in between."""

from __future__ import annotations

import gzip
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import situations
from calling import Caller, Scene, a_scene, a_token, body_of, code_of, kept_rows
from django.db import connection
from django.http import HttpResponse
from sidoba_server.core import clock
from sidoba_server.intake import receipts
from sidoba_server.intake.models import Submission
from sidoba_server.processing.actions import judge_run


def acknowledgement(answer: HttpResponse) -> bytes:
    """The octets of `accuse` in a receipt."""
    assert answer.status_code == 202, answer.content
    return answer.content[: answer.content.index(b',"collecte"')]


@pytest.mark.django_db
class TestReplay:
    """The same key, the same body, the same address."""

    def test_the_first_receipt_again(self, scene: Scene) -> None:
        first = scene.send(key="cle")
        before = kept_rows()
        again = scene.send(key="cle")
        assert acknowledgement(again) == acknowledgement(first)
        assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
        assert again["Location"] == first["Location"]
        assert kept_rows() == before

    def test_once_judged_too(self, scene: Scene) -> None:
        first = scene.send(key="cle")
        judge_run(Submission.objects.get().run_id)
        again = scene.send(key="cle")
        assert acknowledgement(again) == acknowledgement(first)
        assert body_of(again)["file"]["position"] == 0

    @pytest.mark.parametrize("how", ["campaign closed", "filing signed"])
    def test_after_the_doors_have_closed(self, scene: Scene, how: str) -> None:
        first = scene.send(key="cle")
        if how == "campaign closed":
            situations.a_campaign(window=(clock.now() - timedelta(days=9), clock.now()))
        else:
            filing = scene.filing
            filing.status = "signee"
            filing.save()
        assert acknowledgement(scene.send(key="cle")) == acknowledgement(first)
        assert scene.send(key="autre").status_code == 409

    def test_after_the_signing_key_has_changed(self, scene: Scene, settings: Any) -> None:
        """A receipt asked again is the one that was given."""
        from config.secrets import MAKERS
        from msgspec import json

        first = scene.send(key="cle")
        try:
            settings.SIDOBA_RECEIPT_KEY = json.decode(MAKERS["SIDOBA_RECEIPT_KEY"]())
            receipts.signing_key.cache_clear()
            assert acknowledgement(scene.send(key="cle")) == acknowledgement(first)
        finally:
            receipts.signing_key.cache_clear()

    def test_compressed_otherwise_is_the_same_body(self, scene: Scene) -> None:
        body = situations.a_structure_body()
        first = scene.send(body, key="cle")
        again = scene.send(gzip.compress(body), key="cle", Content_Encoding="gzip")
        assert acknowledgement(again) == acknowledgement(first)

    def test_with_another_token_of_the_same_credential(self, scene: Scene) -> None:
        first = scene.send(key="cle")
        other = Caller(a_token(scene.access))
        assert acknowledgement(other.post(scene.address("structure"), situations.a_structure_body(), key="cle")) == (
            acknowledgement(first)
        )

    @pytest.mark.parametrize("key", ["!", "~", "k" * 255, '"entre-guillemets"', "a/b?c=d&e;f,g"])
    def test_any_visible_ascii(self, scene: Scene, key: str) -> None:
        first = scene.send(key=key)
        assert acknowledgement(scene.send(key=key)) == acknowledgement(first)


@pytest.mark.django_db
class TestReuse:
    """The same key for something else."""

    def refused(self, scene: Scene, address: str, body: bytes, *, kind: str = "application/json") -> dict[str, Any]:
        first = body_of(scene.send(key="cle"))
        before = kept_rows()
        answer = scene.caller.post(address, body, kind=kind, key="cle")
        assert code_of(answer) == (422, "CLE_REUTILISEE") and kept_rows() == before
        assert first["accuse"]["recu_le"] in body_of(answer)["detail"], "says when it served"
        return first

    def test_another_body(self, scene: Scene) -> None:
        self.refused(scene, scene.address("structure"), b"{}")

    def test_another_door(self, scene: Scene) -> None:
        self.refused(scene, scene.address("cda"), situations.a_structure_body(), kind="application/fhir+json")

    def test_another_mode(self, scene: Scene) -> None:
        self.refused(scene, scene.address("structure") + "?mode=tout_ou_rien", situations.a_structure_body())

    def test_another_establishment(self, scene: Scene) -> None:
        other = a_scene(
            campaign=scene.campaign,
            establishment=situations.an_establishment(finess="010000016"),
            software=scene.access.software,
        )
        self.refused(scene, other.address("structure"), situations.a_structure_body())

    def test_another_campaign(self, scene: Scene) -> None:
        other = a_scene(
            campaign=situations.a_campaign(code="ssiad-bis"),
            establishment=scene.establishment,
            software=scene.access.software,
        )
        self.refused(scene, other.address("structure"), situations.a_structure_body())

    def test_the_right_sending_still_goes_through_afterwards(self, scene: Scene) -> None:
        first = self.refused(scene, scene.address("structure"), b"{}")
        assert body_of(scene.send(key="cle"))["accuse"] == first["accuse"]

    def test_a_key_belongs_to_its_credential(self, scene: Scene) -> None:
        """Two software may choose the same."""
        other = a_scene(campaign=scene.campaign, establishment=scene.establishment)
        first, second = scene.send(key="cle"), other.send(b"{}", key="cle")
        assert body_of(first)["accuse"]["id"] != body_of(second)["accuse"]["id"]
        assert "Idempotency-Replayed" not in second.headers

    def test_a_refused_sending_does_not_use_its_key(self, scene: Scene) -> None:
        assert scene.send(b"x", key="cle", Content_Digest="sha-256=:AAAA:").status_code == 400
        assert scene.send(key="cle").status_code == 202


def at_once(*calls: Any) -> list[HttpResponse]:
    """Run the calls in threads that start together; their answers in order."""
    answers: dict[int, HttpResponse] = {}
    gate = threading.Barrier(len(calls))

    def run(number: int) -> None:
        try:
            gate.wait(10)
            answers[number] = calls[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers[number] for number in range(len(calls))]


def test_two_at_once_are_one(committed_scene: Scene) -> None:
    """Five times four threads with one key: one submission each time, all told the same."""
    scene = committed_scene
    for attempt in range(5):
        answers = at_once(*[partial(scene.send, key=f"cle-{attempt}")] * 4)
        assert len({acknowledgement(answer) for answer in answers}) == 1
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    rows = kept_rows()
    assert rows["intake.Submission"] == rows["processing.ProcessingRun"] == rows["procrastinate.ProcrastinateJob"] == 5


def test_two_at_once_for_two_establishments(committed_scene: Scene) -> None:
    """Locked apart, so that the database itself must tell: one is received, the other told that the key served."""
    scene = committed_scene
    other = a_scene(
        campaign=scene.campaign,
        establishment=situations.an_establishment(finess="010000016"),
        software=scene.access.software,
    )
    body, addresses = situations.a_structure_body(), [place.address("structure") for place in (scene, other)]
    for attempt in range(5):
        calls = [partial(scene.caller.post, address, body, key=f"cle-{attempt}") for address in addresses]
        assert sorted(answer.status_code for answer in at_once(*calls)) == [202, 422]
    assert Submission.objects.count() == 5
