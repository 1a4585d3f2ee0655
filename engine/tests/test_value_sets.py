"""Value sets of the catalogue: two states of one set, look-up by OID, official labels, and the published lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.value_set import ValueSet, official_labels, value_set_from_data

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "cda" / "valuesets"
NOT_THERE = f"the published value sets are not there: {PUBLISHED}"

HL7_PARTICIPATION = "2.16.840.1.113883.5.90"
ICF = "2.16.840.1.113883.6.254"


def entry(*rows: tuple[str, str, str], oid: str | None = "1.2.3") -> dict[str, Any]:
    codes = [{"code": code, "systeme": system, "libelle": label} for code, system, label in rows]
    return {"libelle": "Essai", "source": "ce test", "licence": "MIT", "codes": codes} | ({"oid": oid} if oid else {})


def states() -> ValueSet:
    return value_set_from_data(
        "essai",
        {
            "20250616": entry(("a", "1.1", "A"), ("c", "1.1", "C"), ("d", "1.1", "D")),
            "20230101": entry(("z", "1.1", "Z")),
            "20240906": entry(("a", "1.1", "A d'avant"), ("b", "1.1", "B"), ("c", "2.2", "C")),
        },
    )


def test_the_latest_version_holds_and_knows_the_states_it_replaced() -> None:
    value_set = states()
    assert (value_set.version, [state.version for state in value_set.former]) == ("20250616", ["20240906", "20230101"])
    assert value_set.labels == {"a": "A", "c": "C", "d": "D"}
    assert value_set.withdrawn == {("b", "1.1"), ("c", "2.2"), ("z", "1.1")}, (
        "the same code in another system is another"
    )
    assert value_set.added == ("c", "d"), "since the state just before"
    assert value_set.former[0].former == ()


def test_without_former_state_nothing_is_withdrawn_nor_added() -> None:
    alone = value_set_from_data("essai", {"1": entry(("a", "1.1", "A"))})
    assert (alone.former, alone.withdrawn, alone.added) == ((), frozenset(), ())


def test_a_code_of_two_systems_is_two_couples() -> None:
    value_set = value_set_from_data("essai", {"1": entry(("a", "1.1", "A"), ("a", "2.2", "Autre A"))})
    assert value_set.couples == {("a", "1.1"), ("a", "2.2")}


def test_official_labels_are_those_of_published_sets_as_they_stand() -> None:
    ours = value_set_from_data("table", {"1": entry(("a", "1.1", "Notre A"), oid=None)})
    again = value_set_from_data("autre", {"1": entry(("a", "1.1", "A, autrement"))})
    labels = official_labels([states(), ours, again])
    assert labels["a", "1.1"] == {"A", "A, autrement"}
    assert ("b", "1.1") not in labels


def test_the_installed_sets_are_found_by_oid(catalogue: Catalogue) -> None:
    published = [value_set for value_set in catalogue.value_sets.values() if value_set.oid]
    assert len(published) == 42
    for value_set in published:
        assert value_set.oid is not None
        assert catalogue.value_set_by_oid(value_set.oid) is value_set, f"two sets have the OID {value_set.oid}"
    assert catalogue.value_set_by_oid("1.2.250.1.213.1.1.5.53") is catalogue.value_sets["gir"]
    assert catalogue.value_set_by_oid("1.2.3") is None


def test_the_installed_official_labels(catalogue: Catalogue) -> None:
    assert catalogue.official_labels["CON", HL7_PARTICIPATION] == {"Consultant", "consultant"}
    assert catalogue.official_labels["qf0", ICF] == {"aucun facilitateur"}
    assert ("qc0", ICF) not in catalogue.official_labels, "withdrawn in 2025"


def test_every_code_system_has_a_name(catalogue: Catalogue) -> None:
    named = catalogue.value_sets["systemes-de-codes"]
    cited = {
        system
        for value_set in catalogue.value_sets.values()
        if value_set.oid
        for state in (value_set, *value_set.former)
        for system in state.systems.values()
    }
    assert set(named.labels) == cited
    assert all(row["editeur"] for row in named.rows)


def listed(name: str) -> list[dict[str, Any]]:
    content = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    return list(content["valueSets"] if isinstance(content, dict) else content)


def same(state: ValueSet | None, wanted: dict[str, Any]) -> bool:
    rows = [(concept["code"], concept["system"], concept["display"]) for concept in wanted["concepts"]]
    return (
        state is not None
        and state.version in wanted["version"]
        and [(row["code"], row["systeme"], row["libelle"]) for row in state.rows] == rows
    )


@pytest.mark.skipif(not PUBLISHED.exists(), reason=NOT_THERE)
def test_the_sets_are_those_of_the_guide(catalogue: Catalogue) -> None:
    wanted = listed("valuesets.json")
    differing = [entry["name"] for entry in wanted if not same(catalogue.value_set_by_oid(entry["oid"]), entry)]
    assert (len(wanted), differing) == (42, [])
    assert {entry["oid"] for entry in wanted} == {each.oid for each in catalogue.value_sets.values() if each.oid}


@pytest.mark.skipif(not PUBLISHED.exists(), reason=NOT_THERE)
def test_the_former_states_are_those_of_february_2025(catalogue: Catalogue) -> None:
    wanted = {entry["oid"]: entry for entry in listed("valuesets-guide-1.1.0-differences.json")}
    former = {each.oid: each.former for each in catalogue.value_sets.values() if each.oid and each.former}
    assert former.keys() == wanted.keys()
    assert len(wanted) == 10
    assert [oid for oid, states in former.items() if len(states) != 1 or not same(states[0], wanted[oid or ""])] == []
