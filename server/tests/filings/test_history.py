"""What a resend replaces, and what the history keeps: values, comments, documents about service users."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import situations
from calling import Scene
from sidoba_server.filings.models import Comment, Filing, UserDocument, Value
from sidoba_server.filings.queries import completeness_of
from sidoba_server.processing.actions import judge_run

pytestmark = pytest.mark.django_db

KEY = "nombre_de_places"


@pytest.fixture
def filing(scene: Scene) -> Filing:
    return situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)


def send(scene: Scene, filing: Filing, *, comments: dict[str, str] | None = None, **changes: Any) -> Any:
    """The model's example with changes, received and judged; its run."""
    body = situations.a_structure_body(situations.example_values(**changes), comments=comments)
    run = situations.judged(situations.a_submission(scene.access, filing, body))
    assert run.tally is not None and run.tally["refuses"] == 0, list(run.anomalies.values_list("body"))
    return run


def standing(filing: Filing) -> dict[str, Any]:
    return dict(Value.objects.filter(filing=filing, superseded_at=None).values_list("key", "value"))


def an_optional_key() -> str:
    """A key of the example that may be left out without consequence for the others."""
    model = situations.the_model()
    used = " ".join(str(control) for control in model.controls)
    return next(k for k in situations.example_values() if not model.indicators[k].required and k not in used)


def test_values_stand_as_they_were_sent(scene: Scene, filing: Filing) -> None:
    run = send(scene, filing)
    values = Value.objects.filter(filing=filing)
    assert {value.key for value in values} == set(situations.example_values())
    assert {value.run_id for value in values} == {run.pk}
    assert {value.origin for value in values} == {"api"}
    assert {value.model_code for value in values} == {"ssiad-structure"}


def test_decimals_are_exact(scene: Scene, filing: Filing) -> None:
    """No figure of the establishment goes through a binary fraction."""
    decimals = [i.key for i in situations.the_model().indicators.values() if i.type == "decimal"]
    key = next(key for key in decimals if key in situations.example_values())
    sent = Decimal(str(situations.example_values()[key])) + Decimal("0.1")
    body = situations.a_structure_body().replace(
        f'"{key}":{situations.example_values()[key]}'.encode(), f'"{key}":{sent}'.encode()
    )
    assert str(sent).encode() in body
    situations.judged(situations.a_submission(scene.access, filing, body))
    assert standing(filing)[key] == sent and str(standing(filing)[key]) == str(sent)


def test_a_resend_replaces_what_changed_and_keeps_the_history(scene: Scene, filing: Filing) -> None:
    optional = an_optional_key()
    first, second = send(scene, filing), send(scene, filing, **{optional: None})
    assert optional in situations.example_values() and optional not in standing(filing), (
        "no longer sent: no longer stands"
    )
    old = Value.objects.get(filing=filing, key=optional)
    assert old.superseded_at is not None and old.run_id == first.pk
    kept = Value.objects.filter(filing=filing, superseded_at=None)
    assert {value.run_id for value in kept} == {first.pk}, "unchanged values keep their origin"
    third = send(scene, filing)
    rows = Value.objects.filter(filing=filing, key=optional).order_by("id")
    assert [(row.run_id, row.superseded_at is None) for row in rows] == [(first.pk, False), (third.pk, True)]
    assert second.tally == third.tally


def test_comments_are_those_of_the_latest(scene: Scene, filing: Filing) -> None:
    send(scene, filing, comments={KEY: "Extension en cours d'année"})
    assert list(Comment.objects.values_list("key", "text")) == [(KEY, "Extension en cours d'année")]
    send(scene, filing)
    assert not Comment.objects.exists()


