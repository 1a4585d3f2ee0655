"""Reading of the text: precedence, literals, and texts that are not FHIRPath."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sidoba_engine.formats.fhir.path import ExpressionSyntaxError, NotEvaluatedError, compile_expression, values
from sidoba_engine.formats.fhir.path.parser import parse

SAME_TREE = {
    "a or b and c": "a or (b and c)",
    "a implies b or c": "a implies (b or c)",
    "a = b | c": "a = (b | c)",
    "a | b = c": "(a | b) = c",
    "a.b is C and d": "(a.b is C) and d",
    "a in b and c": "(a in b) and c",
    "1 + 2 * 3 - 4": "(1 + (2 * 3)) - 4",
    "a & b + c": "(a & b) + c",
    "-a.b": "-(a.b)",
    "a /* x */ . b // end": "a.b",
    "a.where(b = 'it''s'.length())": None,
    "`a`.`b`": "a.b",
    "a.contains('x') and contains": "(a.contains('x')) and contains",
}

NOT_FHIRPATH = (
    "",
    "a.",
    "a b",
    "(a",
    "a)",
    "a..b",
    "a = ",
    "'unfinished",
    "a.where(",
    "a.where(b,)",
    "@2020-13",
    "@2020-02-30",
    "a[",
    "#",
    r"'\q'",
    "a.$this",
    "and b",
)

UNSUPPORTED = {
    "today() > birthDate": "today()",
    "now().exists()": "now()",
    "timeOfDay()": "timeOfDay()",
    "name.lowBoundary()": "lowBoundary()",
    "name.first(1)": "first()",
    "name.where(today() = birthDate).exists()": "today()",
    "name.matches('(a)\\\\1')": "matches: escape \\1",
    "name.matches('(?=a)').not()": "matches: look-around or named group",
}


def test_precedence() -> None:
    wrong = [text for text, same in SAME_TREE.items() if same is not None and parse(text) != parse(same)]
    assert wrong == []


@pytest.mark.parametrize("text", NOT_FHIRPATH)
def test_what_is_not_fhirpath_is_refused(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text", ["(" * 2000 + "a" + ")" * 2000, "a" + ".b" * 5000, "a" + " or a" * 3000, "-" * 5000 + "1", "a" * 30_000]
)
def test_expressions_out_of_measure_are_refused(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize("text", ["a" + ".b" * 95, "a" + " or a" * 95, "a.where(" * 45 + "b" + ")" * 45])
def test_long_expressions_are_compiled_and_evaluated(ask: Callable[..., list[Any]], text: str) -> None:
    assert ask(text) == []


@pytest.mark.parametrize(("text", "named"), UNSUPPORTED.items())
def test_what_the_engine_does_not_evaluate_is_named(ask: Callable[..., list[Any]], text: str, named: str) -> None:
    assert compile_expression(text).unsupported == (named,)
    with pytest.raises(NotEvaluatedError):
        ask(text)


def test_the_quick_reader_of_moments_agrees_with_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)  # noqa: S311 - cases, always the same
    years, days, zones = (0, 1, 2020, 2021, 9999), (0, 1, 28, 29, 30, 31, 32), ("Z", "+02:00", "-23:59", "+24:00", "x")
    texts = []
    for _ in range(5000):
        date = f"{chance.choice(years):04d}-{chance.randint(0, 13):02d}-{chance.choice(days):02d}"
        clock = f"{chance.randint(0, 25):02d}:{chance.choice((0, 59, 60)):02d}:{chance.choice((0, 59, 60)):02d}"
        text = f"{date}T{clock}{chance.choice(zones)}"
        at = chance.randrange(len(text))
        texts.append(text if chance.random() < 0.8 else text[:at] + chance.choice("0T-:W٣ ") + text[at + 1 :])
    quick = [values.read_date_time(text) for text in texts]
    monkeypatch.setattr(values, "_read_usual", lambda text: None)
    assert quick == [values.read_date_time(text) for text in texts]
    assert 500 < sum(moment is not None for moment in quick) < 4500
