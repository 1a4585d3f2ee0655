"""AGGIR: vectors for every rang and threshold, every combination of sub-variables, both grids, the whole table."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from sidoba_engine.assessments.aggir import AggirGrid, Assessment, UnknownAnswer, grid_from_table
from sidoba_engine.assessments.gmp import gmp, points_from_table
from sidoba_engine.catalogue import Catalogue, installed_catalogue

DATA = Path(__file__).resolve().parents[1] / "data"
ANSWERS = {"A": "qf0", "B": "qf2", "C": "qf4"}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def grid() -> AggirGrid:
    return grid_from_table(installed_catalogue().tables["aggir"])


VECTORS = rows("aggir_vectors.csv")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["modalites"])
def test_a_vector(vector: dict[str, str], grid: AggirGrid) -> None:
    """Ten modalities; the last two (outside, communication) weigh nothing."""
    expected = Assessment(vector["groupe"], int(vector["total"]), int(vector["rang"]), int(vector["gir"]))
    assert grid.assess(vector["modalites"][:8]) == expected


def test_the_vectors_reach_every_rank() -> None:
    assert len(VECTORS) == 72
    assert {int(vector["rang"]) for vector in VECTORS} == set(range(1, 14))


def test_every_combination_of_sub_variables(grid: AggirGrid) -> None:
    composites = rows("aggir_composites.csv")
    assert len(composites) == 72
    for line in composites:
        assert grid.combine(line["variable"], line["modalites"]) == line["resultat"], line
    assert {variable: len(results) for variable, results in grid.composites.items()} == dict(
        Counter(line["variable"] for line in composites)
    )


def test_all_combinations_fall_where_an_independent_program_puts_them(grid: AggirGrid) -> None:
    girs = Counter(grid.assess(modalities).gir for modalities in itertools.product("ABC", repeat=8))
    assert girs == {1: 8, 2: 3208, 3: 2400, 4: 760, 5: 157, 6: 28}


@pytest.mark.parametrize(("modality", "gir"), [("A", 6), ("B", 4), ("C", 1)])
def test_the_same_answer_everywhere(modality: str, gir: int, grid: AggirGrid) -> None:
    assert grid.assess(modality * 8).gir == gir
    assert grid.assess_ph([ANSWERS[modality]] * 8).gir == gir
    assert grid.assess_pa([ANSWERS[modality]] * 13).gir == gir


def test_the_thirteen_questions_of_the_older_people(grid: AggirGrid) -> None:
    """Each composite variable is answered in parts: here, its parts differ."""
    assert [len(questions) for questions in grid.questions_pa] == [1, 1, 2, 3, 2, 2, 1, 1]
    answers = "A A AC ABC BC AA A A".replace(" ", "")
    modalities = "A A B B C A A A".replace(" ", "")
    assert grid.assess_pa([ANSWERS[letter] for letter in answers]) == grid.assess(modalities)


def test_the_four_adverbs(grid: AggirGrid) -> None:
    given = {sum(done): grid.modality(done) for done in itertools.product([True, False], repeat=4)}
    assert given == {4: "A", 3: "B", 2: "B", 1: "B", 0: "C"}


@pytest.mark.parametrize(
    ("assess", "answers", "rank"),
    [
        (AggirGrid.assess, "AAAADAAA", 4),
        (AggirGrid.assess, "AAAA", 4),
        (AggirGrid.assess_ph, ["qf0"] * 7 + ["A"], 7),
        (AggirGrid.assess_pa, ["qf0"] * 14, 14),
    ],
)
def test_an_unknown_answer_is_named_by_its_rank(assess: object, answers: list[str], rank: int, grid: AggirGrid) -> None:
    with pytest.raises(UnknownAnswer) as unknown:
        assess(grid, answers)  # type: ignore[operator]
    assert unknown.value.args == (rank,)


def test_the_mean_of_the_points(catalogue: Catalogue) -> None:
    points = points_from_table(catalogue.tables["gir"])
    assert points == {1: 1000, 2: 840, 3: 660, 4: 420, 5: 250, 6: 70}
    assert gmp({1: 2, 4: 1}, points) == Fraction(2420, 3)
    assert gmp({1: 0}, points) is None


def test_the_reference_vectors_are_the_same(shared: Path) -> None:
    with (shared / "reference" / "aggir_vectors.csv").open(encoding="utf-8") as lines:
        published = list(csv.DictReader(lines))
    named = list(published[0])[1:11]
    assert [("".join(line[name] for name in named), line["gir"]) for line in published] == [
        (vector["modalites"], vector["gir"]) for vector in VECTORS
    ]