def test_a_refused_payload_changes_no_value(scene: Scene, filing: Filing) -> None:
    send(scene, filing, comments={KEY: "dit"})
    before = standing(filing)
    body = situations.a_structure_body(situations.example_values(**{KEY: "beaucoup"}))
    run = situations.judged(situations.a_submission(scene.access, filing, body))
    assert run.tally is not None and run.tally["refuses"] == 1
    assert standing(filing) == before and Comment.objects.count() == 1
    filing.refresh_from_db()
    (model,) = completeness_of(filing).models
    assert (model.received, model.accepted) == (len(situations.example_values()), len(before))


def test_the_latest_received_stands_whatever_the_order_of_judging(scene: Scene, filing: Filing) -> None:
    """Three submissions; the second is judged last (a retry, another worker): it changes nothing."""
    optional = an_optional_key()
    bodies = [
        situations.a_structure_body(),
        situations.a_structure_body(situations.example_values(**{optional: None})),
        situations.a_structure_body(),
    ]
    received = [situations.a_submission(scene.access, filing, body) for body in bodies]
    for position in (0, 2, 1):
        judge_run(received[position].submission.run_id)
    assert set(standing(filing)) == set(situations.example_values())


def test_documents_of_a_resend_supersede_person_by_person(filing: Filing) -> None:
    first = situations.a_recorded_run(filing, [situations.a_user_document(n) for n in range(3)])
    warned = situations.an_anomaly("R-CDA-047", path="/x")
    second = situations.a_recorded_run(
        filing,
        [situations.a_user_document(0, warned, user="USAGER-00001"), situations.a_user_document(1, user="AUTRE")],
    )
    rows = UserDocument.objects.filter(filing=filing)
    assert rows.count() == 5 and rows.filter(superseded_at=None).count() == 4
    (old,) = rows.exclude(superseded_at=None)
    new = rows.get(pseudonym=old.pseudonym, superseded_at=None)
    assert (old.run_id, new.run_id, new.warnings) == (first.pk, second.pk, 1)
    assert new.status == "accepte_avec_avertissement"
    users = completeness_of(filing).users
    assert (users.received, users.accepted) == (4, 4)


def test_a_refused_document_leaves_the_one_before(filing: Filing) -> None:
    situations.a_recorded_run(filing, [situations.a_user_document(0)])
    bad = situations.an_anomaly("R-CDA-003")
    situations.a_recorded_run(filing, [situations.a_user_document(0, bad), situations.a_user_document(1, bad)])
    assert UserDocument.objects.get(filing=filing).superseded_at is None
    users = completeness_of(filing).users
    assert (users.received, users.accepted) == (2, 1), "received about two people, accepted about one"


def test_two_documents_about_one_person_in_one_sending(filing: Filing) -> None:
    """The last one stands: that is the one the sender wrote last."""
    run = situations.a_recorded_run(
        filing, [situations.a_user_document(0, user="A"), situations.a_user_document(1, user="A")]
    )
    assert UserDocument.objects.get(filing=filing, superseded_at=None).position == 1
    assert run.tally is not None and run.tally["recus"] == 2


def test_an_earlier_document_judged_late_does_not_replace(filing: Filing) -> None:
    from sidoba_engine.catalogue import installed_catalogue
    from sidoba_server.processing.actions import record_verdict

    early, late = situations.a_waiting_run(filing), situations.a_waiting_run(filing)
    for run in (late, early):
        record_verdict(run.pk, [situations.a_user_document(0)], catalogue=installed_catalogue())
    assert UserDocument.objects.get(filing=filing, superseded_at=None).run_id == late.pk


def test_the_database_lets_one_value_and_one_document_stand() -> None:
    from django.db import IntegrityError, transaction

    filing = situations.a_filing()
    situations.a_recorded_run(filing, [situations.a_structure_verdict()], kind="structure")
    situations.a_recorded_run(filing, [situations.a_user_document(0)])
    for row in (Value.objects.filter(filing=filing)[0], UserDocument.objects.get(filing=filing)):
        row.pk = None if isinstance(row, Value) else situations.new_id()
        row._state.adding = True
        with pytest.raises(IntegrityError, match="stands_once"), transaction.atomic():
            row.save(force_insert=True)
