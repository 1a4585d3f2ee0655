"""A lot by service user: whose each entry is, whom a fault refuses; and what is kept of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sidoba_engine.anomaly import Anomaly, Location, Severity, Stage
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats import fhir_users
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.reading import read_fhir
from sidoba_engine.formats.fhir_storage import Lot
from sidoba_engine.formats.fhir_users import UserParts, user_parts
from sidoba_engine.verdict import DocumentType, DocumentVerdict

LOCAL = "https://identifiant-medicosocial-localusager.esante.gouv.fr"
STAY = "https://identifiant-medicosocial-sejour.esante.gouv.fr"
INS = "urn:oid:1.2.250.1.213.1.4.8"


def one(kind: str, name: str, *leads_to: str, **members: Any) -> dict[str, Any]:
    """An entry whose resource refers to these others."""
    links = [{"reference": target} for target in leads_to]
    return {
        "fullUrl": f"https://dui.exemple.fr/{kind}/{name}",
        "resource": {"resourceType": kind, "id": name, "link": links, **members},
    }


def user(name: str, *identifiers: tuple[str, str]) -> dict[str, Any]:
    given = identifiers or ((LOCAL, f"3019999994/{name}"),)
    return one("Patient", name, identifier=[{"system": system, "value": value} for system, value in given])


def read(*entries: dict[str, Any]) -> Document:
    body = msgspec.json.encode({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)})
    return read_fhir(body, catalogue=installed_catalogue(), facts=Facts(Environment.SANDBOX))


def anomaly(rank: int | None, severity: Severity = Severity.BLOCKING) -> Anomaly:
    place = "Bundle" if rank is None else f"Bundle.entry[{rank}].resource"
    return Anomaly("R-X", "1", severity, Stage.STRUCTURE, Location("", expression=place), "", "", "")


def shared(document: Document, *anomalies: Anomaly) -> UserParts:
    return user_parts(document, DocumentVerdict(0, DocumentType.FHIR, anomalies, ()))


def refused(document: Document, *ranks: int | None) -> list[bool]:
    return [not part.verdict.is_conformant for part in shared(document, *map(anomaly, ranks)).parts]


TWO = (
    user("a"),  # 0
    user("b"),  # 1
    one("Encounter", "ea", "Patient/a", "Practitioner/p"),  # 2
    one("Task", "tb", "https://dui.exemple.fr/Encounter/eb"),  # 3: leads to b through the next one
    one("Encounter", "eb", "Patient/b"),  # 4
    one("Practitioner", "p", "Organization/o"),  # 5
    one("Organization", "o"),  # 6
    one("Organization", "alone"),  # 7
)


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        (0, [True, False]),
        (2, [True, False]),
        (3, [False, True]),
        (4, [False, True]),
        (5, [True, False]),
        (6, [True, False]),
        (7, [False, False, True]),
        (None, [True, True]),
    ],
)
def test_whom_a_fault_refuses(rank: int | None, expected: list[bool]) -> None:
    assert refused(read(*TWO), rank) == expected


def test_whose_each_entry_is() -> None:
    found = shared(read(*TWO))
    assert [part.entries for part in found.parts] == [(0, 2), (1, 3, 4)]
    assert found.common == (5, 6, 7)
    assert [part.verdict.index for part in found.parts] == [0, 1]
    assert [part.verdict.service_user.local_identifier for part in found.parts if part.verdict.service_user] == [
        "3019999994/a",
        "3019999994/b",
    ]


def test_a_faulty_common_entry_is_not_kept() -> None:
    assert shared(read(*TWO), anomaly(7)).common == (5, 6)


def test_an_entry_of_two_service_users_ties_them() -> None:
    document = read(user("a"), user("b"), user("c"), one("Observation", "o", "Patient/a", "Patient/b"))
    assert refused(document, 3) == [True, True, False]
    assert refused(document, 1) == [True, True, False]
    assert [part.entries for part in shared(document).parts] == [(0, 1, 3), (), (2,)]


def test_two_entries_about_one_person_tie_them() -> None:
    document = read(user("a", (INS, "1")), user("b"), user("c", (INS, "1"), (LOCAL, "3019999994/c")))
    assert refused(document, 2) == [True, False, True]


def test_cycles_and_self_references_end() -> None:
    document = read(user("a"), one("Task", "x", "Task/x", "Task/y"), one("Task", "y", "Task/x", "Patient/a"))
    assert refused(document, 1) == [True]


def test_what_is_only_worth_knowing_is_told_once() -> None:
    parts = shared(read(*TWO), anomaly(None, Severity.INFORMATION)).parts
    assert [len(part.verdict.anomalies) for part in parts] == [1, 0]


def test_without_service_user_the_lot_is_one_part() -> None:
    (part,) = shared(read(one("Organization", "o")), anomaly(0)).parts
    assert not part.verdict.is_conformant and part.verdict.service_user is None and part.entries == (0,)


@pytest.mark.parametrize("body", [b'{"resourceType":"Patient"}', b"[]", b"{"])
def test_what_is_no_lot_is_one_part(body: bytes) -> None:
    document = read_fhir(body, catalogue=installed_catalogue(), facts=Facts(Environment.SANDBOX))
    (part,) = shared(document).parts
    assert part.entries == ()


def test_many_common_faults_refuse_everybody_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_users, "MOST_FOLLOWED", 1)
    commons = [one("Practitioner", f"p{rank}") for rank in range(3)]
    assert refused(read(user("a"), user("b"), *commons), 2, 3) == [True, True, True]


def test_copies_are_bounded_and_everybody_concerned_stays_refused() -> None:
    users = [user(f"u{rank}") for rank in range(300)]
    stays = [one("Encounter", f"e{rank}", f"Patient/u{rank}", "Practitioner/p") for rank in range(300)]
    document = read(*users, *stays, one("Practitioner", "p"))
    faults = [anomaly(600, Severity.WARNING)] * 999 + [anomaly(600)]
    parts = shared(document, *faults).parts
    assert all(not part.verdict.is_conformant for part in parts)
    assert sum(len(part.verdict.anomalies) for part in parts) <= fhir_users.MOST_COPIES + 1000 + 300


class TestKept:
    """Business keys, and references to the receiver's ids."""

    def test_the_business_identifier_before_any_other(self) -> None:
        stay = one("Encounter", "e", identifier=[{"system": STAY, "value": v} for v in ("12", "3019999994/a-SEJOUR-1")])
        lot = Lot(read(stay, user("a", (LOCAL, "3019999994/a"), (INS, "1")), one("Schedule", "s")))
        assert lot.business_key(0) == f"{STAY}|3019999994/a-SEJOUR-1"
        assert lot.business_key(1) == "user|1"
        assert lot.business_key(2) == "url|https://dui.exemple.fr/Schedule/s"

    def test_an_older_host_is_the_same_identifier(self) -> None:
        old = STAY.replace(".esante.gouv.fr", ".cnsa.fr")
        entries = [
            one("Encounter", "e", identifier=[{"system": system, "value": "3019999994/a-SEJOUR-1"}])
            for system in (old, STAY)
        ]
        lot = Lot(read(*entries))
        assert lot.business_key(0) == lot.business_key(1)

    def test_references(self) -> None:
        lot = Lot(read(*TWO))
        kept = lot.kept_form(2, {2: "Encounter/x", 0: "Patient/y"})
        assert (kept["resourceType"], kept["id"]) == ("Encounter", "x")
        assert [link["reference"] for link in kept["link"]] == ["Patient/y", "Practitioner/p"]
        assert lot.resources[2]["id"] == "ea", "what was received is left as it was"

    def test_nothing_else_is_a_lot(self) -> None:
        with pytest.raises(ValueError, match="not a lot"):
            Lot(read_fhir(b"[]", catalogue=installed_catalogue(), facts=Facts(Environment.SANDBOX)))
