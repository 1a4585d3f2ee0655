"""The automaton of regular expressions: the answers of Python's `re`, without its cost."""

from __future__ import annotations

import random
import re

import pytest
from sidoba_engine.formats.fhir.path import NotEvaluatedError, TooCostlyError
from sidoba_engine.formats.fhir.path.pattern import Pattern

ATOMS = (
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    r"\d",
    r"\w",
    "(a|b)",
    "(?:ab|b)",
    "(a*b)",
    "(a|ab)",
    "c",
    r"\.",
    "[a-c-]",
    "()",
)
MARKS = ("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{1,}", "*?")
REFUSED = (
    r"(a)\1",
    "(?=a)",
    "(?<n>a)",
    r"\bword",
    "a**",
    "*",
    "(",
    ")",
    "[a",
    "a{5000}",
    "a{2,1}",
    "a{x}",
    "\\",
    "a++",
)


def _some_pattern(chance: random.Random) -> str:
    body = "".join(chance.choice(ATOMS) + chance.choice(MARKS) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.3:
        body += "|" + chance.choice(ATOMS)
    return chance.choice(("", "^")) + body + chance.choice(("", "$"))


def test_same_answers_as_python() -> None:
    chance = random.Random(20)  # noqa: S311 - cases, always the same
    wrong = []
    for _ in range(1500):
        written = _some_pattern(chance)
        # Python's $ also matches before a last line feed; FHIRPath's does not
        peer = re.compile(written.replace("$", r"\Z"), re.DOTALL | re.ASCII)
        ours = Pattern(written)
        for _ in range(8):
            text = "".join(chance.choice("abc1.\n") for _ in range(chance.randint(0, 6)))
            if ours.search(text, lambda steps: None) != bool(peer.search(text)):
                wrong.append((written, text))
    assert wrong == []


@pytest.mark.parametrize("written", REFUSED)
def test_what_an_automaton_cannot_do_is_named(written: str) -> None:
    with pytest.raises(NotEvaluatedError, match="matches"):
        Pattern(written)


@pytest.mark.parametrize(
    ("written", "character", "answer"),
    [
        (r"\p{L}", "é", True),
        (r"\P{L}", "é", False),
        (r"\p{Nd}", "3", True),
        (r"[\d-]", "-", True),
        (r"\u00e9", "é", True),
    ],
)
def test_classes_of_characters(written: str, character: str, answer: bool) -> None:
    assert Pattern(written).search(character, lambda steps: None) is answer


@pytest.mark.parametrize("written", ["^(a+)+$", "^(a|a)*$", "(a*)*c", "^(([a-z])+.)+[A-Z]([a-z])+$", ".*.*.*=.*x"])
def test_patterns_that_explode_elsewhere_cost_a_few_steps_per_character(written: str) -> None:
    counts = []
    for size in (1_000, 10_000):
        spent: list[int] = []
        assert Pattern(written).search("a" * size + "!", spent.append) is False
        counts.append(sum(spent))
    assert counts[1] < 12 * counts[0]


def test_its_cost_is_counted() -> None:
    def refuse(steps: int) -> None:
        if steps > 1000:
            raise TooCostlyError

    with pytest.raises(TooCostlyError):
        Pattern("^a+$").search("a" * 2000, refuse)
