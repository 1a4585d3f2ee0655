"""Identifiers against reference vectors: real public numbers, altered ones, and what spreadsheets do to them."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

import pytest
from sidoba_engine.identifiers import adeli, finess, ins, rpps, siren, siret
from sidoba_engine.identifiers.faults import BadForm, BadKey, InvalidIdentifier

MODULES: dict[str, ModuleType] = {
    "finess": finess,
    "nir": ins,
    "rpps": rpps,
    "siren": siren,
    "siret": siret,
    "adeli": adeli,
}

VALID = [
    (finess, "010001436"),
    (finess, "040003758"),
    (finess, "130019128"),
    (finess, "2A0000170"),
    (finess, "2A0002606"),
    (finess, "2B0000020"),
    (finess, "2B0005342"),
    (ins, "269054958815780"),
    (ins, "253072A07300443"),
    (ins, "253072B07300470"),
    (ins, "295109912611193"),
    (rpps, "10103441233"),
    (siren, "356000000"),
    (siren, "552008443"),
    (siren, "732829320"),
    (siret, "73282932000074"),
    (siret, "35600000000048"),
]
WITHOUT_KEY = [(adeli, "019300012"), (adeli, "2A9300012"), (siret, "35600000049837")]
BAD_KEY = [
    (finess, "010001437"),
    (finess, "2A0000155"),
    (finess, "480787529"),
    (ins, "253072A07300444"),
    (ins, "147720425367411"),
    (rpps, "10103441234"),
    (siren, "404833047"),
    (siren, "732829321"),
    (siret, "73282932000075"),
    (siret, "35600000049838"),
]
BAD_FORM = [
    (finess, "01000143"),
    (finess, "0100014366"),
    (finess, "2C0000020"),
    (finess, "2a0000170"),
    (finess, "٠١٠٠٠١٤٣٦"),
    (finess, " 010001436"),
    (finess, "010001436\n"),
    (finess, ""),
    (ins, "253072A073004"),
    (ins, "953072A07300443"),
    (ins, "253132A07300443"),
    (ins, "253002A07300443"),
    (rpps, "1010344123"),
    (rpps, "1010344123X"),
    (siren, "73282932"),
    (siren, "73282932A"),
    (siret, "732829320"),
    (siret, "7328293200007"),
    (adeli, "01930001"),
    (adeli, "01930001C"),
    (adeli, "2a9300012"),
]


@pytest.mark.parametrize(("module", "number"), VALID + WITHOUT_KEY)
def test_a_valid_number_is_returned_as_given(module: ModuleType, number: str) -> None:
    assert module.is_valid(number)
    assert module.is_well_formed(number)
    assert module.validate(number) == number


@pytest.mark.parametrize(("module", "number"), BAD_KEY)
def test_a_wrong_key_is_told_from_a_wrong_form(module: ModuleType, number: str) -> None:
    assert module.is_well_formed(number)
    assert not module.is_valid(number)
    with pytest.raises(BadKey):
        module.validate(number)


@pytest.mark.parametrize(("module", "number"), BAD_FORM)
def test_a_wrong_form(module: ModuleType, number: str) -> None:
    assert not module.is_well_formed(number)
    assert not module.is_valid(number)
    with pytest.raises(BadForm):
        module.validate(number)


@pytest.mark.parametrize(("module", "number"), VALID + WITHOUT_KEY)
def test_what_people_type_is_compacted_then_valid(module: ModuleType, number: str) -> None:
    assert module.compact(module.format(number).lower()) == number


@pytest.mark.parametrize(("module", "number"), BAD_KEY + BAD_FORM)
def test_the_exception_never_quotes_the_number(module: ModuleType, number: str) -> None:
    with pytest.raises(InvalidIdentifier) as fault:
        module.validate(number)
    assert not number or number.strip() not in str(fault.value)


@pytest.mark.parametrize(("module", "number"), VALID)
def test_every_single_altered_digit_is_seen(module: ModuleType, number: str) -> None:
    for place, digit in enumerate(number):
        if digit.isdigit():
            altered = number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :]
            assert not module.is_valid(altered)


def test_all_reference_vectors(shared: Path) -> None:
    with (shared / "reference" / "identifiants_vectors.csv").open(encoding="utf-8") as rows:
        vectors = [row for row in csv.DictReader(rows) if row["type"] in MODULES]
    assert len(vectors) > 25
    for row in vectors:
        assert MODULES[row["type"]].is_valid(row["valeur"]) is (row["valide"] == "oui"), row
